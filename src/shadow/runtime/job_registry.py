"""Read and write the registry of jobs: rows, lines, lists. Nothing here runs anything."""

import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, delete, func, select, update

from shadow.kit.errors import Kind, ShadowError
from shadow.kit.paging import Page, decode_cursor, encode_cursor
from shadow.runtime.job_models import Job, JobLine, JobWorker

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

STATES = ("queued", "running", "paused", "done", "failed", "cancelled")
UNFINISHED = ("queued", "running", "paused")
JOB_ID = re.compile(r"[0-9a-f-]{36}")
MOST_LINES = 500
"""Lines kept of one job; the oldest go first."""


class JobMissing(ShadowError):
    """There is no job of that id."""

    kind = Kind.missing
    code = "runtime.job_missing"


class JobRefused(ShadowError):
    """The job is not in a state that allows this."""

    kind = Kind.conflict
    code = "runtime.job_refused"


class Registry:
    """The rows of jobs, and word of each change to who listens."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    async def get(self, job_id: str) -> Job:
        """Return one job. Raises `JobMissing`."""
        job = None
        if JOB_ID.fullmatch(job_id):
            async with self._runtime.database.session() as session:
                job = await session.get(Job, job_id)
        if job is None:
            raise JobMissing("There is no such job. It may have been cleared from the list.")
        return job

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        states: Sequence[str] = (),
        user_id: int | None = None,
    ) -> Page[Job]:
        """Return jobs, newest first; only those in `states`, of `user_id`, if any are named."""
        query = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)
        count = select(func.count()).select_from(Job)
        if states:
            query, count = query.where(Job.state.in_(states)), count.where(Job.state.in_(states))
        if user_id is not None:
            query, count = query.where(Job.user_id == user_id), count.where(Job.user_id == user_id)
        async with self._runtime.database.session() as session:
            if cursor:
                last = await session.get(Job, str(decode_cursor(cursor, "jobs", 1)[0]))
                if last is not None:
                    before = (Job.created_at < last.created_at) | (
                        (Job.created_at == last.created_at) & (Job.id < last.id)
                    )
                    query = query.where(before)
            jobs = list(await session.scalars(query))
            total = await session.scalar(count) or 0
        more = encode_cursor("jobs", jobs[limit - 1].id) if len(jobs) > limit else None
        return Page(jobs[:limit], more, total)

    async def ids_in(self, states: Sequence[str]) -> list[str]:
        """Return the ids of all jobs in these states, oldest first."""
        query = select(Job.id).where(Job.state.in_(states)).order_by(Job.created_at, Job.id)
        async with self._runtime.database.session() as session:
            return list(await session.scalars(query))

    async def add(self, job: Job) -> None:
        """Write down a new job. Raises `IntegrityError` when its key is taken."""
        async with self._runtime.database.transaction() as session:
            session.add(job)
        await self.tell(job.id)

    async def holder(self, active_key: str | None) -> str | None:
        """Return the id of the unfinished job with this key."""
        async with self._runtime.database.session() as session:
            return await session.scalar(select(Job.id).where(Job.active_key == active_key))

    async def write(
        self,
        job_id: str,
        *,
        only_from: Sequence[str] = STATES,
        held_by: str | None = None,
        **values: Any,
    ) -> bool:
        """Write if the job is in one of the states and held by that lease; tell whether it was."""
        values["updated_at"] = self._runtime.clock()
        row = (Job.id == job_id) & Job.state.in_(only_from)
        if held_by is not None:
            row &= Job.lease == held_by
        async with self._runtime.database.transaction() as session:
            done = await session.execute(update(Job).where(row).values(**values))
        await self.tell(job_id)
        return bool(cast("CursorResult[Any]", done).rowcount)

    async def note_handed(self, job_id: str, workflow_id: str) -> None:
        """Write down that the engine knows of this run; a run that followed it is left alone."""
        row = (Job.id == job_id) & (Job.workflow_id == workflow_id)
        async with self._runtime.database.transaction() as session:
            await session.execute(update(Job).where(row).values(handed=True))

    async def send_home(self, job_id: str, workflow_id: str) -> None:
        """Let a job wait for its own machine, with a run anew that keeps what is done."""
        await self.write(
            job_id, only_from=("queued", "running"), state="queued", handed=False, lease=None,
            workflow_id=str(uuid.uuid4()), forked_from=workflow_id,
        )  # fmt: skip

    async def wishes(self, job_id: str) -> tuple[str | None, str | None]:
        """Return what a person wants of a running job, and the lease it is held by."""
        query = select(Job.wanted, Job.lease).where(Job.id == job_id)
        async with self._runtime.database.session() as session:
            row = (await session.execute(query)).one_or_none()
        return (None, None) if row is None else (row[0], row[1])

    async def add_lines(self, job_id: str, lines: Sequence[tuple[str, str]]) -> None:
        """Append to a job's log and drop what is beyond the most lines kept."""
        now = self._runtime.clock()
        mine = JobLine.job_id == job_id
        oldest = select(JobLine.id).where(mine).order_by(JobLine.id.desc()).offset(MOST_LINES)
        async with self._runtime.database.transaction() as session:
            session.add_all(
                JobLine(job_id=job_id, at=now, level=level, text=text) for level, text in lines
            )
            await session.flush()
            last = await session.scalar(oldest.limit(1))
            if last is not None:
                await session.execute(delete(JobLine).where(mine & (JobLine.id <= last)))

    async def lines(self, job_id: str) -> list[JobLine]:
        """Return a job's log, oldest line first."""
        query = select(JobLine).where(JobLine.job_id == job_id).order_by(JobLine.id)
        async with self._runtime.database.session() as session:
            return list(await session.scalars(query))

    async def workers(self) -> list[JobWorker]:
        """Return the processes that take jobs, living or not yet missed."""
        async with self._runtime.database.session() as session:
            return list(await session.scalars(select(JobWorker).order_by(JobWorker.executor)))

    async def tell(self, job_id: str) -> None:
        """Send a job as it is to all who listen to this process."""
        self._runtime.live.send("job", job_json(await self.get(job_id)))


def job_json(job: Job) -> dict[str, Any]:
    """Return a job as the API and the event stream show it (see interface.md)."""
    shown = (
        "id", "kind", "state", "phase", "message", "engine", "items_done", "items_total",
        "bytes_done", "bytes_total", "speed", "eta", "error", "error_code", "title_id", "result",
        "priority", "source", "worker", "details", "wanted", "user_id",
    )  # fmt: skip
    times = ("created_at", "updated_at", "finished_at")
    about = {"about": (job.arguments or {}).get("about")}  # what was asked for, for people
    return (
        {name: getattr(job, name) for name in shown}
        | about
        | {name: moment.isoformat() if (moment := getattr(job, name)) else None for name in times}
    )
