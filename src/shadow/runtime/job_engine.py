"""Durable execution on DBOS: every unfinished job goes on after a crash, on this machine.

Each process holds an executor id by a file lock in the data folder. A lock that nobody holds
belongs to a dead process, whose jobs whoever starts next takes over.
"""

import asyncio
import fcntl
import logging
import os
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos._serialization import DBOSPortableJSONSerializer
from sqlalchemy.engine import make_url

from shadow.runtime.files import make_once

log = structlog.get_logger(__name__)
WORKFLOW = "shadow.job"
WORKFLOW_VERSION = "1"
"""Change it when the steps of a running job could no longer be replayed by the new code."""
MAX_PROCESSES = 64

GOING = frozenset({"ENQUEUED", "DELAYED", "PENDING"})


class Fate(Enum):
    """What became of a run: the engine has no record of it, goes on with it, or ended it."""

    unknown = "unknown"
    going = "going"
    over = "over"


class JobEngine:
    """The one DBOS of this process. `run(job_id)` is the body of every workflow."""

    def __init__(self, *, data_dir: Path, database_url: str) -> None:
        self._data_dir = data_dir
        url = make_url(database_url)
        postgres = url.get_backend_name() == "postgresql"
        self._url = (
            url.render_as_string(hide_password=False)
            if postgres
            else f"sqlite:///{data_dir / 'jobs.sqlite'}"
        )
        self._lock = -1

    async def start(self, run: Callable[[str], Awaitable[None]]) -> None:
        """Launch the engine and take over what dead processes of this machine left."""
        own, dead = self._take_locks()
        config: DBOSConfig = {
            "name": "shadow",
            "system_database_url": self._url,
            "executor_id": own,
            "application_version": WORKFLOW_VERSION,
            "log_level": "ERROR",  # its warnings print the arguments of what was cancelled
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": 16,
            "sys_db_pool_size": 4,
        }
        DBOS(config=config)

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1_000_000)
        async def run_job(job_id: str) -> None:
            await run(job_id)

        self._workflow = run_job
        DBOS.launch()
        logging.getLogger("dbos").handlers = []  # one of its own, which knows no secrets
        if dead:
            take_over = DBOS._recover_pending_workflows  # noqa: SLF001 -- the only door DBOS has
            await asyncio.to_thread(take_over, [name for name, _ in dead])
            for _, lock in dead:
                os.close(lock)

    async def begin(self, job_id: str, workflow_id: str) -> None:
        """Start the workflow of a job. Starting the same workflow twice runs it once."""
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(self._workflow, job_id)

    async def begin_again(self, workflow_id: str, fresh: str) -> None:
        """Start a run with the id `fresh` that keeps every step of the old one that succeeded."""
        steps = await DBOS.list_workflow_steps_async(workflow_id)
        first = next(
            (step["function_id"] for step in steps if step["error"] is not None), len(steps) + 1
        )
        with SetWorkflowID(fresh):
            await DBOS.fork_workflow_async(workflow_id, first)

    async def fate(self, workflow_id: str) -> Fate:
        """Tell what became of a run."""
        found = await DBOS.get_workflow_status_async(workflow_id)
        if found is None:
            return Fate.unknown
        return Fate.going if found.status in GOING else Fate.over

    async def stop(self) -> None:
        """Stop running workflows where they stand; the next start goes on with them."""
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS made its own threads the loop's and has just ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(4))
        os.close(self._lock)

    def _take_locks(self) -> tuple[str, list[tuple[str, int]]]:
        folder = self._data_dir / "executors"
        folder.mkdir(parents=True, exist_ok=True)
        machine = self._machine_id()
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

    def _machine_id(self) -> str:
        return make_once(self._data_dir / "executors" / "machine", uuid.uuid4().hex[:12])
