"""A scan that is killed at any moment and started again ends as if nothing had happened."""

import asyncio
import os
import random
import shutil
import signal
import time
from pathlib import Path

from sqlalchemy import text
from tests.support.databases import postgres_clone, sqlite_copy
from tests.support.media import film
from tests.support.programs import PIPE, start
from tests.support.scan_process import settings_of

from shadow.app.bootstrap import open_runtime
from shadow.ingest import service as ingest
from shadow.runtime.database import Database

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE = (
    """SELECT f.path, f.state, f.size, f.head_tail, f.role, f.duration, f.error, t.kind, t.title,
       t.year, t.hidden, s.number, e.number
       FROM files f LEFT JOIN titles t ON t.id = f.title_id
       LEFT JOIN file_episodes fe ON fe.file_id = f.id
       LEFT JOIN episodes e ON e.id = fe.episode_id LEFT JOIN seasons s ON s.id = e.season_id""",
    """SELECT f.path, st."index", st.type, st.codec, st.width, st.language
       FROM streams st JOIN files f ON f.id = st.file_id""",
    "SELECT folder, signature, sidecars, sweep FROM folder_memory",
    "SELECT title, kind, year, hidden, review FROM titles",
)


def fill(library: Path, numbers: range) -> None:
    """Add films and episodes, each with a content of its own."""
    original = film("one second.mp4", seconds=1).read_bytes()
    then = time.time() - 3600
    for number in numbers:
        show = f"Show {number // 100}-{number % 7}"
        name = (
            f"Shows/{show}/Season 01/{show} S01E{number:03}.mp4"
            if number % 2
            else f"Films/Film {number} (2001)/Film {number} (2001).mp4"
        )
        path = library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(original + b"%09d" % number)
        os.utime(path, (then, then))


def change(library: Path) -> None:
    """Rename, move, delete, add and replace, so that the second scan has all of it to do."""
    (library / "Shows/Show 0-1").rename(library / "Shows/Show 0-1 (1990)")
    for number in range(0, 60, 2):
        (library / f"Films/Film {number} (2001)/Film {number} (2001).mp4").rename(
            library / f"Films/Film {number} renamed (2001).mp4"
        )
    shutil.rmtree(library / "Shows/Show 0-2")
    for number in range(60, 80, 2):
        (library / f"Films/Film {number} (2001)/Film {number} (2001).mp4").unlink()
    fill(library, range(300, 340))


async def scan(folder: Path, url: str, library: Path, *, kill_after: float | None) -> str:
    """Run a scan in a process of its own; kill it so many seconds after it has opened."""
    process = await start("tests.support.scan_process", folder, url, library, stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    if kill_after is None:
        return (await process.communicate())[0].decode().strip()
    try:
        return (await asyncio.wait_for(process.communicate(), kill_after))[0].decode().strip()
    except TimeoutError:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        return "killed"


async def contents(url: str) -> list[list[str]]:
    """Return all that the scan decided, without ids and times of recording."""
    database = Database(url)
    try:
        async with database.session() as session:
            return [sorted(map(repr, await session.execute(text(one)))) for one in CATALOGUE]
    finally:
        await database.close()


async def undisturbed(folder: Path, url: str, library: Path) -> list[list[str]]:
    """Scan in peace, in this process."""
    async with open_runtime(settings_of(folder, url, library)) as runtime:
        job = await runtime.jobs.wait(await ingest.start_scan(runtime))
    assert job.state == "done", job.error
    return await contents(url)


async def until_done(folder: Path, url: str, library: Path, chance: random.Random) -> int:
    """Scan, killed again and again at random moments; returns how often."""
    kills = 0
    while True:
        patience = chance.uniform(0.02, 0.6) if kills < 4 else None
        end = await scan(folder, url, library, kill_after=patience)
        if end == "done":
            return kills
        assert end == "killed"
        kills += 1


async def test_killed_scans_end_as_an_undisturbed_one_on_sqlite(
    tmp_path: Path, sqlite_file: Path
) -> None:
    calm_dir, killed_dir, library = tmp_path / "calm", tmp_path / "killed", tmp_path / "library"
    for folder in (calm_dir, killed_dir):
        folder.mkdir()
    calm, killed = (sqlite_copy(sqlite_file, folder) for folder in (calm_dir, killed_dir))
    await compare(library, (calm_dir, calm), (killed_dir, killed))


async def test_killed_scans_end_as_an_undisturbed_one_on_postgresql(
    tmp_path: Path, postgres_server: str, postgres_model: str
) -> None:
    library = tmp_path / "library"
    with (
        postgres_clone(postgres_server, postgres_model) as calm,
        postgres_clone(postgres_server, postgres_model) as killed,
    ):
        await compare(library, (tmp_path / "calm", calm), (tmp_path / "killed", killed))


async def compare(library: Path, calm: tuple[Path, str], killed: tuple[Path, str]) -> None:
    chance = random.Random(20)
    kills = 0
    for prepare in (lambda there: fill(there, range(200)), change):
        prepare(library)
        # Both at once: much of the time is that processes start.
        expected, more = await asyncio.gather(
            undisturbed(*calm, library), until_done(*killed, library, chance)
        )
        assert differences(await contents(killed[1]), expected) == []
        kills += more
    assert kills >= 2


def differences(one: list[list[str]], other: list[list[str]]) -> list[str]:
    """Return the lines that only one of both has, a few of them."""
    found: list[str] = []
    for mine, yours in zip(one, other, strict=True):
        found += [f"+ {line}" for line in mine if line not in yours][:5]
        found += [f"- {line}" for line in yours if line not in mine][:5]
    return found
