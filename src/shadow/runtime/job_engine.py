"""Durable execution on DBOS: unfinished runs go on after a crash, here or on another machine.

Each process holds an executor id by a file lock in the data folder. A lock that nobody holds
belongs to a dead process of this machine, whose runs whoever starts next takes over; the dead of
other machines are told by their heartbeats (`shadow.runtime.job_watch`).

Light jobs start at once in the process that was asked. Heavy ones go through the queue `heavy`:
so many at a time on one machine and in all, so many of one source. Heavy ones that need what lies
in one machine's data folder wait in a queue of that machine's own.
"""

import asyncio
import fcntl
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from dbos._serialization import DBOSPortableJSONSerializer
from sqlalchemy import update
from sqlalchemy.engine import make_url

from shadow.runtime.database import FROZEN_SECONDS
from shadow.runtime.files import make_once

WORKFLOW = "shadow.job"
WORKFLOW_VERSION = "1"
"""Change it when the steps of a running job could no longer be replayed by the new code."""
HEAVY = "heavy"
MAX_PROCESSES = 64
POLL_SECONDS = 0.25
LISTEN_SECONDS = 0.05
"""Nothing is sent this way, and the thread that listens notices only so often that it shall end."""
MIDDLE_PRIORITY = 100  # the engine starts low numbers first, from 1 on

GOING = frozenset({"ENQUEUED", "DELAYED", "PENDING"})


class Fate(Enum):
    """What became of a run: the engine has no record of it, goes on with it, or ended it."""

    unknown = "unknown"
    going = "going"
    over = "over"


class Role(Enum):
    """What a process does with jobs.

    `works` takes any; `serves` leaves heavy ones to others, but for those that need this machine's
    data folder; `own` runs those it starts itself; `looks` only records them.
    """

    works = "works"
    serves = "serves"
    own = "own"
    looks = "looks"


@dataclass(frozen=True, slots=True)
class Order:
    """A run to begin: of which job, kept apart by which id, and where it queues.

    `machine` is the only one that may run it, empty for any.
    """

    job_id: str
    workflow_id: str
    heavy: bool
    priority: int = 0
    source: str = ""
    machine: str = ""

    @property
    def queue(self) -> str:
        """The queue in which it waits if it is heavy."""
        return f"{HEAVY}-{self.machine}" if self.machine else HEAVY


@dataclass(frozen=True, slots=True)
class Limits:
    """How many heavy jobs run at a time: on one machine and in all, and of one source."""

    heavy: int = 5
    per_source: int = 5


