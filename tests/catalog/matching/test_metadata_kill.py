"""The metadata job is killed in the middle, and goes on where it was."""

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from shadow.catalog.metadata_models import Lookup
from shadow.catalog.models import Credit, Person, Title
from shadow.runtime.database import Database
from shadow.runtime.jobs import Job
from tests.catalog.matching.metadata_process import film_name
from tests.support import programs
from tests.support.tmdb import KEY, Tmdb

ROOT = Path(__file__).resolve().parents[3]
FILMS = 40


async def start(folder: Path, tmdb: Tmdb, films: int) -> programs.Running:
    environment = {
        "SHADOW_METADATA__TMDB_KEY": KEY,
        "SHADOW_METADATA__TMDB_URL": tmdb.url,
        "SHADOW_METADATA__TMDB_REQUESTS_PER_SECOND": "50",
        "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
        "SHADOW_HLS__PREVIEWS": "off",
        "SHADOW_HLS__INDEX_AFTER_SCAN": "false",
    }
    words = ("tests.catalog.matching.metadata_process", folder, str(films))
    return await programs.start(*words, env=environment)


async def test_a_killed_lookup_goes_on_and_asks_little_twice(tmdb: Tmdb, tmp_path: Path) -> None:
    for number in range(FILMS):
        more = {"poster_path": None, "backdrop_path": None}
        tmdb.film(number + 1, film_name(number), 2000, **more)
        tmdb.movies[number + 1]["credits"]["cast"][0]["profile_path"] = None
    process = await start(tmp_path, tmdb, FILMS)
    for share in (0.25, 0.6, 0.9):
        await tmdb.asked_times(int(share * FILMS * 2))
        process.kill()
        await process.wait()
        process = await start(tmp_path, tmdb, 0)
    assert await process.wait() == 0
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'shadow.sqlite'}")
    async with database.session() as session:
        assert set(await session.scalars(select(Title.review))) == {"ok"}
        assert await session.scalar(select(func.count()).select_from(Title)) == FILMS
        assert set(await session.scalars(select(Lookup.outcome))) == {"matched"}
        assert await session.scalar(select(func.count()).select_from(Credit)) == 2 * FILMS
        assert await session.scalar(select(func.count()).select_from(Person)) == 2 * FILMS
        (job,) = await session.scalars(select(Job))
        assert (job.state, job.items_done) == ("done", FILMS)
    await database.close()
    calls = Counter(one.target for one in tmdb.served.asked)
    calls -= Counter(target for target in calls if "configuration" in target)
    repeated = calls.total() - len(calls)
    assert repeated <= 3 * 4, "only what was in flight at a kill is asked again"
