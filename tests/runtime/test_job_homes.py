"""Jobs that need what lies on one machine run there, and what they start does too."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from shadow.app.bootstrap import open_runtime
from shadow.app.slices import SLICES
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job, JobWorker
from tests.support.databases import postgres_clone
from tests.support.home_process import MOVING, settings_of
from tests.support.programs import PIPE, Program

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def url(postgres_server: str, postgres_model: str) -> Iterator[str]:
    with postgres_clone(postgres_server, postgres_model) as clone:
        yield clone


@contextmanager
def working(folder: Path, url: str) -> Iterator[Program]:
    process = Program("tests.support.home_process", folder, url, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        yield process
    finally:
        process.kill()
        process.wait()


def takes(worker: JobWorker) -> bool:
    return worker.takes


async def ended(runtime: Runtime, job_id: str) -> Job:
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert job.state == "done", job.error
    return job


async def test_light_jobs_wait_for_their_own_machine_and_heavy_ones_go_anywhere(
    tmp_path: Path, url: str
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    parts = (*SLICES, MOVING)
    async with open_runtime(settings_of(home, url), slices=parts, role=Role.looks) as looking:
        here = looking.jobs.machine
        with working(away, url):
            waiting = await looking.jobs.start("errand", {})
            kept = await looking.jobs.start("haul", {}, key="kept", at_home=True)
            hauled = (await ended(looking, await looking.jobs.start("haul", {}))).result or {}
            assert hauled["machine"] != here
            assert {(await looking.jobs.get(one)).state for one in (waiting, kept)} == {"queued"}
            with working(home, url):
                for one in (waiting, hauled["errand"], kept):
                    assert ((await ended(looking, one)).result or {})["machine"] == here


async def test_what_a_dead_machine_had_under_way_waits_for_it(tmp_path: Path, url: str) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    parts = (*SLICES, MOVING)
    async with open_runtime(settings_of(home, url), slices=parts, role=Role.looks) as looking:
        with working(home, url):
            job = await ended(looking, await looking.jobs.start("errand", {}))
        # As if the machine had died in the middle of it: the engine and the registry think so.
        async with looking.database.transaction() as session:
            undone = {"state": "running", "result": None, "finished_at": None}
            await session.execute(update(Job).where(Job.id == job.id).values(**undone))
        with working(away, url):
            other = await ended(looking, await looking.jobs.start("haul", {}))
            assert (other.result or {})["machine"] != looking.jobs.machine
            assert (await looking.jobs.get(job.id)).state == "running"
            with working(home, url):
                assert ((await ended(looking, job.id)).result or {})["machine"] == job.home


async def test_a_process_may_run_what_was_left_to_others(tmp_path: Path, url: str) -> None:
    parts = (*SLICES, MOVING)
    settings = settings_of(tmp_path / "home", url)
    async with open_runtime(settings, slices=parts, role=Role.looks) as looking:
        assert await looking.jobs.living(takes) is None
        with working(tmp_path / "away", url) as process:
            assert await looking.jobs.living(takes) is not None
            process.kill()
            process.wait()
            assert await looking.jobs.living(takes) is None
        job_id = await looking.jobs.start("haul", {}, key="mine")
    async with open_runtime(settings, slices=parts, role=Role.own) as owning:
        assert await owning.jobs.start("haul", {}, key="mine") == job_id
        await owning.jobs.run_here(job_id)
        job = await ended(owning, job_id)
        assert (job.result or {})["machine"] == owning.jobs.machine
