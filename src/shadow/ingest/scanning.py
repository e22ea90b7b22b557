"""Scan one root: walk, compare, examine, record, as a stream with bounded queues between.

The stages run at once. What waits between them is bounded, so memory does not grow with the
number of files, and a slow stage holds the ones before it back.
"""

import asyncio
import os
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from shadow.catalog.service import files_of_folder, folders_of_root
from shadow.ingest.comparing import Chunk, Listing, Patience, changed_folders
from shadow.ingest.examined import Examiner, FolderWork, Order, Outcome
from shadow.ingest.memory import memory_of
from shadow.ingest.recording import Recorder
from shadow.ingest.sidecars import shown
from shadow.ingest.walking import Walk, count_media, join
from shadow.runtime.context import Runtime

BATCH_FILES = 24
"""Files examined in one round trip to a worker."""
RECORD_FILES = 200
"""Files recorded in one transaction; fewer when the flow pauses."""
HELD_FILES = 1000
"""A folder's files are recorded in one transaction up to this number."""
EXAMINERS = 4
"""Batches under way at once: enough that no worker waits for the next."""
SECOND_LOOK_SECONDS = 1.0
"""How long after the first look a file that changed just now must still be the same."""


class Note(Protocol):
    """Whoever wants to know how far a scan is."""

    def __call__(self, *, phase: str, items_done: int, items_total: int) -> None:
        """Take the latest state."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of a root to scan, and how.

    `folders` are relative; the root itself stands for all of it. `deep` looks at everything below
    them; otherwise only at them, the folders directly in them, and unknown ones. `waits` leaves
    files that may still be being written for later.
    """

    folders: tuple[bytes, ...] = (b"",)
    deep: bool = True
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Root:
    """A library folder to scan. `roots` maps the ids of all library folders to their paths."""

    id: int
    path: bytes
    roots: Mapping[int, bytes]
    endings: Collection[bytes]
    stable_seconds: float
    excluded: Collection[tuple[int, int]] = ()
    """(device, inode) of folders never to enter."""


@dataclass(slots=True)
class RootScan:
    """What the scan of one root came to, in files.

    `warning` says why nothing was marked missing. `unsettled` files are still being written.
    `failures` are (path, reason) of what could not be looked at and is not among the catalogue's
    failed files.
    """

    files: int = 0
    added: int = 0
    updated: int = 0
    moved: int = 0
    unsettled: int = 0
    warning: str | None = None
    failures: list[tuple[str, str]] = field(default_factory=list)


async def scan_root(runtime: Runtime, root: Root, scope: Scope, note: Note) -> RootScan:
    """Bring the catalogue up to date with a root; safe to repeat after a crash at any point.

    Files that vanished are only noted: `sweeping.sweep` marks them once all roots are read.

    Raises:
        WorkerUnavailable: No worker can be started.
        DatabaseUnavailable: The database is gone, or its disk is full.
    """
    reason = await asyncio.to_thread(unreadable, root.path)
    if reason:
        return RootScan(warning=reason)
    async with runtime.database.session() as session:
        memory = await memory_of(session, root.id)
        held = await folders_of_root(session, root.id)
    walk = Walk(
        root.path,
        root.endings,
        known={*memory, *held},
        scopes=scope.folders,
        deep=scope.deep,
        excluded=root.excluded,
    )
    stream = _Stream(runtime, root, note, sum(held.values()))
    await stream.run(changed_folders(walk, memory, Patience(root.stable_seconds, scope.waits)))
    scan = stream.result()
    vanished = await asyncio.to_thread(walk.vanished, {*memory, *held})
    if held and not stream.met_known and not scan.moved:
        scan.warning = (
            f"None of the {sum(held.values())} known files in {shown(root.path)} is there any "
            "more, so nothing was marked missing. Is the disk mounted? If they are gone for good, "
            "remove this library folder."
        )
    else:
        await stream.recorder.flag_vanished(vanished)
    scan.failures += [(shown(join(root.path, one.path)), one.reason) for one in walk.unread]
    return scan


def unreadable(path: bytes) -> str | None:
    """Say in a sentence why a library folder cannot be scanned, if it cannot."""
    try:
        with os.scandir(path):
            return None
    except FileNotFoundError:
        reason = "is not there. Is the disk mounted?"
    except NotADirectoryError:
        reason = "is not a folder."
    except PermissionError:
        reason = "may not be read by the server. Check its permissions."
    except OSError as error:
        reason = f"cannot be read: {error.strerror}."
    return f"{shown(path)} {reason} Nothing in it was marked missing."


