"""Durable jobs: start, follow, cancel, pause, resume and retry, in whatever process they run."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from typing_extensions import TypedDict, Unpack

from shadow.kit.errors import ShadowError
from shadow.kit.paging import Page
from shadow.runtime.job_context import HOME, JobContext, JobKind, JobStopped
from shadow.runtime.job_engine import Fate, JobEngine, Role
from shadow.runtime.job_models import Job, JobLine, JobWorker
from shadow.runtime.job_registry import (
    UNFINISHED,
    JobMissing,
    JobRefused,
    Registry,
    job_json,
)
from shadow.runtime.job_running import Running
from shadow.runtime.job_settings import JobSettings
from shadow.runtime.job_watch import Watch

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

__all__ = [
    "Job", "JobContext", "JobKind", "JobMissing", "JobRefused", "JobStopped", "JobWorker", "Jobs",
    "job_json",
]  # fmt: skip
log = structlog.get_logger(__name__)
LEAST_PRIORITY, MOST_PRIORITY = -50, 50
LOOKS = 25
ACTIONS = ("cancel", "pause", "resume", "retry")


class More(TypedDict, total=False):
    """What else `Jobs.start` takes."""

    user_id: int | None
    at_home: bool


class Jobs:
    """The registry of jobs and the engine that runs them in this process."""

    def __init__(self, engine: JobEngine, kinds: Iterable[JobKind]) -> None:
        self._engine = engine
        self._kinds = {kind.name: kind for kind in kinds}
        self._runtime: Runtime | None = None
        self._registry: Registry
        self._running: Running
        self._watch: Watch

    async def open(self, runtime: "Runtime") -> None:
        """Start the engine; unfinished jobs of this machine go on."""
        self._runtime = runtime
        self._registry = Registry(runtime)
        self._running = Running(runtime, self._registry, self._kinds, self._engine)
        self._watch = Watch(runtime, self._registry, self._engine, self._running)
        if self._engine.role is Role.looks:
            return
        await self._engine.start(self._running.run)
        await self._watch.start()
        if self._engine.role in (Role.works, Role.serves):
            await self._watch.hand_on()
            await self._mend()

    async def close(self) -> None:
        """Stop running jobs where they stand, unrecorded: they go on at the next start."""
        if self._engine.role is Role.looks:
            return
        await self._watch.stop()
        idle = not len(self._running)
        await self._running.close()
        await self._engine.stop()
        if idle:
            with contextlib.suppress(ShadowError):  # the database is gone: others will notice
                await self._watch.leave()

    @property
    def machine(self) -> str:
        """The data folder of this process, by an id of its own."""
        return self._engine.machine

    def is_heavy(self, kind: str) -> bool:
        """Tell whether jobs of a kind wait their turn in the queue of heavy ones."""
        return self._kinds[kind].heavy

    async def start(
        self,
        kind: str,
        arguments: dict[str, Any],
        *,
        key: str | None = None,
        priority: int = 0,
        source: str = "",
        **more: Unpack[More],
    ) -> str:
        """Record a job and start it; returns its id.

        Args:
            kind: which work.
            arguments: a JSON object for it.
            key: with one, a second call while the first job is unfinished returns that job's id.
            priority: -50 to 50, the higher the sooner.
            source: whom it burdens, a host as a rule; empty where that does not matter.
            more: `user_id`, who asked for it, and `at_home`, for a heavy job that needs what lies
                in this machine's data folder. Light jobs stay at home always: the machine where
                they were asked for, or where the job was that starts them.
        """
        runtime = self._attached()
        assert kind in self._kinds, f"no slice offers the job “{kind}”"
        job_id = str(uuid.uuid4())
        full_key = f"{kind}:{key}" if key else None
        now = runtime.clock()
        job = Job(
            id=job_id, workflow_id=job_id, kind=kind, key=full_key, active_key=full_key,
            arguments=arguments, priority=_within(priority), source=source[:100],
            user_id=more.get("user_id"), home=HOME.get() or self._engine.machine,
            pinned=more.get("at_home", False) or not self._kinds[kind].heavy,
            state="queued", created_at=now, updated_at=now,
        )  # fmt: skip
        try:
            await self._registry.add(job)
        except IntegrityError:
            existing = await self._registry.holder(full_key)
            return existing or await self.start(
                kind, arguments, key=key, priority=priority, source=source, **more
            )
        await self._hand(job_id)
        return job_id

    async def get(self, job_id: str) -> Job:
        """Return one job. Raises `JobMissing`."""
        return await self._registry.get(job_id)

    async def list(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        states: Sequence[str] = (),
        user_id: int | None = None,
    ) -> Page[Job]:
        """Return jobs, newest first; only those in `states`, and of `user_id`, if named."""
        return await self._registry.page(limit=limit, cursor=cursor, states=states, user_id=user_id)

    async def lines(self, job_id: str) -> Sequence[JobLine]:
        """Return a job's log, oldest line first. Raises `JobMissing`."""
        await self.get(job_id)
        return await self._registry.lines(job_id)

    async def workers(self) -> Sequence[JobWorker]:
        """Return the processes that take jobs."""
        return await self._registry.workers()

    async def cancel(self, job_id: str) -> Job:
        """End a job. A running one stops at its next await, in whatever process it runs."""
        return await self._ask_to_stop(job_id, "cancelled", UNFINISHED)

    async def pause(self, job_id: str) -> Job:
        """Stop a job so that `resume` can go on with it."""
        return await self._ask_to_stop(job_id, "paused", ("queued", "running"))

    async def resume(self, job_id: str) -> Job:
        """Go on with a paused job; steps that are done stay done."""
        return await self._again(job_id, ("paused",))

    async def retry(self, job_id: str) -> Job:
        """Go on with a failed or cancelled job from the step that failed."""
        return await self._again(job_id, ("failed", "cancelled"))

    async def prioritise(self, job_id: str, priority: int) -> Job:
        """Let a job that waits start sooner or later. Raises `JobRefused` once it runs."""
        job = await self.get(job_id)
        if job.state not in ("queued", "paused"):
            raise JobRefused(f"This job is {job.state}: it has had its turn.")
        values: dict[str, Any] = {"priority": _within(priority)}
        if job.state == "queued":  # a run anew, in its new place; the old one finds itself replaced
            kept = job.forked_from if job.lease is None else job.workflow_id
            values |= {"workflow_id": str(uuid.uuid4()), "handed": False, "forked_from": kept}
        if not await self._registry.write(job_id, only_from=(job.state,), **values):
            return await self.prioritise(job_id, priority)
        if job.state == "queued":
            await self._hand(job_id)
        return await self.get(job_id)

    async def act_on_all(self, action: str, states: Sequence[str]) -> int:
        """Cancel, pause, resume or retry every job in these states; returns how many obeyed."""
        assert action in ACTIONS
        done = 0
        for job_id in await self._registry.ids_in(states):
            try:
                await getattr(self, action)(job_id)
                done += 1
            except JobRefused:  # it went on to another state meanwhile, or its work is taken
                continue
        return done

    async def run_here(self, job_id: str) -> None:
        """Run a job that waits in this process, though it was left to others or queued.

        For processes that run what they start; a job that has begun elsewhere is left alone.
        """
        job = await self.get(job_id)
        kept = job.forked_from if job.lease is None else job.workflow_id
        anew: dict[str, Any] = {
            "workflow_id": str(uuid.uuid4()), "handed": False, "forked_from": kept,
        }  # fmt: skip
        if await self._registry.write(job_id, only_from=("queued",), **anew):
            await self._hand(job_id)

    async def living(self, meant: Callable[[JobWorker], bool]) -> JobWorker | None:
        """Return a process of that sort that shows signs of life; looks for a few seconds.

        One that was killed and not yet missed is on the list as well: its beats stand still.
        """
        before = {one.incarnation: one.beats for one in await self.workers() if meant(one)}
        beat = self._attached().settings.group(JobSettings).beat_seconds
        for _ in range(LOOKS if before else 0):
            await asyncio.sleep(beat * 2.5 / LOOKS)
            for one in await self.workers():
                if meant(one) and before.get(one.incarnation) != one.beats:
                    return one
        return None

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
        if not await self._registry.write(job_id, only_from=("queued", "paused"), **ended):
            await self._registry.write(job_id, only_from=("running",), wanted=state)
            if self._engine.role is not Role.looks:
                self._running.stop(job_id, state)
        return await self.get(job_id)

    async def _again(self, job_id: str, allowed: tuple[str, ...]) -> Job:
        job = await self.get(job_id)
        # In one write, with the run that is to come: of several callers at once one goes on, and
        # should this process die before the engine hears of it, any worker sees to it.
        try:
            claimed = await self._registry.write(
                job_id, only_from=allowed, state="queued", workflow_id=str(uuid.uuid4()),
                # Of a run that was only written down, by a process that died, nothing is kept.
                forked_from=job.workflow_id if job.handed else job.forked_from,
                handed=False, active_key=job.key,
                wanted=None, error=None, error_code=None, finished_at=None,
            )  # fmt: skip
        except IntegrityError:
            other = await self._registry.holder(job.key)
            raise JobRefused(f"The same work is under way already, as job {other}.") from None
        if not claimed:
            job = await self.get(job_id)
            raise JobRefused(f"This job is {job.state}: there is nothing to go on with.")
        await self._hand(job_id)
        return await self.get(job_id)

    async def _hand(self, job_id: str) -> None:
        """Begin a job's present run, unless that is left to processes that run jobs."""
        if self._engine.role is Role.looks:
            return
        try:
            await self._watch.hand(await self.get(job_id))
        except ShadowError:
            raise
        except Exception:  # written down it is: the watch tries again
            log.exception("jobs.not_handed", job_id=job_id)

    async def _mend(self) -> None:
        """Go on with jobs whose run ended without word: the disk was full then, say."""
        runtime = self._attached()
        living = {one.incarnation for one in await self._registry.workers()}
        async with runtime.database.session() as session:
            ours = Job.pinned.is_(False) | (Job.home == self._engine.machine)
            handed = Job.state.in_(("queued", "running")) & Job.handed.is_(True)
            found = await session.scalars(select(Job).where(handed, ours))
            unfinished = [job for job in found if job.lease not in living]
        for job in unfinished:
            # Other workers mend too, or have gone on with it since: only what stands still is ours.
            still: dict[str, Any] = {"only_from": (job.state,), "held_by": job.lease}
            match await self._engine.fate(job.workflow_id):
                case Fate.unknown:
                    await self._registry.write(
                        job.id, **still, state="queued", handed=False, forked_from=None
                    )
                case Fate.over:
                    if await self._registry.write(job.id, **still, state="failed"):
                        with suppress(JobRefused):
                            await self._again(job.id, ("failed",))

    def _attached(self) -> "Runtime":
        assert self._runtime is not None, "jobs are used before the runtime is open"
        return self._runtime


def _within(priority: int) -> int:
    return max(LEAST_PRIORITY, min(MOST_PRIORITY, priority))
