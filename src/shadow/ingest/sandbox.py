"""Sandboxes: one folder a job, where all that comes from outside lies until it is judged.

A job's folder is wiped when the job ends, however it ends. What a kill leaves is swept at the next
start, and so are folders that nobody knows. A job may also be ended while it is paused, in whatever
process: that is looked for every second or so.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import select

from shadow.catalog.service import awaited_jobs, end_arrivals
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.database import Database
from shadow.runtime.jobs import Job

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 1.5
GOING = ("queued", "running", "paused")
DOWNLOAD, UNPACKED, WORK = "download", "unpacked", "work"


class Sandboxes:
    """The sandboxes of this data folder."""

    def __init__(self, runtime: Runtime) -> None:
        self._database: Database = runtime.database
        self._clock = runtime.clock
        self.root = runtime.settings.core.data_dir / "sandbox"

    async def of(self, job_id: str) -> Path:
        """Return a job's folder, made with `download`, `unpacked` and `work` in it."""
        folder = self.root / job_id
        await asyncio.to_thread(_make, folder)
        return folder

    async def wipe(self, job_id: str) -> None:
        """Delete a job's folder with all that is in it; one that is gone is fine."""
        await asyncio.to_thread(_wipe, self.root / job_id)

    async def sweep(self) -> None:
        """Wipe what jobs left that are over, and take back titles that wait for them."""
        there = await asyncio.to_thread(_names, self.root)
        async with self._database.session() as session:
            awaited = await awaited_jobs(session)
        over = await self._over({*there, *awaited}) if there or awaited else set()
        for job_id in over.intersection(there):
            log.info("sandbox.swept", job_id=job_id)
            await self.wipe(job_id)
        if ended := over.intersection(awaited):
            async with self._database.transaction() as session:
                await end_arrivals(session, ended, clock=self._clock)

    async def _over(self, job_ids: Collection[str]) -> set[str]:
        async with self._database.session() as session:
            going = await session.scalars(
                select(Job.id).where(Job.id.in_(sorted(job_ids)), Job.state.in_(GOING))
            )
            return {*job_ids} - {*going}

    async def keep_swept(self) -> None:
        """Sweep again and again, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except ShadowError as error:  # the next round finds the same
                log.info("sandbox.not_swept", detail=error.detail)
            except Exception:  # one bad moment must not end the sweeping
                log.exception("sandbox.not_swept")


@asynccontextmanager
async def sandboxes_open(runtime: Runtime) -> AsyncIterator[Sandboxes]:
    """Hold this data folder's sandboxes, swept at start and all the time."""
    sandboxes = Sandboxes(runtime)
    await sandboxes.sweep()
    sweeping = asyncio.create_task(sandboxes.keep_swept())
    try:
        yield sandboxes
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


def _make(folder: Path) -> None:
    for name in (DOWNLOAD, UNPACKED, WORK):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def _wipe(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink(missing_ok=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # something was put there meanwhile
        shutil.rmtree(folder, ignore_errors=True)


def _names(root: Path) -> set[str]:
    try:
        return {entry.name for entry in root.iterdir()}
    except FileNotFoundError:
        return set()