class _Stream:
    """The stages of one root's scan and what flows between them."""

    def __init__(self, runtime: Runtime, root: Root, note: Note, known_files: int) -> None:
        self.met_known = False
        self.recorder = Recorder(runtime, root.id, root.roots)
        self._runtime = runtime
        self._root = root
        self._note = note
        self._examiner = Examiner(runtime.workers, root.id, root.path)
        self._orders: asyncio.Queue[list[Order] | None] = asyncio.Queue(EXAMINERS)
        self._examined: asyncio.Queue[list[Outcome] | FolderWork | None] = asyncio.Queue(EXAMINERS)
        self._expected = known_files
        self._fresh = known_files == 0
        self._files = 0
        self._skipped = 0
        self._unsettled = 0

    async def run(self, chunks: Iterator[Chunk]) -> None:
        """Let the stream flow to its end."""
        counting = asyncio.create_task(self._count()) if self._fresh else None
        self._tell()
        try:
            with one_error():
                async with asyncio.TaskGroup() as stages:
                    stages.create_task(self._record())
                    stages.create_task(self._examine_all())
                    stages.create_task(self._plan(chunks))
        finally:
            if counting is not None:
                counting.cancel()

    def result(self) -> RootScan:
        """Sum up."""
        tally = self.recorder.tally
        return RootScan(
            files=self._files,
            added=tally.added,
            updated=tally.updated,
            moved=tally.moved,
            unsettled=self._unsettled,
            failures=tally.failures,
        )

    def _tell(self) -> None:
        done = self._skipped + self.recorder.tally.examined
        total = max(self._expected, self._files)
        phase = "reading files" if done else "finding files"
        self._note(phase=phase, items_done=done, items_total=total)

    async def _count(self) -> None:
        root = self._root
        self._expected = await asyncio.to_thread(
            count_media, root.path, root.endings, root.excluded
        )
        self._tell()

    async def _plan(self, chunks: Iterator[Chunk]) -> None:
        """Take changed folders off the walk and order the files in them that changed."""
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            self._files += chunk.files
            self._skipped += chunk.unchanged
            self._unsettled += len(chunk.unsettled)
            self.met_known |= chunk.unchanged > 0
            waiting: list[Order] = []
            for listing in chunk.listings:
                waiting += await self._orders_of(listing)
                waiting = await self._hand_on(waiting)
            if waiting:
                await self._orders.put(waiting)
            self._tell()
        await self._orders.put(None)

    async def _orders_of(self, listing: Listing) -> list[Order]:
        work = await self._work_on(listing)
        changed = work.changed()
        self._skipped += len(listing.media) - len(changed)
        self.met_known |= any(
            one.state in ("present", "failed") and name in listing.names
            for name, one in work.known.items()
        )
        if not changed:
            await self._examined.put(work)
        work.pending = work.unexamined = len(changed)
        return [
            Order(work, changed[start : start + BATCH_FILES])
            for start in range(0, len(changed), BATCH_FILES)
        ]

    async def _work_on(self, listing: Listing) -> FolderWork:
        if self._fresh:
            return FolderWork(listing, {})
        async with self._runtime.database.session() as session:
            known = await files_of_folder(session, self._root.id, listing.folder)
        return FolderWork(listing, {os.path.basename(one.path): one for one in known})  # noqa: PTH119 bytes

    async def _hand_on(self, waiting: list[Order]) -> list[Order]:
        """Send off whole batches; return what does not fill one."""
        batch: list[Order] = []
        for order in waiting:
            batch.append(order)
            if sum(len(one.files) for one in batch) >= BATCH_FILES:
                await self._orders.put(batch)
                batch = []
        return batch

    async def _examine_all(self) -> None:
        async with asyncio.TaskGroup() as examiners:
            for _ in range(EXAMINERS):
                examiners.create_task(self._examine())
        await self._examined.put(None)

    async def _examine(self) -> None:
        while (batch := await self._orders.get()) is not None:
            await second_look(batch)
            await self._examined.put(await self._examiner.examine(batch))
        await self._orders.put(None)  # for the next examiner

    async def _record(self) -> None:
        """Record folder by folder, so that the catalogue sees a renamed one as a whole."""
        held: dict[int, list[Outcome]] = {}
        whole: list[Outcome] = []
        works: list[FolderWork] = []
        ended = False
        while not ended:
            arrived = await self._examined.get()
            if isinstance(arrived, FolderWork):
                works.append(arrived)
            for outcome in arrived if isinstance(arrived, list) else ():
                work = outcome.order.work
                held.setdefault(id(work), []).append(outcome)
                work.unexamined -= 1
                if work.unexamined == 0 or len(held[id(work)]) >= HELD_FILES:
                    whole += held.pop(id(work))
                    works.append(work)
            ended = arrived is None
            enough = len(whole) >= RECORD_FILES or len(works) >= RECORD_FILES
            if ended or enough or self._examined.empty():
                whole.sort(key=lambda one: (one.order.work.listing.folder, one.file.name))
                await self.recorder.record(whole, works)
                whole, works = [], []
                self._tell()


async def second_look(batch: list[Order]) -> None:
    """Wait until a file that changed just now would have changed again if it is being written.

    The worker compares size and time with the first look.
    """
    recent = [order.work.listing.seen for order in batch if order.work.listing.recent]
    if recent:
        await asyncio.sleep(max(0.0, max(recent) + SECOND_LOOK_SECONDS - time.monotonic()))


@contextmanager
def one_error() -> Iterator[None]:
    """Raise the first error of a task group by itself: callers tell errors apart by class."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
