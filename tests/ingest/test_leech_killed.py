"""Links that are being brought while workers are killed: all arrive, once, and nothing is left."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select
from tests.support.databases import postgres_clone, sqlite_copy
from tests.support.hosting import hosting
from tests.support.leech_process import settings_of
from tests.support.media import film
from tests.support.programs import PIPE, Running, start

from shadow.app.bootstrap import open_runtime
from shadow.catalog.models import File, Title
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job
from shadow.storage.sharing import MARK

REPOSITORY = Path(__file__).resolve().parents[2]
JOBS = 60
KILLS = 4


class Worker:
    """A worker process with a data folder of its own, started again whenever it was killed."""

    def __init__(self, data_dir: Path, url: str, store: Path) -> None:
        self.data_dir = data_dir
        self._arguments = (str(data_dir), url, str(store))
        self._process: Running | None = None

    async def start(self) -> None:
        self._process = await start("tests.support.leech_process", *self._arguments, stdout=PIPE)
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"working\n"

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.communicate()
            self._process = None


@asynccontextmanager
async def working(workers: list[Worker]) -> AsyncIterator[None]:
    try:
        await asyncio.gather(*(one.start() for one in workers))
        yield
    finally:
        for one in workers:
            await one.kill()


async def done(looking: Runtime) -> int:
    async with looking.database.session() as session:
        query = select(func.count()).where(Job.kind == "leech", Job.state == "done")
        return await session.scalar(query) or 0


async def bring_all(workers: list[Worker], url: str, store: Path) -> None:
    chance = random.Random(4)
    original = film("one second.mp4", seconds=1).read_bytes()
    names = [f"Film {number:02} (2001).mp4" for number in range(JOBS)]
    films = {name: original + name.encode() for name in names}
    settings = settings_of(workers[0].data_dir, url, store)
    async with (
        hosting({name.replace(" ", "%20"): b"" for name in names}) as host,
        open_runtime(settings, role=Role.looks) as looking,
    ):
        host.files = films
        ids = [
            await ingest.start_leech(looking, ingest.Order(host.url(name.replace(" ", "%20"))))
            for name in names
        ]
        async with working(workers), asyncio.timeout(100):
            for number in range(1, KILLS + 1):
                while await done(looking) < number * JOBS // (KILLS + 2):
                    await asyncio.sleep(0.05)
                await asyncio.sleep(chance.uniform(0, 0.5))
                victims = chance.sample(workers, chance.randint(1, len(workers)))
                await asyncio.gather(*(one.kill() for one in victims))
                await asyncio.gather(*(one.start() for one in victims))
            states = Counter([(await looking.jobs.wait(one)).state for one in ids])
            assert states == {"done": JOBS}
        # Each worker starts once more, and sweeps what it left when it was killed.
        for one in workers:
            async with open_runtime(settings_of(one.data_dir, url, store), role=Role.looks):
                assert list((one.data_dir / "sandbox").glob("*")) == []
        await check(looking, names, store)


async def check(looking: Runtime, names: list[str], store: Path) -> None:
    wanted = sorted(f"Films/{name[:-4]}/{name}" for name in names)
    assert sorted(str(path.relative_to(store)) for path in files_below(store)) == wanted
    async with looking.database.session() as session:
        files = list(await session.scalars(select(File)))
        titles = list(await session.scalars(select(Title)))
    held = sorted(str(Path(one.path.decode()).relative_to(store)) for one in files)
    assert held == wanted
    assert {one.state for one in files} == {"present"}
    assert all(one.sha256 for one in files)
    assert len({one.sha256 for one in files}) == JOBS
    assert sorted(one.title for one in titles) == [name.partition(" (")[0] for name in names]
    assert not any(one.hidden or one.arriving for one in titles)


def files_below(store: Path) -> list[Path]:
    """All but the marks of the machines that share it."""
    found = [path for path in store.rglob("*") if path.is_file()]
    return [path for path in found if not path.name.startswith(MARK)]


async def test_killed_workers_lose_and_double_nothing_on_sqlite(
    tmp_path: Path, sqlite_file: Path
) -> None:
    data_dir, store = tmp_path / "data", tmp_path / "store"
    data_dir.mkdir()
    url = sqlite_copy(sqlite_file, data_dir)
    await bring_all([Worker(data_dir, url, store)], url, store)


async def test_two_killed_workers_lose_and_double_nothing_on_postgresql(
    tmp_path: Path, postgres_server: str, postgres_model: str
) -> None:
    store = tmp_path / "store"
    with postgres_clone(postgres_server, postgres_model) as url:
        workers = [Worker(tmp_path / name, url, store) for name in ("one", "two")]
        await bring_all(workers, url, store)
