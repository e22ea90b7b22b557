"""Durable jobs: start, follow, cancel, pause, resume and retry, in whatever process they run."""

import asyncio
import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import structlog
from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError

from shadow.kit.errors import Kind, ShadowError
from shadow.kit.paging import Page, decode_cursor, encode_cursor
from shadow.runtime.database import DatabaseUnavailable
from shadow.runtime.job_context import JobContext, JobKind, JobStopped
from shadow.runtime.job_engine import Fate, JobEngine
from shadow.runtime.job_models import Job

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

__all__ = ["Job", "JobContext", "JobKind", "JobStopped", "Jobs"]
log = structlog.get_logger(__name__)
STATES = ("queued", "running", "paused", "done", "failed", "cancelled")
JOB_ID = re.compile(r"[0-9a-f-]{36}")
ATTEND_SECONDS = 0.4
"""How often a running job's progress is written and a person's wish to stop it is read."""

END_PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds between attempts to write how a job ended."""


class JobMissing(ShadowError):
    """There is no job of that id."""

    kind = Kind.missing
    code = "runtime.job_missing"


class JobRefused(ShadowError):
    """The job is not in a state that allows this."""

    kind = Kind.conflict
    code = "runtime.job_refused"


class Jobs:
    """The registry of jobs and the engine that runs them in this process."""

    def __init__(self, engine: JobEngine, kinds: Iterable[JobKind]) -> None:
        self._engine = engine
        self._kinds = {kind.name: kind for kind in kinds}
        self._runtime: Runtime | None = None
        self._running: dict[str, JobContext] = {}

    async def open(self, runtime: "Runtime") -> None:
        """Start the engine; unfinished jobs of this machine go on."""
        self._runtime = runtime
        await self._engine.start(self._run)
        async with runtime.database.session() as session:
            query = select(Job).where(Job.state.in_(("queued", "running")))
            unfinished = list(await session.scalars(query))
        for job in unfinished:
            match await self._engine.fate(job.workflow_id):
                case Fate.unknown:  # the process died before the engine heard of it
                    await self._engine.begin(job.id, job.workflow_id)
                case Fate.over:  # its end could not be written down: the disk was full, say
                    await self._write(job.id, state="failed")
                    await self._again(job.id, ("failed",))

    async def close(self) -> None:
        """Stop running jobs where they stand, unrecorded: they go on at the next start."""
        tasks = [context.task for context in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._engine.stop()

    async def start(self, kind: str, arguments: dict[str, Any], *, key: str | None = None) -> str:
        """Record a job and start it; returns its id.

        With a `key`, a second call while the first job is unfinished returns that job's id.
        """
        runtime = self._attached()
        assert kind in self._kinds, f"no slice offers the job “{kind}”"
        job_id = str(uuid.uuid4())
        active_key = f"{kind}:{key}" if key else None
        now = runtime.clock()
        job = Job(
            id=job_id, workflow_id=job_id, kind=kind, active_key=active_key, arguments=arguments,
            state="queued", created_at=now, updated_at=now,
        )  # fmt: skip
        try:
            async with runtime.database.transaction() as session:
                session.add(job)
        except IntegrityError:
            async with runtime.database.session() as session:
                query = select(Job.id).where(Job.active_key == active_key)
                existing = await session.scalar(query)
            return existing or await self.start(kind, arguments, key=key)
        await self._tell(job_id)
        await self._engine.begin(job_id, job_id)
        return job_id

    async def get(self, job_id: str) -> Job:
        """Return one job. Raises `JobMissing`."""
        job = None
        if JOB_ID.fullmatch(job_id):
            async with self._attached().database.session() as session:
                job = await session.get(Job, job_id)
        if job is None:
            raise JobMissing("There is no such job. It may have been cleared from the list.")
        return job

    async def list(self, *, limit: int, cursor: str | None = None) -> Page[Job]:
        """Return jobs, newest first."""
        query = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)
        async with self._attached().database.session() as session:
            if cursor:
                last = await session.get(Job, str(decode_cursor(cursor, "jobs", 1)[0]))
                if last is not None:
                    before = (Job.created_at < last.created_at) | (
                        (Job.created_at == last.created_at) & (Job.id < last.id)
                    )
                    query = query.where(before)
            jobs = list(await session.scalars(query))
            total = await session.scalar(select(func.count()).select_from(Job)) or 0
        more = encode_cursor("jobs", jobs[limit - 1].id) if len(jobs) > limit else None
        return Page(jobs[:limit], more, total)

    async def cancel(self, job_id: str) -> Job:
        """End a job. A running one stops at its next await, in whatever process it runs."""
        return await self._ask_to_stop(job_id, "cancelled", ("queued", "running", "paused"))

    async def pause(self, job_id: str) -> Job:
        """Stop a job so that `resume` can go on with it."""
        return await self._ask_to_stop(job_id, "paused", ("queued", "running"))

    async def resume(self, job_id: str) -> Job:
        """Go on with a paused job; steps that are done stay done."""
        return await self._again(job_id, ("paused",))

    async def retry(self, job_id: str) -> Job:
        """Go on with a failed or cancelled job from the step that failed."""
        return await self._again(job_id, ("failed", "cancelled"))

    async def wait(self, job_id: str) -> Job:
        """Return the job once it has ended or is paused."""
        while (job := await self.get(job_id)).state in ("queued", "running"):
            await asyncio.sleep(0.1)  # another process may be the one that runs it
        return job

    async def _ask_to_stop(self, job_id: str, state: str, allowed: tuple[str, ...]) -> Job:
        job = await self.get(job_id)
        if job.state not in allowed:
            raise JobRefused(f"This job is {job.state}: it cannot be {state} now.")
        ended: dict[str, Any] = {"state": state, "wanted": None}
        if state == "cancelled":
            ended |= {"active_key": None, "finished_at": self._attached().clock()}
        if not await self._write(job_id, only_from=("queued", "paused"), **ended):
            await self._write(job_id, only_from=("running",), wanted=state)
            self._stop_here(job_id, state)
        return await self.get(job_id)

    def _stop_here(self, job_id: str, state: str) -> None:
        context = self._running.get(job_id)
        if context and not context.stop.done():
            context.stop.set_result(state)

    async def _again(self, job_id: str, allowed: tuple[str, ...]) -> Job:
        job = await self.get(job_id)
        fresh = str(uuid.uuid4())
        # In one write, with the run that is to come: of several callers at once one goes on, and
        # should this process die before the engine hears of it, the next start sees to it.
        claimed = await self._write(
            job_id, only_from=allowed, state="queued", workflow_id=fresh,
            wanted=None, error=None, error_code=None, finished_at=None,
        )  # fmt: skip
        if not claimed:
            job = await self.get(job_id)
            raise JobRefused(f"This job is {job.state}: there is nothing to go on with.")
        await self._engine.begin_again(job.workflow_id, fresh)
        return await self.get(job_id)

    async def _run(self, job_id: str) -> None:
        """Be the body of every workflow: run the job's kind and record how it ended."""
        runtime = self._attached()
        job = await self.get(job_id)
        task = asyncio.current_task()
        assert task is not None
        context = JobContext(runtime, job_id, task)
        self._running[job_id] = context
        attendant = asyncio.create_task(self._attend(context))
        try:
            if not await self._write(job_id, only_from=("queued", "running"), state="running"):
                return
            with structlog.contextvars.bound_contextvars(job_id=job_id, job=job.kind):
                end = await self._outcome(job, context)
        finally:
            attendant.cancel()
            await asyncio.wait({attendant})  # unlike awaiting it, hides no cancelling of our own
            del self._running[job_id]
        await self._write_end(job_id, {**context.seen, "speed": None, "eta": None, **end})

    async def _write_end(self, job_id: str, values: dict[str, Any]) -> None:
        """Write how a job ended, however long the database is away; else the next start asks."""
        for pause in END_PAUSES:
            try:
                await self._write(job_id, **values)
            except DatabaseUnavailable as error:
                log.warning("jobs.end_not_written", job_id=job_id, detail=error.detail)
                await asyncio.sleep(pause)
            else:
                return
        await self._write(job_id, **values)

    async def _outcome(self, job: Job, context: JobContext) -> dict[str, Any]:
        end = await self._tried(job, context)
        if end["state"] != "paused":
            end |= {"finished_at": self._attached().clock(), "active_key": None}
        return {**end, "wanted": None}

    async def _tried(self, job: Job, context: JobContext) -> dict[str, Any]:
        try:
            result = await self._kinds[job.kind].run(context, job.arguments)
            return {"state": "done", "result": result, "message": None}
        except JobStopped as stopped:
            return {"state": stopped.state}
        except ShadowError as error:
            log.warning("jobs.failed", code=error.code, detail=error.detail)
            return {"state": "failed", "error": error.detail, "error_code": error.code}
        except Exception as error:
            log.exception("jobs.crashed")
            told = (
                getattr(error, "message", None) or "Something went wrong inside. The log says what."
            )
            return {"state": "failed", "error": str(told), "error_code": "runtime.crashed"}

    async def _attend(self, context: JobContext) -> None:
        runtime = self._attached()
        while True:
            await asyncio.sleep(ATTEND_SECONDS)
            try:
                if context.changed:
                    context.changed = False
                    await self._write(context.job_id, **context.seen)
                async with runtime.database.session() as session:
                    query = select(Job.wanted).where(Job.id == context.job_id)
                    wanted = await session.scalar(query)
                if wanted and not context.stop.done():
                    context.stop.set_result(wanted)
            except ShadowError as error:
                log.warning("jobs.not_attended", detail=error.detail)
            except Exception:  # what cannot be shown of a job must not end the job
                log.exception("jobs.not_attended")

    async def _write(
        self, job_id: str, *, only_from: tuple[str, ...] = STATES, **values: Any
    ) -> bool:
        """Write to the registry if the job is in one of the states; tell whether it was."""
        runtime = self._attached()
        values["updated_at"] = runtime.clock()
        row = (Job.id == job_id) & Job.state.in_(only_from)
        async with runtime.database.transaction() as session:
            done = await session.execute(update(Job).where(row).values(**values))
        await self._tell(job_id)
        return bool(cast("CursorResult[Any]", done).rowcount)

    async def _tell(self, job_id: str) -> None:
        self._attached().live.send("job", job_json(await self.get(job_id)))

    def _attached(self) -> "Runtime":
        assert self._runtime is not None, "jobs are used before the runtime is open"
        return self._runtime


def job_json(job: Job) -> dict[str, Any]:
    """Return a job as the API and the event stream show it (see interface.md)."""
    shown = (
        "id", "kind", "state", "phase", "message", "engine", "items_done", "items_total",
        "bytes_done", "bytes_total", "speed", "eta", "error", "error_code", "title_id", "result",
    )  # fmt: skip
    times = ("created_at", "updated_at", "finished_at")
    return {name: getattr(job, name) for name in shown} | {
        name: moment.isoformat() if (moment := getattr(job, name)) else None for name in times
    }
