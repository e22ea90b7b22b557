"""Durable jobs: followed, stopped, gone on with, and never lost by a kill."""

import asyncio
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.slices import SLICES
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.database import DatabaseUnavailable
from shadow.runtime.job_engine import JobEngine
from shadow.runtime.job_registry import Registry
from shadow.runtime.job_running import Running
from shadow.runtime.jobs import Job, JobContext, JobKind, JobMissing, JobRefused
from shadow.runtime.slices import Slice
from tests.support.job_process import STEPS
from tests.support.programs import PIPE, Program

ROOT = Path(__file__).resolve().parents[2]


class Workbench:
    """Jobs whose steps the test holds in its hand."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.failures: list[Exception] = []

    async def first(self) -> str:
        self.ran.append("first")
        return "one"

    async def second(self) -> str:
        self.ran.append("second")
        self.reached.set()
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return "two"

    async def run(self, context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
        one = await context.step("first", self.first)
        context.progress(items_done=1, items_total=2, message="half-way")
        two = await context.step("second", self.second)
        return {"made": [one, two], **arguments}


@pytest.fixture
def bench() -> Workbench:
    return Workbench()


@pytest.fixture
async def runtime(tmp_path: Path, bench: Workbench):
    settings = read_settings({"data_dir": tmp_path})
    part = Slice("testing", jobs=(JobKind("work", bench.run),))
    async with open_runtime(settings, slices=(*SLICES, part)) as opened:
        yield opened


class Sour(ShadowError):
    kind = Kind.invalid
    code = "testing.sour"


class Away(ShadowError):
    kind = Kind.upstream
    code = "testing.away"


async def test_a_job_runs_its_steps_and_keeps_its_result(
    runtime: Runtime, bench: Workbench
) -> None:
    bench.gate.set()
    job_id = await runtime.jobs.start("work", {"note": "x"})
    job = await runtime.jobs.wait(job_id)
    assert (job.state, job.result) == ("done", {"made": ["one", "two"], "note": "x"})
    assert (job.items_done, job.items_total, job.phase) == (1, 2, "second")
    assert job.finished_at is not None


async def test_what_a_step_said_is_over_with_the_next_one(
    runtime: Runtime, bench: Workbench
) -> None:
    job_id = await runtime.jobs.start("work", {})
    await bench.reached.wait()
    while (job := await runtime.jobs.get(job_id)).phase != "second":
        await asyncio.sleep(0.02)
    assert (job.items_done, job.message) == (1, None)


async def test_a_step_may_start_another_job(runtime: Runtime, bench: Workbench) -> None:
    bench.gate.set()
    started: list[str] = []

    async def first() -> str:
        if not started:
            started.append("")
            started[0] = await runtime.jobs.start("work", {"inner": True}, key="inner")
        return "one"

    bench.first = first  # type: ignore[method-assign] # of this bench alone
    outer = await runtime.jobs.wait(await runtime.jobs.start("work", {}))
    inner = await runtime.jobs.wait(started[0])
    assert (outer.state, inner.state) == ("done", "done")


async def test_the_same_key_is_the_same_job_while_it_is_unfinished(
    runtime: Runtime, bench: Workbench
) -> None:
    first = await runtime.jobs.start("work", {}, key="k")
    assert await runtime.jobs.start("work", {}, key="k") == first
    bench.gate.set()
    await runtime.jobs.wait(first)
    assert await runtime.jobs.start("work", {}, key="k") != first


async def test_progress_and_ends_are_told_live(runtime: Runtime, bench: Workbench) -> None:
    feed = runtime.live.listen()
    bench.gate.set()
    job_id = await runtime.jobs.start("work", {})
    states = []
    while not states or states[-1] != "done":
        name, content = await feed.get()
        assert (name, content["id"]) == ("job", job_id)
        states.append(content["state"])
    assert states[0] == "queued"
    assert "running" in states


async def test_a_job_that_begins_while_the_process_closes_goes_on_at_the_next_start(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings({"data_dir": tmp_path})
    part = Slice("testing", jobs=(JobKind("work", bench.run),))
    begun: list[str] = []
    stop, run = JobEngine.stop, Running.run

    async def run_watched(running: Running, job_id: str, workflow_id: str) -> None:
        try:
            await run(running, job_id, workflow_id)
        finally:
            bench.reached.set()

    async def stop_late(engine: JobEngine) -> None:
        begun.append(await runtime.jobs.start("work", {}))
        await bench.reached.wait()
        await stop(engine)

    with monkeypatch.context() as patched:
        patched.setattr(JobEngine, "stop", stop_late)
        patched.setattr(Running, "run", run_watched)
        async with open_runtime(settings, slices=(*SLICES, part)) as runtime:
            pass
    assert bench.ran == []
    bench.gate.set()
    async with open_runtime(settings, slices=(*SLICES, part)) as runtime:
        job = await runtime.jobs.wait(begun[0])
    assert (job.state, job.error) == ("done", None)


async def test_a_cancelled_job_stops_at_once_in_the_middle_of_a_step(
    runtime: Runtime, bench: Workbench
) -> None:
    job_id = await runtime.jobs.start("work", {})
    await bench.reached.wait()
    await runtime.jobs.cancel(job_id)
    job = await runtime.jobs.wait(job_id)
    assert (job.state, job.result) == ("cancelled", None)
    with pytest.raises(JobRefused):
        await runtime.jobs.cancel(job_id)


async def test_a_paused_job_goes_on_without_repeating_what_is_done(
    runtime: Runtime, bench: Workbench
) -> None:
    job_id = await runtime.jobs.start("work", {})
    await bench.reached.wait()
    await runtime.jobs.pause(job_id)
    assert (await runtime.jobs.wait(job_id)).state == "paused"
    bench.gate.set()
    await runtime.jobs.resume(job_id)
    assert (await runtime.jobs.wait(job_id)).state == "done"
    assert bench.ran == ["first", "second", "second"]


async def test_a_failure_says_why_and_a_retry_starts_at_the_failed_step(
    runtime: Runtime, bench: Workbench
) -> None:
    bench.failures = [Sour("The milk is sour. Buy fresh milk.")]
    bench.gate.set()
    job_id = await runtime.jobs.start("work", {})
    job = await runtime.jobs.wait(job_id)
    assert (job.state, job.error_code) == ("failed", "testing.sour")
    assert job.error == "The milk is sour. Buy fresh milk."
    await runtime.jobs.retry(job_id)
    assert (await runtime.jobs.wait(job_id)).state == "done"
    assert bench.ran == ["first", "second", "second"]


async def test_a_passing_upstream_failure_is_tried_again(
    runtime: Runtime, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.01)
    bench.failures = [Away("gone"), Away("gone")]
    bench.gate.set()
    job = await runtime.jobs.wait(await runtime.jobs.start("work", {}))
    assert (job.state, bench.ran.count("second")) == ("done", 3)


async def test_a_bug_in_a_job_does_not_show_its_inside(runtime: Runtime, bench: Workbench) -> None:
    bench.failures = [ZeroDivisionError("secret detail")]
    bench.gate.set()
    job = await runtime.jobs.wait(await runtime.jobs.start("work", {}))
    assert (job.state, job.error_code) == ("failed", "runtime.crashed")
    assert "secret detail" not in (job.error or "")


async def test_an_unknown_job_is_missing(runtime: Runtime) -> None:
    with pytest.raises(JobMissing):
        await runtime.jobs.get("nothing")


async def test_jobs_are_listed_newest_first_page_by_page(
    runtime: Runtime, bench: Workbench
) -> None:
    bench.gate.set()
    made = [await runtime.jobs.start("work", {"n": n}) for n in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        page = await runtime.jobs.list(limit=2, cursor=cursor)
        seen += [job.id for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]
    assert page.total == 5
    for job_id in made:
        await runtime.jobs.wait(job_id)


async def test_a_closed_runtime_parks_its_jobs_and_the_next_one_goes_on(
    tmp_path: Path, bench: Workbench
) -> None:
    settings = read_settings({"data_dir": tmp_path})
    slices = (*SLICES, Slice("testing", jobs=(JobKind("work", bench.run),)))
    async with open_runtime(settings, slices=slices) as runtime:
        job_id = await runtime.jobs.start("work", {})
        await bench.reached.wait()
    bench.gate.set()
    async with open_runtime(settings, slices=slices) as runtime:
        job = await runtime.jobs.wait(job_id)
    assert job.state == "done"
    assert bench.ran == ["first", "second", "second"]


async def test_a_job_finishes_when_it_ends_and_not_when_it_starts(
    runtime: Runtime, bench: Workbench
) -> None:
    job_id = await runtime.jobs.start("work", {})
    await bench.reached.wait()
    under_way = runtime.clock()
    bench.gate.set()
    job = await runtime.jobs.wait(job_id)
    assert job.finished_at is not None
    assert job.finished_at > under_way


async def test_of_many_retries_at_once_one_goes_on(runtime: Runtime, bench: Workbench) -> None:
    bench.failures = [Sour("sour")]
    bench.gate.set()
    job_id = await runtime.jobs.start("work", {})
    await runtime.jobs.wait(job_id)
    tried = [runtime.jobs.retry(job_id) for _ in range(5)]
    answers = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(answer, JobRefused) for answer in answers) == 4
    assert (await runtime.jobs.wait(job_id)).state == "done"
    assert bench.ran == ["first", "second", "second"]


async def test_progress_that_cannot_be_kept_does_not_end_the_job(
    runtime: Runtime, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.runtime.job_running.ATTEND_SECONDS", 0.01)
    unheard = asyncio.Event()
    write = Registry.write

    async def write_or_stumble(registry: Registry, job_id: str, **values: Any) -> bool:
        if values.get("items_done") == 1 and "state" not in values:
            unheard.set()
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        return await write(registry, job_id, **values)

    monkeypatch.setattr(Registry, "write", write_or_stumble)
    job_id = await runtime.jobs.start("work", {})
    await unheard.wait()
    bench.gate.set()
    assert (await runtime.jobs.wait(job_id)).state == "done"


@pytest.mark.parametrize("state", ["running", "done"])
async def test_begin_and_end_are_written_once_the_database_is_back(
    runtime: Runtime, bench: Workbench, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr("shadow.runtime.job_running.PAUSES", (0.01, 0.01))
    outages = [DatabaseUnavailable("full"), DatabaseUnavailable("full")]
    write = Registry.write

    async def write_or_fail(registry: Registry, job_id: str, **values: Any) -> bool:
        if values.get("state") == state and outages:
            raise outages.pop()
        return await write(registry, job_id, **values)

    monkeypatch.setattr(Registry, "write", write_or_fail)
    bench.gate.set()
    job = await runtime.jobs.wait(await runtime.jobs.start("work", {}))
    assert (job.state, outages) == ("done", [])


@pytest.mark.parametrize("lost", ["end", "retry"])
async def test_a_job_that_lost_its_end_or_its_retry_goes_on_at_the_next_start(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    settings = read_settings({"data_dir": tmp_path})
    slices = (*SLICES, Slice("testing", jobs=(JobKind("work", bench.run),)))
    bench.failures = [Sour("sour")] if lost == "retry" else []
    bench.gate.set()
    async with open_runtime(settings, slices=slices) as runtime:
        job_id = await runtime.jobs.start("work", {})
        await runtime.jobs.wait(job_id)
        if lost == "end":
            async with runtime.database.transaction() as session:
                await session.execute(update(Job).values(state="running", finished_at=None))
        else:
            monkeypatch.setattr(JobEngine, "begin_again", died)
            await runtime.jobs.retry(job_id)
    monkeypatch.undo()
    async with open_runtime(settings, slices=slices) as runtime:
        assert (await runtime.jobs.wait(job_id)).state == "done"


async def died(*_: object) -> None:
    """Stand for a process that dies here."""
    raise ProcessLookupError


@pytest.mark.parametrize("job_id", ["a\0b", "\ud800", "x" * 5000, "..", ""])
async def test_an_id_that_no_job_has_is_missing(runtime: Runtime, job_id: str) -> None:
    with pytest.raises(JobMissing):
        await runtime.jobs.get(job_id)


def spawn(folder: Path, url: str, jobs: int) -> Program:
    return Program("tests.support.job_process", folder, url, str(jobs), stdout=PIPE)


def test_jobs_survive_kills_at_random_moments(tmp_path: Path, database_url: str) -> None:
    moments = random.Random(8470)
    process = spawn(tmp_path, database_url, 20)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    for _ in range(3):
        try:
            process.wait(moments.uniform(0.05, 0.8))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = spawn(tmp_path, database_url, 0)
    assert process.wait(60) == 0
    lines = Counter((tmp_path / "lines").read_text().splitlines())
    assert set(lines) == {f"job-{n} {step}" for n in range(20) for step in STEPS}
    repeated = sum(lines.values()) - len(lines)
    assert repeated <= 20 * 3, "only the step in flight may run again after a kill"


async def test_jobs_over_http(client: httpx.AsyncClient) -> None:
    listed = await client.get("/api/jobs")
    assert (listed.status_code, listed.json()["items"]) == (200, [])
    missing = await client.get("/api/jobs/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "runtime.job_missing")
    refused = await client.get("/api/jobs?cursor=rubbish")
    assert (refused.status_code, refused.json()["code"]) == (422, "kit.cursor_invalid")
