"""Jobs over HTTP, and the live feed of everything that changes.

Moderators see and steer all jobs. Others see those they asked for themselves, their logs and what
the feed tells of them, and may cancel them; the rest is not there for them.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from shadow.kit.paging import MAX_LIMIT
from shadow.runtime.access import Principal, Role
from shadow.runtime.context import Runtime
from shadow.runtime.database import DatabaseUnavailable
from shadow.runtime.jobs import LEAST_PRIORITY, MOST_PRIORITY, Job, JobMissing, job_json
from shadow.runtime.web import CurrentRuntime, Editor, Member, Viewer, identify

router = APIRouter(tags=["jobs"])
KEEP_ALIVE_SECONDS = 15.0
RECHECK_SECONDS = 15.0
"""The caller's right is asked again this often: the feed of who signed out or was banned ends."""

State = Literal["queued", "running", "paused", "done", "failed", "cancelled"]


class JobOut(BaseModel):
    """One job. Speeds are bytes (or items) a second, times RFC 3339, `eta` seconds."""

    id: str
    kind: str
    about: str | None = Field(description="What was asked for: a title, or the name of a file.")
    state: State
    phase: str | None
    message: str | None
    engine: str | None
    items_done: int | None
    items_total: int | None
    bytes_done: int | None
    bytes_total: int | None
    speed: float | None
    eta: float | None
    error: str | None
    error_code: str | None
    title_id: str | None
    result: dict[str, Any] | None
    priority: int
    source: str
    worker: str | None
    details: dict[str, Any] | None
    wanted: str | None
    created_at: str
    updated_at: str
    finished_at: str | None


class JobPage(BaseModel):
    """Newest first."""

    items: list[JobOut]
    next_cursor: str | None
    total: int


class JobLineOut(BaseModel):
    """One line of a job's log."""

    at: datetime
    level: Literal["info", "warning", "error"]
    text: str


class JobLog(BaseModel):
    """Oldest line first."""

    lines: list[JobLineOut]


class PriorityIn(BaseModel):
    """How soon a waiting job is to start: the higher the sooner."""

    priority: int = Field(ge=LEAST_PRIORITY, le=MOST_PRIORITY)


class BulkIn(BaseModel):
    """An action on all jobs in some states."""

    action: Literal["cancel", "pause", "resume", "retry"]
    states: list[State] = Field(min_length=1)


class BulkOut(BaseModel):
    """How many jobs obeyed."""

    count: int


class WorkerLoad(BaseModel):
    """What a worker's machine is at. `cpu` is 0 to 1, the rest bytes."""

    jobs: int
    cpu: float
    memory_used: int
    memory_total: int
    disk_free: int
    disk_total: int


class WorkerOut(BaseModel):
    """A process that takes jobs."""

    id: str
    host: str
    version: str
    started_at: datetime
    beat_at: datetime
    load: WorkerLoad


class WorkerList(BaseModel):
    """All workers that are known to live."""

    items: list[WorkerOut]


@router.get("/api/jobs")
async def list_jobs(
    runtime: CurrentRuntime,
    caller: Viewer,
    limit: int = Query(50, ge=1, le=MAX_LIMIT),
    cursor: str | None = Query(None, max_length=400),
    state: list[State] = Query([], description="Only jobs in these states."),
) -> JobPage:
    """List jobs, newest first: moderators see all, others their own."""
    page = await runtime.jobs.list(limit=limit, cursor=cursor, states=state, user_id=_only(caller))
    items = [JobOut(**job_json(job)) for job in page.items]
    return JobPage(items=items, next_cursor=page.next_cursor, total=page.total)


@router.post("/api/jobs/bulk")
async def act_on_jobs(runtime: CurrentRuntime, caller: Editor, asked: BulkIn) -> BulkOut:
    """Cancel, pause, resume or retry all jobs in some states."""
    return BulkOut(count=await runtime.jobs.act_on_all(asked.action, asked.states))


@router.get("/api/workers")
async def list_workers(runtime: CurrentRuntime, caller: Editor) -> WorkerList:
    """List the processes that take jobs, and what their machines are at."""
    return WorkerList(
        items=[
            WorkerOut(
                id=one.executor, host=one.host, version=one.version, started_at=one.started_at,
                beat_at=one.beat_at, load=WorkerLoad(**one.load),
            )
            for one in await runtime.jobs.workers()
        ]
    )  # fmt: skip


