"""Run jobs in this process: the body of every workflow, its attendant, and how it ended."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from shadow.kit.errors import ShadowError
from shadow.runtime.database import DatabaseUnavailable
from shadow.runtime.job_context import HOME, JobContext, JobKind, JobStopped
from shadow.runtime.job_engine import JobEngine
from shadow.runtime.job_models import Job
from shadow.runtime.job_registry import Registry

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
ATTEND_SECONDS = 0.4
"""How often a running job's progress is written and a person's wish to stop it is read."""
PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds between attempts to write that a job begins and how it ended."""


class Running:
    """The jobs that run in this process."""

    def __init__(
        self, runtime: "Runtime", registry: Registry, kinds: dict[str, JobKind], engine: JobEngine
    ) -> None:
        self._runtime = runtime
        self._registry = registry
        self._kinds = kinds
        self._engine = engine
        self._contexts: dict[str, JobContext] = {}
        self._closed = False
        self.lease = str(uuid.uuid4())
        """The incarnation under which jobs begun from now on are held."""

    def __len__(self) -> int:
        return len(self._contexts)

    async def run(self, job_id: str, workflow_id: str) -> None:
        """Run one job to its end and write down how it ended. The body of every workflow."""
        job = await _insist(job_id, lambda: self._registry.get(job_id))
        if job.workflow_id != workflow_id:
            return  # another run has taken the place of this one
        if job.pinned and job.home != self._engine.machine:
            await _insist(job_id, lambda: self._registry.send_home(job_id, workflow_id))
            return  # what a dead machine had under way: it needs what lies there
        HOME.set(job.home)
        task = asyncio.current_task()
        assert task is not None
        context = JobContext(self._runtime, job_id, task, lease=self.lease)
        self._refuse_when_closed()
        if not await _insist(job_id, lambda: self._take(context)):
            return
        self._refuse_when_closed()
        self._contexts[job_id] = context
        attendant = asyncio.create_task(self._attend(context))
        try:
            with structlog.contextvars.bound_contextvars(job_id=job_id, job=job.kind):
                end = await self._outcome(job, context)
        finally:
            attendant.cancel()
            await asyncio.wait({attendant})  # unlike awaiting it, hides no cancelling of our own
            if self._contexts.get(job_id) is context:
                del self._contexts[job_id]
        values = {**context.seen, "speed": None, "eta": None, **end}
        await _insist(job_id, lambda: self._write_end(context, values))

    def stop(self, job_id: str, state: str) -> None:
        """Ask a job to end as `state`, if it runs here."""
        context = self._contexts.get(job_id)
        if context and not context.stop.done():
            context.stop.set_result(state)

    async def close(self) -> None:
        """Stop all jobs where they stand, and let none begin any more."""
        self._closed = True
        await self.abandon()

    async def abandon(self) -> None:
        """Stop all jobs where they stand, unrecorded; they go on at the next start."""
        tasks = [context.task for context in self._contexts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _refuse_when_closed(self) -> None:
        """End a run that begins while the process closes as if it had been cut off: unrecorded."""
        if self._closed:
            raise asyncio.CancelledError

    async def _take(self, context: JobContext) -> bool:
        return await self._registry.write(
            context.job_id, only_from=("queued", "running"), state="running",
            lease=context.lease, handed=True, worker=self._engine.executor,
        )  # fmt: skip

    async def _write_end(self, context: JobContext, values: dict[str, Any]) -> None:
        await self._flush_lines(context)
        await self._registry.write(context.job_id, held_by=context.lease, **values)

    async def _outcome(self, job: Job, context: JobContext) -> dict[str, Any]:
        end = await self._tried(job, context)
        if end["state"] != "paused":
            end |= {"finished_at": self._runtime.clock(), "active_key": None}
        if end.get("error"):
            context.note(end["error"], level="error")
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
        while True:
            await asyncio.sleep(ATTEND_SECONDS)
            try:
                if context.changed:
                    context.changed = False
                    await self._flush_lines(context)
                    await self._registry.write(
                        context.job_id, held_by=context.lease, **context.seen
                    )
                wanted, lease = await self._registry.wishes(context.job_id)
                if lease != context.lease:
                    log.warning("jobs.moved", job_id=context.job_id)
                    context.task.cancel()
                    return
                if wanted and not context.stop.done():
                    context.stop.set_result(wanted)
            except ShadowError as error:
                log.warning("jobs.not_attended", detail=error.detail)
            except Exception:  # what cannot be shown of a job must not end the job
                log.exception("jobs.not_attended")

    async def _flush_lines(self, context: JobContext) -> None:
        """Write the lines noted since; they are let go only once they are written."""
        if lines := tuple(context.lines):
            await self._registry.add_lines(context.job_id, lines)
            del context.lines[: len(lines)]


async def _insist(job_id: str, access: Callable[[], Awaitable[Result]]) -> Result:
    """Read or write what a job depends on, however long the database is away.

    What does not come through in the end is taken up by the next start.
    """
    for pause in PAUSES:
        try:
            return await access()
        except DatabaseUnavailable as error:
            log.warning("jobs.database_away", job_id=job_id, detail=error.detail)
            await asyncio.sleep(pause)
    return await access()