class JobEngine:
    """The one DBOS of this process. `run(job_id, workflow_id)` is every workflow's body."""

    def __init__(
        self, *, data_dir: Path, database_url: str, role: Role, limits: Limits = Limits()
    ) -> None:
        self.role = role
        self.executor = ""
        self.machine = make_once(_folder(data_dir) / "machine", uuid.uuid4().hex[:12])
        """Which data folder this is, for all processes that share it."""
        self._data_dir = data_dir
        self._limits = limits
        url = make_url(database_url)
        postgres = url.get_backend_name() == "postgresql"
        self._url = (
            url.render_as_string(hide_password=False)
            if postgres
            else f"sqlite:///{data_dir / 'jobs.sqlite'}"
        )
        self._lock = -1

    async def start(self, run: Callable[[str, str], Awaitable[None]]) -> None:
        """Launch the engine and take over what dead processes of this machine left."""
        self.executor, dead = self._take_locks()
        self._dbos = DBOS(config=self._config())

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1_000_000)
        async def run_job(job_id: str) -> None:
            await run(job_id, str(DBOS.workflow_id))

        self._workflow = run_job
        queues = [HEAVY, f"{HEAVY}-{self.machine}"]
        listened = {Role.works: queues, Role.serves: queues[1:]}
        DBOS.listen_queues(listened.get(self.role, []))
        DBOS.launch()
        logging.getLogger("dbos").handlers = []  # one of its own, which knows no secrets
        for name in queues:
            await DBOS.register_queue_async(
                name,
                global_concurrency=self._limits.heavy,
                worker_concurrency=self._limits.heavy,
                partition_concurrency=self._limits.per_source,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
        if dead:
            await self.take_over([name for name, _ in dead])
            for _, lock in dead:
                os.close(lock)

    def _config(self) -> DBOSConfig:
        return {
            "name": "shadow",
            "system_database_url": self._url,
            "executor_id": self.executor,
            "application_version": WORKFLOW_VERSION,
            "log_level": "ERROR",  # its warnings print the arguments of what was cancelled
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": 16,
            "sys_db_pool_size": 4,
            "sys_db_idle_transaction_timeout_sec": FROZEN_SECONDS,
            "notification_listener_polling_interval_sec": LISTEN_SECONDS,
        }

    async def take_over(self, executors: Sequence[str]) -> None:
        """Queue again what these executors, known to be dead, had under way. Safe to repeat."""
        recover = DBOS._recover_pending_workflows  # noqa: SLF001 -- the only door DBOS has
        await asyncio.to_thread(recover, list(executors))

    async def begin(self, order: Order) -> None:
        """Start the run of a job, or queue it. Doing so twice runs it once."""
        with SetWorkflowID(order.workflow_id):
            if not order.heavy or self.role is Role.own:
                await DBOS.start_workflow_async(self._workflow, order.job_id)
                return
            options = SetEnqueueOptions(
                priority=MIDDLE_PRIORITY - order.priority, queue_partition_key=order.source or "-"
            )
            with options:
                await DBOS.enqueue_workflow_async(order.queue, self._workflow, order.job_id)

    async def begin_again(self, order: Order, former: str) -> None:
        """Start a run that keeps every step of the former one that succeeded."""
        steps = await DBOS.list_workflow_steps_async(former)
        first = next(
            (step["function_id"] for step in steps if step["error"] is not None), len(steps) + 1
        )
        queued = order.heavy and self.role is not Role.own
        with SetWorkflowID(order.workflow_id):
            await DBOS.fork_workflow_async(
                former,
                first,
                queue_name=order.queue if queued else None,
                queue_partition_key=(order.source or "-") if queued else None,
            )
        if queued:
            await asyncio.to_thread(self._set_priority, order)

    def _set_priority(self, order: Order) -> None:
        """Let a forked run wait in its place: the engine puts forks before all others."""
        system = self._dbos._sys_db  # noqa: SLF001 -- forks have no door for a priority
        runs = system.tables.workflow_status
        waiting = (runs.c.workflow_uuid == order.workflow_id) & (runs.c.status == "ENQUEUED")
        with system.engine.begin() as connection:
            connection.execute(
                update(runs).where(waiting).values(priority=MIDDLE_PRIORITY - order.priority)
            )

    async def fate(self, workflow_id: str) -> Fate:
        """Tell what became of a run."""
        found = await DBOS.get_workflow_status_async(workflow_id)
        if found is None:
            return Fate.unknown
        return Fate.going if found.status in GOING else Fate.over

    async def stop(self) -> None:
        """Stop running workflows where they stand; the next start goes on, or another worker."""
        # DBOS made its own threads the loop's, and now ends them: others go on with fresh ones.
        loop, fresh = asyncio.get_running_loop(), ThreadPoolExecutor(4)
        loop.set_default_executor(fresh)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        loop.set_default_executor(fresh)  # a call meanwhile may have put DBOS's own back
        os.close(self._lock)

    def _take_locks(self) -> tuple[str, list[tuple[str, int]]]:
        folder, machine = _folder(self._data_dir), self.machine
        own: str | None = None
        dead: list[tuple[str, int]] = []
        for number in range(MAX_PROCESSES):
            path = folder / f"{number}.lock"
            existed = path.exists()
            if not existed and own is not None:
                break
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            if own is None:
                own, self._lock = f"{machine}-{number}", lock
            else:
                dead.append((f"{machine}-{number}", lock))
        if own is None:
            raise RuntimeError(f"more than {MAX_PROCESSES} processes share {self._data_dir}")
        return own, dead


def _folder(data_dir: Path) -> Path:
    folder = data_dir / "executors"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
