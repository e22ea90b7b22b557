"""Keep the swarm whole: beat, notice who stopped beating, take over, hand on what nobody took.

A worker lives as long as its `beats` go up. Each worker watches the others by its own monotonic
clock: no wall clock is compared with another's, so one that jumps harms nobody. What a dead worker
had under way goes back to the queue; should it only have been slow, the engine's ownership and the
registry's lease keep it from writing anything more.
"""

import asyncio
import os
import platform
import shutil
import time
import uuid
from typing import TYPE_CHECKING, Any, cast

import psutil
import structlog
from sqlalchemy import CursorResult, delete, select, update

from shadow import __version__
from shadow.kit.errors import ShadowError
from shadow.runtime.job_engine import Fate, JobEngine, Order, Role
from shadow.runtime.job_feed import FEED_SECONDS, Feed
from shadow.runtime.job_models import Job, JobWorker
from shadow.runtime.job_registry import Registry
from shadow.runtime.job_running import Running
from shadow.runtime.job_settings import JobSettings

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
HAND_SECONDS = 1.0
"""How often jobs that other processes only wrote down are looked for."""


class Watch:
    """This process's part in watching over the swarm."""

    def __init__(
        self, runtime: "Runtime", registry: Registry, engine: JobEngine, running: Running
    ) -> None:
        self._runtime = runtime
        self._registry = registry
        self._engine = engine
        self._running = running
        self._settings = runtime.settings.group(JobSettings)
        self._feed = Feed(runtime, registry)
        self._seen: dict[str, tuple[str, int, float]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Announce this worker and begin to watch."""
        await self._announce()
        self._tasks = [asyncio.create_task(self._every(self._settings.beat_seconds, self._beat))]
        if self._engine.role in (Role.works, Role.serves):
            self._tasks += [
                asyncio.create_task(self._every(self._settings.beat_seconds, self._reap)),
                asyncio.create_task(self._every(HAND_SECONDS, self.hand_on)),
                asyncio.create_task(self._every(FEED_SECONDS, self._feed.look)),
            ]

    async def stop(self) -> None:
        """Stop watching. A worker that leaves nothing behind says goodbye."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def leave(self) -> None:
        """Take this worker off the list, once none of its jobs is under way."""
        async with self._runtime.database.transaction() as session:
            await session.execute(
                delete(JobWorker).where(JobWorker.incarnation == self._running.lease)
            )

    async def _every(self, seconds: float, work: Any) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except ShadowError as error:
                log.warning("jobs.watch_failed", detail=error.detail)
            except Exception:  # one bad moment must not end the watch
                log.exception("jobs.watch_failed")

    async def _announce(self) -> None:
        now = self._runtime.clock()
        async with self._runtime.database.transaction() as session:
            await session.execute(
                delete(JobWorker).where(JobWorker.executor == self._engine.executor)
            )
            session.add(
                JobWorker(
                    executor=self._engine.executor, incarnation=self._running.lease,
                    host=platform.node()[:100], pid=os.getpid(), version=__version__,
                    takes=self._engine.role is Role.works, load=self._load(), started_at=now,
                    beat_at=now,
                )
            )  # fmt: skip

    async def _beat(self) -> None:
        mine = JobWorker.incarnation == self._running.lease
        values = {
            "beats": JobWorker.beats + 1, "beat_at": self._runtime.clock(), "load": self._load(),
        }  # fmt: skip
        async with self._runtime.database.transaction() as session:
            done = await session.execute(update(JobWorker).where(mine).values(**values))
        if not cast("CursorResult[Any]", done).rowcount:
            log.warning("jobs.taken_for_dead", executor=self._engine.executor)
            await self._running.abandon()
            self._running.lease = str(uuid.uuid4())
            await self._announce()

    def _load(self) -> dict[str, Any]:
        memory = psutil.virtual_memory()
        disk = shutil.disk_usage(self._runtime.settings.core.data_dir)
        return {
            "jobs": len(self._running),
            "cpu": round(psutil.cpu_percent(interval=None) / 100, 3),
            "memory_used": memory.total - memory.available,
            "memory_total": memory.total,
            "disk_free": disk.free,
            "disk_total": disk.total,
        }

    async def _reap(self) -> None:
        now = time.monotonic()
        workers = await self._registry.workers()
        present = {one.executor for one in workers}
        self._seen = {name: seen for name, seen in self._seen.items() if name in present}
        for one in workers:
            incarnation, beats, since = self._seen.get(one.executor, ("", -1, now))
            if (incarnation, beats) != (one.incarnation, one.beats):
                self._seen[one.executor] = (one.incarnation, one.beats, now)
            elif (
                now - since > self._settings.dead_seconds and one.executor != self._engine.executor
            ):
                await self._bury(one)

    async def _bury(self, dead: JobWorker) -> None:
        log.warning("jobs.worker_lost", executor=dead.executor, host=dead.host)
        gone = (JobWorker.incarnation == dead.incarnation) & (JobWorker.beats == dead.beats)
        async with self._runtime.database.transaction() as session:
            done = await session.execute(delete(JobWorker).where(gone))
            held = (Job.lease == dead.incarnation) & (Job.state == "running")
            left = list(await session.scalars(select(Job.id).where(held)))
        # Also when another was quicker: it may have died between the two, and twice does no harm.
        await self._engine.take_over([dead.executor])
        if cast("CursorResult[Any]", done).rowcount:
            for job_id in left:
                await self._registry.add_lines(
                    job_id, [("warning", f"The worker {dead.host} is gone; another goes on.")]
                )

    async def hand_on(self) -> None:
        """Tell the engine of runs that were written down by processes that do not run any."""
        ours = Job.pinned.is_(False) | (Job.home == self._engine.machine)
        query = select(Job).where(Job.state == "queued", Job.handed.is_(False), ours)
        async with self._runtime.database.session() as session:
            waiting = list(await session.scalars(query.order_by(Job.created_at).limit(200)))
        for job in waiting:
            await self.hand(job)

    async def hand(self, job: Job) -> None:
        """Begin a job's present run, if the engine does not know it yet."""
        if job.pinned and job.home != self._engine.machine:
            return
        order = Order(
            job.id, job.workflow_id, self._runtime.jobs.is_heavy(job.kind), job.priority,
            job.source, machine=job.home if job.pinned and job.home else "",
        )  # fmt: skip
        if job.forked_from is None:
            await self._engine.begin(order)
        elif await self._engine.fate(job.workflow_id) is Fate.unknown:
            await self._engine.begin_again(order, job.forked_from)
        await self._registry.note_handed(job.id, job.workflow_id)
