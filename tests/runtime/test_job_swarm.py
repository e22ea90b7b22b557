"""Many workers, few places: queues, priorities, and what happens when a worker is gone or slow."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.slices import SLICES
from shadow.kit.clock import utc_now
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import JobContext, JobKind, JobRefused
from shadow.runtime.schedules import Schedule, next_runs, start_due
from shadow.runtime.slices import Slice
from tests.support.programs import PIPE, Program
from tests.support.swarm_process import HAULING, QUICK

ROOT = Path(__file__).resolve().parents[2]


class Yard:
    """Heavy jobs that begin when they may and end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.failing: set[str] = set()

    async def work(self, name: str) -> str:
        self.begun.append(name)
        await self.gates.setdefault(name, asyncio.Event()).wait()
        if name in self.failing:
            raise ValueError(name)
        return name

    async def run(self, context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
        context.note(f"hauling {arguments['name']}")
        return {"name": await context.step("work", self.work, arguments["name"])}

    def end(self, name: str) -> None:
        self.gates.setdefault(name, asyncio.Event()).set()


@pytest.fixture
def yard() -> Yard:
    return Yard()


@pytest.fixture
def limits() -> dict[str, Any]:
    return {"heavy": 2, "per_source": 2}


@pytest.fixture
async def runtime(
    tmp_path: Path, database_url: str, yard: Yard, limits: dict[str, Any]
) -> AsyncIterator[Runtime]:
    settings = read_settings(
        {"data_dir": tmp_path, "database_url": database_url, "jobs": {**QUICK, **limits}}
    )
    part = Slice("testing", jobs=(JobKind("load", yard.run, heavy=True),))
    async with open_runtime(settings, slices=(*SLICES, part)) as opened:
        yield opened


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def load(runtime: Runtime, name: str, **how: Any) -> str:
    return await runtime.jobs.start("load", {"name": name}, key=name, **how)


async def test_only_so_many_heavy_jobs_run_at_a_time(runtime: Runtime, yard: Yard) -> None:
    ids = [await load(runtime, name) for name in "abc"]
    await until(lambda: len(yard.begun) == 2)
    await asyncio.sleep(1)  # several polls of the queue
    assert len(yard.begun) == 2
    yard.end(yard.begun[0])
    await until(lambda: len(yard.begun) == 3)
    for name in "abc":
        yard.end(name)
    assert [(await runtime.jobs.wait(one)).state for one in ids] == ["done"] * 3


@pytest.mark.parametrize("limits", [{"heavy": 1, "per_source": 1}])
async def test_what_matters_more_goes_first_and_may_be_moved_up(
    runtime: Runtime, yard: Yard
) -> None:
    first = await load(runtime, "first")
    await until(lambda: yard.begun == ["first"])
    plain = await load(runtime, "plain")
    last = await load(runtime, "last", priority=-5)
    urgent = await load(runtime, "urgent", priority=10)
    assert (await runtime.jobs.prioritise(last, 20)).priority == 20
    with pytest.raises(JobRefused):
        await runtime.jobs.prioritise(first, 3)
    for name in ("first", "plain", "last", "urgent"):
        yard.end(name)
    for one in (first, plain, last, urgent):
        assert (await runtime.jobs.wait(one)).state == "done"
    assert yard.begun == ["first", "last", "urgent", "plain"]


@pytest.mark.parametrize("limits", [{"heavy": 1, "per_source": 1}])
async def test_what_is_tried_again_waits_its_turn_too(runtime: Runtime, yard: Yard) -> None:
    yard.failing.add("tried")
    yard.end("tried")
    tried = await load(runtime, "tried", priority=-5)
    assert (await runtime.jobs.wait(tried)).state == "failed"
    first = await load(runtime, "first")
    await until(lambda: yard.begun == ["tried", "first"])
    yard.failing.clear()
    await runtime.jobs.retry(tried)
    plain = await load(runtime, "plain")
    for name in ("first", "plain"):
        yard.end(name)
    for one in (first, plain, tried):
        assert (await runtime.jobs.wait(one)).state == "done"
    assert yard.begun == ["tried", "first", "plain", "tried"]


@pytest.mark.parametrize("limits", [{"heavy": 3, "per_source": 1}])
async def test_one_source_does_not_take_all_places(runtime: Runtime, yard: Yard) -> None:
    for name in ("x1", "x2", "x3"):
        await load(runtime, name, source="archive.example")
    await load(runtime, "y1", source="other.example")
    await until(lambda: len(yard.begun) == 2)
    await asyncio.sleep(1)  # several polls of the queue
    assert {name[0] for name in yard.begun} == {"x", "y"}
    for name in ("x1", "x2", "x3", "y1"):
        yard.end(name)
    await until(lambda: len(yard.begun) == 4)


async def test_a_waiting_job_can_be_cancelled_paused_and_gone_on_with(
    runtime: Runtime, yard: Yard
) -> None:
    running = [await load(runtime, name) for name in "ab"]
    await until(lambda: len(yard.begun) == 2)
    cancelled, paused = await load(runtime, "c"), await load(runtime, "p")
    await runtime.jobs.cancel(cancelled)
    await runtime.jobs.pause(paused)
    await runtime.jobs.resume(paused)
    for name in "abp":
        yard.end(name)
    assert (await runtime.jobs.wait(paused)).state == "done"
    assert sorted(yard.begun) == ["a", "b", "p"]
    assert (await runtime.jobs.get(cancelled)).state == "cancelled"
    assert (await runtime.jobs.wait(running[0])).state == "done"


async def test_actions_on_all_jobs_and_a_retry_that_finds_its_work_taken(
    runtime: Runtime, yard: Yard
) -> None:
    yard.failing = {"a", "b"}
    ids = [await load(runtime, name) for name in "ab"]
    yard.end("a")
    yard.end("b")
    assert [(await runtime.jobs.wait(one)).state for one in ids] == ["failed"] * 2
    yard.failing = set()
    yard.gates["a"] = asyncio.Event()
    other = await load(runtime, "a")
    with pytest.raises(JobRefused, match=other):
        await runtime.jobs.retry(ids[0])
    assert await runtime.jobs.act_on_all("retry", ["failed"]) == 1
    assert (await runtime.jobs.wait(ids[1])).state == "done"
    again = await runtime.jobs.get(ids[1])
    assert again.active_key is None
    assert again.key == "load:b"
    yard.end("a")
    assert (await runtime.jobs.wait(other)).state == "done"
    texts = [(line.level, line.text) for line in await runtime.jobs.lines(ids[1])]
    assert texts[:2] == [("info", "hauling b"), ("info", "work")]
    assert "error" in {level for level, _ in texts}


async def test_a_process_that_only_looks_leaves_its_jobs_to_those_that_work(
    runtime: Runtime, yard: Yard
) -> None:
    part = Slice("testing", jobs=(JobKind("load", yard.run, heavy=True),))
    yard.end("left")
    async with open_runtime(runtime.settings, slices=(*SLICES, part), role=Role.looks) as looking:
        job_id = await load(looking, "left")
        assert (await looking.jobs.wait(job_id)).state == "done"
        assert [one.load["jobs"] >= 0 for one in await looking.jobs.workers()] == [True]


async def test_a_schedule_comes_round_once_for_all_workers(runtime: Runtime, yard: Yard) -> None:
    daily = Schedule("daily", "load", timedelta(days=1), {"name": "round"})
    assert await start_due(runtime, [daily]) == []
    async with runtime.database.transaction() as session:
        for run in await next_runs(runtime):
            run.due_at = utc_now() - timedelta(days=9)
            await session.merge(run)
    started = [one for ids in await asyncio.gather(
        *(start_due(runtime, [daily]) for _ in range(5))
    ) for one in ids]  # fmt: skip
    assert len(started) == 1
    assert await start_due(runtime, [daily]) == []
    yard.end("round")
    assert (await runtime.jobs.wait(started[0])).state == "done"
    assert yard.begun == ["round"]


async def test_logs_workers_priorities_and_bulk_over_http(client: httpx.AsyncClient) -> None:
    (worker_row,) = (await client.get("/api/workers")).json()["items"]
    assert worker_row["load"]["memory_total"] > 0
    scan = (await client.post("/api/scan", json={})).json()["id"]
    missing = await client.get("/api/jobs/none/log")
    assert (missing.status_code, missing.json()["code"]) == (404, "runtime.job_missing")
    assert (await client.get(f"/api/jobs/{scan}/log")).status_code == 200
    wild = await client.post(f"/api/jobs/{scan}/priority", json={"priority": 99})
    assert wild.status_code == 422
    done = await client.post("/api/jobs/bulk", json={"action": "retry", "states": ["cancelled"]})
    assert done.json() == {"count": 0}
    listed = await client.get("/api/jobs?state=failed&state=cancelled")
    assert listed.json()["items"] == []


# Two workers as processes, each with a data folder of its own; SQLite is for one folder only.


@contextmanager
def worker(folder: Path, url: str) -> Iterator[Program]:
    process = Program("tests.support.swarm_process", folder, url, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def looking(tmp_path: Path, database_url: str) -> AsyncIterator[Runtime]:
    """What gives the jobs out; on SQLite it shares the one data folder."""
    settings = read_settings({"data_dir": tmp_path / "one", "database_url": database_url})
    async with open_runtime(settings, slices=(*SLICES, HAULING), role=Role.looks) as opened:
        yield opened


def second_folder(tmp_path: Path, url: str) -> Path:
    return tmp_path / ("two" if url.startswith("postgresql") else "one")


def said(lines: Path) -> list[str]:
    return lines.read_text().splitlines() if lines.exists() else []


async def test_the_jobs_of_a_killed_worker_go_on_elsewhere(
    tmp_path: Path, database_url: str, looking: Runtime
) -> None:
    lines = tmp_path / "lines"
    with worker(tmp_path / "one", database_url) as first:
        job_id = await looking.jobs.start("haul", {"lines": str(lines), "name": "n"})
        await until(lambda: "start n store" in said(lines))
        with worker(second_folder(tmp_path, database_url), database_url):
            first.kill()
            first.wait()
            await until(lambda: said(lines).count("start n store") == 2)
            (tmp_path / "go").touch()
            assert (await looking.jobs.wait(job_id)).state == "done"
    assert said(lines).count("start n fetch") == 1, "what was done is not done again"
    told = [line.text for line in await looking.jobs.lines(job_id)]
    assert any("another goes on" in text for text in told)


async def freeze(process: Program, folder: Path) -> None:
    """Stop a process, but not while it holds a lock of SQLite's: nobody else would get on."""
    async with asyncio.timeout(60):
        while True:
            os.kill(process.pid, signal.SIGSTOP)
            if not any(map(locked, folder.glob("*.sqlite"))):
                return
            os.kill(process.pid, signal.SIGCONT)
            await asyncio.sleep(0.02)


def locked(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0.2, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


async def test_a_worker_taken_for_dead_spoils_nothing_when_it_comes_back(
    tmp_path: Path, database_url: str, looking: Runtime
) -> None:
    lines = tmp_path / "lines"
    with worker(tmp_path / "one", database_url) as slow:
        job_id = await looking.jobs.start("haul", {"lines": str(lines), "name": "n"})
        await until(lambda: "start n store" in said(lines))
        with worker(second_folder(tmp_path, database_url), database_url):
            await freeze(slow, tmp_path / "one")
            await until(lambda: said(lines).count("start n store") == 2)
            (tmp_path / "go").touch()
            assert (await looking.jobs.wait(job_id)).state == "done"
            finished = (await looking.jobs.get(job_id)).finished_at
            os.kill(slow.pid, signal.SIGCONT)
            async with asyncio.timeout(60):
                while len(await looking.jobs.workers()) < 2:  # it is back among the living
                    await asyncio.sleep(0.05)
            other = await looking.jobs.start("haul", {"lines": str(lines), "name": "m"})
            assert (await looking.jobs.wait(other)).state == "done"
    job = await looking.jobs.get(job_id)
    assert (job.state, job.finished_at) == ("done", finished)
    assert said(lines).count("start n fetch") == 1
