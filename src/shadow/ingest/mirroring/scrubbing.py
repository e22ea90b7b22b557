"""The durable job `scrub`: are files and their copies where they should be, and whole?

Goes by the database id, a batch a step: a kill repeats one batch. Existence and size are looked at,
the two ends where copies are concerned, and with `deep` every byte. What is wrong is written down
at the copy and told in the result; copies are made anew if the settings allow it.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from typing_extensions import TypedDict

from shadow.catalog.models import File, FileCopy
from shadow.catalog.service import (
    copies_of,
    mark_copy,
    mark_missing,
    note_sha256,
)
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.mirroring.checking import Finding, check_copy, check_file
from shadow.ingest.mirroring.copying import begin_mirror
from shadow.ingest.mirroring.places import copy_places
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.schedules import Schedule

BATCH: Final = 100
DEEP_BATCH: Final = 4
AT_ONCE: Final = 4
"""Files looked at together; most of the time is waiting for disks and services."""
MOST_TOLD: Final = 100
COUNTED: Final = ("files", "copies", "missing", "damaged", "unreachable", "repairs")


class Wrong(TypedDict):
    """Something that is not as it should be: `file_id` is the public id."""

    file_id: str
    name: str
    place: str
    state: str


class Batch(TypedDict):
    """What a step saw; `last` is the database id it got to, None at the end."""

    last: int | None
    counts: dict[str, int]
    wrong: list[Wrong]


async def run_scrub(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Look over all files, or one. Arguments: `deep` (bool), `file_id` (database id or null).

    Returns:
        Counts: `files` and `copies` looked at, `missing`, `damaged`, `unreachable`, `repairs`
        begun; and `wrong`, the first hundred of what is not as it should be.
    """
    counts = dict.fromkeys(COUNTED, 0)
    wrong: list[Wrong] = []
    last: int | None = 0
    while last is not None:
        batch: Batch = await ctx.step("checking", _batch, ctx, last, arguments)
        last = batch["last"]
        for name in COUNTED:
            counts[name] += batch["counts"][name]
        wrong += batch["wrong"][: MOST_TOLD - len(wrong)]
        ctx.progress(items_done=counts["files"])
    if wrong:
        await ctx.step("telling", _tell, ctx.runtime, counts)
    return {**counts, "wrong": wrong}


SCRUB = JobKind("scrub", run_scrub)
WEEKLY = Schedule("scrub", SCRUB.name, timedelta(days=7), {"deep": False, "file_id": None})


async def _batch(ctx: JobContext, after: int, arguments: dict[str, Any]) -> Batch:
    runtime, deep, only = ctx.runtime, arguments["deep"], arguments["file_id"]
    size = DEEP_BATCH if deep else BATCH
    query = select(File).where(File.state.in_(("present", "missing"))).order_by(File.id)
    query = query.where(File.id > after) if only is None else query.where(File.id == only)
    async with runtime.database.session() as session:
        files = list(await session.scalars(query.limit(size)))
    looking = [_Looking(ctx, file, deep=deep) for file in files]
    turns = asyncio.Semaphore(AT_ONCE)

    async def look(one: "_Looking") -> None:
        async with turns:
            await one.look()

    async with asyncio.TaskGroup() as group:
        for one in looking:
            group.create_task(look(one))
    counts = {name: sum(one.counts[name] for one in looking) for name in COUNTED}
    more = only is None and len(files) == size
    told = [wrong for one in looking for wrong in one.wrong]
    return Batch(last=files[-1].id if more else None, counts=counts, wrong=told[:MOST_TOLD])


class _Looking:
    """One file and its copies."""

    def __init__(self, ctx: JobContext, file: File, *, deep: bool) -> None:
        self._ctx = ctx
        self._runtime = ctx.runtime
        self._file = file
        self._deep = deep
        self.counts = dict.fromkeys(COUNTED, 0)
        self.wrong: list[Wrong] = []

    async def look(self) -> None:
        async with self._runtime.database.session() as session:
            copies = await copies_of(session, self._file.id)
        main = await self._look_at_file(copies)
        states = {copy.place: await self._look_at_copy(copy) for copy in copies}
        if main == "missing":
            await self._note_missing(states)
        if main == "ok" or (main != "replaced" and "ok" in states.values()):
            await self._repair([one for one in copies if states[one.place] in _TO_REPAIR])

    async def _look_at_file(self, copies: Sequence[FileCopy]) -> str:
        file = self._file
        self.counts["files"] += 1
        # The scan reads the ends of what is on disks; a second look is for files with copies.
        sampled = bool(copies) or file.storage != "local"
        found = await check_file(self._runtime, file, sampled=sampled, deep=self._deep)
        if found.sha256 and file.sha256 is None:
            async with self._runtime.database.transaction() as session:
                await note_sha256(session, file.id, found.sha256)
            file.sha256 = found.sha256
        if not (file.state == "missing" and found.state == "missing"):  # that is known
            self._count(file.storage, found)
        return found.state

    async def _look_at_copy(self, copy: FileCopy) -> str:
        self.counts["copies"] += 1
        found = await check_copy(self._runtime, self._file, copy, deep=self._deep)
        self._count(copy.place, found)
        if found.state in _MARKED:
            async with self._runtime.database.transaction() as session:
                await mark_copy(session, copy.id, found.state, clock=self._runtime.clock)
        return found.state

    def _count(self, place: str, found: Finding) -> None:
        if found.state not in ("missing", "damaged", "unreachable"):
            return
        self.counts[found.state] += 1
        name = self._file.shown_path
        self.wrong.append(
            Wrong(file_id=self._file.public_id, name=name, place=place, state=found.state)
        )
        self._ctx.note(f"“{name}” at {place}: {found.detail}", level="warning")

    async def _note_missing(self, states: dict[str, str]) -> None:
        """Hide what is gone and has no copy; what lies on disks is the scan's to judge."""
        if self._file.storage != "local" and "ok" not in states.values():
            async with self._runtime.database.transaction() as session:
                await mark_missing(session, [self._file.id], clock=self._runtime.clock)

    async def _repair(self, copies: Sequence[FileCopy]) -> None:
        if not self._runtime.settings.group(LeechSettings).repair_copies:
            return
        working = {place.name for place in copy_places(self._runtime)}
        for copy in copies:
            if copy.place in working:
                self.counts["repairs"] += 1
                await begin_mirror(
                    self._runtime, self._file.id, storage=self._file.storage, place=copy.place
                )


_MARKED: Final = ("ok", "missing", "damaged")
_TO_REPAIR: Final = ("missing", "damaged")


async def _tell(runtime: Runtime, counts: dict[str, int]) -> None:
    said = ", ".join(f"{counts[one]} {one}" for one in ("missing", "damaged", "unreachable"))
    message = f"Files and copies were looked over: {said}. The job “scrub” says which."
    runtime.live.send("alert", {"level": "warning", "message": message})
