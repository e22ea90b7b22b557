"""Proposed, approved and taken down while workers are killed: each once, and nothing is left."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from tests.conftest import PASSWORD
from tests.ingest.test_leech_killed import Worker, files_below, working
from tests.support.databases import sqlite_copy
from tests.support.hosting import hosting
from tests.support.leech_process import settings_of
from tests.support.media import film

from shadow.accounts.service import create_user
from shadow.app.bootstrap import open_runtime
from shadow.catalog.models import File, Title
from shadow.ingest import service as ingest
from shadow.ingest.blocking import list_blocked
from shadow.ingest.models import Submission
from shadow.ingest.moderation.deciding import approve
from shadow.ingest.takedown import start_takedown
from shadow.runtime.access import Role as Person
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job

MANY = 10
KILLS = 2
CHANCE = random.Random(7)


async def all_done(looking: Runtime, worker: Worker, ids: Sequence[str]) -> None:
    """Kill the worker a few times on the way; all the jobs end well none the less."""
    for number in range(1, KILLS + 1):
        while await count_done(looking, ids) < number * len(ids) // (KILLS + 2):
            await asyncio.sleep(0.05)
        await asyncio.sleep(CHANCE.uniform(0, 0.5))
        await worker.kill()
        await worker.start()
    ended = [await looking.jobs.wait(one) for one in ids]
    assert [(one.state, one.error) for one in ended] == [("done", None)] * len(ids)


async def count_done(looking: Runtime, ids: Sequence[str]) -> int:
    async with looking.database.session() as session:
        query = select(func.count()).where(Job.id.in_(ids), Job.state == "done")
        return await session.scalar(query) or 0


async def test_killed_workers_neither_lose_nor_double_what_people_decide(
    tmp_path: Path, sqlite_file: Path
) -> None:
    data_dir, store = tmp_path / "data", tmp_path / "store"
    data_dir.mkdir()
    url = sqlite_copy(sqlite_file, data_dir)
    worker, settings = Worker(data_dir, url, store), settings_of(data_dir, url, store)
    original = film().read_bytes()
    names = [f"Film%20{number:02}%20(2001).mp4" for number in range(MANY)]
    contents = {name.replace("%20", " "): original + name.encode() for name in names}
    async with (
        hosting(contents) as host,
        open_runtime(settings, role=Role.looks) as looking,
        working([worker]),
        asyncio.timeout(150),
    ):
        async with looking.database.transaction() as session:
            user = await create_user(session, name="ada", password=PASSWORD, role=Person.admin)
            ada = user.id
        ids = [
            await ingest.start_leech(looking, ingest.Order(host.url(name)), submits=True)
            for name in names
        ]
        await all_done(looking, worker, ids)
        async with looking.database.session() as session:
            waiting = list(await session.scalars(select(Submission.public_id)))
        assert len(waiting) == MANY
        assert sorted(one.name for one in (data_dir / "quarantine").iterdir()) == sorted(waiting)
        assert files_below(store) == []

        ids = [await approve(looking, one, user_id=ada) for one in waiting[: MANY - 1]]
        await all_done(looking, worker, ids)
        wanted = sorted(contents)[: MANY - 1]
        async with looking.database.session() as session:
            known = list(await session.scalars(select(File)))
        assert len({one.sha256 for one in known}) == len(known) == MANY - 1
        assert len(files_below(store)) == MANY - 1
        assert [one.name for one in (data_dir / "quarantine").iterdir()] == [waiting[-1]]

        ids = [
            await start_takedown(looking, user_id=ada, reason="x", file_id=one.public_id)
            for one in known
        ]
        await all_done(looking, worker, ids)
        assert files_below(store) == []
        async with looking.database.session() as session:
            assert list(await session.scalars(select(File))) == []
            assert list(await session.scalars(select(Title))) == []
            assert (await list_blocked(session, limit=50)).total == len(wanted)
        assert list((data_dir / "screenshots").glob("*")) == []
    async with open_runtime(settings, role=Role.looks):
        assert list((data_dir / "sandbox").glob("*")) == []