@router.get("/api/jobs/{job_id}")
async def get_job(runtime: CurrentRuntime, caller: Viewer, job_id: str) -> JobOut:
    """Show one job."""
    return JobOut(**job_json(await _visible(runtime, caller, job_id)))


@router.get("/api/jobs/{job_id}/log")
async def get_job_log(runtime: CurrentRuntime, caller: Viewer, job_id: str) -> JobLog:
    """Show what a job did and met."""
    await _visible(runtime, caller, job_id)
    lines = await runtime.jobs.lines(job_id)
    return JobLog(lines=[JobLineOut.model_validate(line, from_attributes=True) for line in lines])


@router.post("/api/jobs/{job_id}/priority")
async def prioritise_job(
    runtime: CurrentRuntime, caller: Editor, job_id: str, asked: PriorityIn
) -> JobOut:
    """Let a waiting job start sooner or later."""
    return JobOut(**job_json(await runtime.jobs.prioritise(job_id, asked.priority)))


@router.post("/api/jobs/{job_id}/cancel")
async def cancel_job(runtime: CurrentRuntime, caller: Member, job_id: str) -> JobOut:
    """End a job."""
    await _visible(runtime, caller, job_id)
    return JobOut(**job_json(await runtime.jobs.cancel(job_id)))


@router.post("/api/jobs/{job_id}/pause")
async def pause_job(runtime: CurrentRuntime, caller: Editor, job_id: str) -> JobOut:
    """Stop a job so that it can go on later."""
    return JobOut(**job_json(await runtime.jobs.pause(job_id)))


@router.post("/api/jobs/{job_id}/resume")
async def resume_job(runtime: CurrentRuntime, caller: Editor, job_id: str) -> JobOut:
    """Go on with a paused job."""
    return JobOut(**job_json(await runtime.jobs.resume(job_id)))


@router.post("/api/jobs/{job_id}/retry")
async def retry_job(runtime: CurrentRuntime, caller: Editor, job_id: str) -> JobOut:
    """Go on with a failed or cancelled job from the step that failed."""
    return JobOut(**job_json(await runtime.jobs.retry(job_id)))


@router.get("/api/events", response_class=StreamingResponse)
async def events(request: Request, runtime: CurrentRuntime, caller: Viewer) -> StreamingResponse:
    """Stream what changes as server-sent events: `job`, `library`, `alert`.

    Moderators are told of all jobs, others of their own; some alerts are for moderators alone.
    """
    return StreamingResponse(
        _feed(request, runtime, caller),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _only(caller: Principal) -> int | None:
    """Return whose jobs a caller sees: None for all."""
    return None if caller.role >= Role.moderator else caller.user_id


async def _visible(runtime: Runtime, caller: Principal, job_id: str) -> Job:
    """Return a job that the caller may see; what they may not see is not there."""
    job = await runtime.jobs.get(job_id)
    if _only(caller) not in (None, job.user_id):
        raise JobMissing("There is no such job. It may have been cleared from the list.")
    return job


def _is_told(name: str, content: dict[str, Any], caller: Principal) -> bool:
    """Tell whether a message is for this listener."""
    if name == "job":
        return _only(caller) in (None, content.get("user_id"))
    return caller.role >= Role[content["role"]] if "role" in content else True


async def _feed(request: Request, runtime: Runtime, caller: Principal) -> AsyncIterator[bytes]:
    queue = runtime.live.listen()
    asked_at = time.monotonic()
    try:
        yield b"retry: 2000\n\n"
        while not runtime.live.closed:
            try:
                name, content = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                name, content = "", {}
            if time.monotonic() - asked_at >= RECHECK_SECONDS:
                asked_at = time.monotonic()
                known = await identify(request, runtime)
                if known is None:
                    return
                caller = known
            if not name:
                yield b": still here\n\n"
            elif _is_told(name, content, caller):
                yield b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"
    except DatabaseUnavailable:
        return  # the client comes again, and is then told
    finally:
        runtime.live.leave(queue)
