"""Read a file's bytes from wherever they are: its own storage, and when that fails its copies.

A copy stands in for the file only while it is known to hold the same bytes, so a reader may change
places in the middle of a film and nobody sees a seam.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter

from shadow.catalog.copies import good_copies, mark_copy
from shadow.catalog.events import ReadingFailed
from shadow.catalog.models import File, FileCopy
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish
from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import ObjectFacts, Reader
from shadow.storage.service import open_at

log = structlog.get_logger(__name__)
FAILOVERS: Final = Counter(
    "shadow_catalog_failovers_total",
    "Reads that went on from a copy, by the place that failed.",
    ["place"],
)
AVOID_SECONDS: Final = 60.0
"""How long a place that failed is tried last: each try may cost a time-out."""
MOST: Final = 4096


@dataclass(frozen=True, slots=True)
class FileBytes:
    """What identifies the bytes of a catalogued file: `id` is the database id, `key` the path."""

    id: int
    storage: str
    key: bytes
    size: int
    mtime_ns: int

    @property
    def facts(self) -> ObjectFacts:
        """The facts as they were when the file was catalogued."""
        return ObjectFacts(self.size, self.mtime_ns)


def bytes_of(file: File) -> FileBytes:
    """Return what identifies the bytes of a row of the catalogue."""
    return FileBytes(file.id, file.storage, file.path, file.size, file.mtime_ns)


class FailedPlaces:
    """The places that failed a moment ago, in this process."""

    def __init__(self) -> None:
        self._until: OrderedDict[tuple[int, str], float] = OrderedDict()

    def lately(self, file_id: int, place: str) -> bool:
        """Tell whether reading a file at a place failed a moment ago."""
        return self._until.get((file_id, place), 0.0) > time.monotonic()

    def note(self, file_id: int, place: str) -> bool:
        """Remember that it failed; tell whether that is news."""
        news = not self.lately(file_id, place)
        self._until[file_id, place] = time.monotonic() + AVOID_SECONDS
        self._until.move_to_end((file_id, place))
        if len(self._until) > MOST:
            self._until.popitem(last=False)
        return news


@asynccontextmanager
async def failed_places_open(runtime: Runtime) -> AsyncIterator[FailedPlaces]:
    """Hold the memory of failed places as long as the process runs."""
    yield FailedPlaces()


async def open_file(runtime: Runtime, file: FileBytes, *, fresh: bool = False) -> Reader:
    """Open a catalogued file, or a good copy of it; the caller closes it.

    When a place fails later on, reading goes on from the next one. Facts are those of the file
    itself wherever the bytes come from, so that an ETag stays the same. `fresh` is as in `open_at`.

    Raises:
        PluginMissing, ObjectMissing, ObjectOutside, StorageUnavailable: why the file itself cannot
            be opened, and there is no copy that can.
    """
    failed = runtime.part(FailedPlaces)
    reading = _Reading(runtime, file, fresh=fresh)
    if failed.lately(file.id, file.storage):
        found = await reading.next_copy()
        if found is not None:
            FAILOVERS.labels(file.storage).inc()
            return SurvivingReader(reading, found, file.facts)
    try:
        main = await open_at(runtime, file.storage, file.key, fresh=fresh)
    except ShadowError as error:
        found = await reading.next_copy()
        if found is None:
            raise
        await reading.tell(file.storage, error)
        return SurvivingReader(reading, found, file.facts)
    if main.facts != file.facts:  # replaced, and not scanned again yet: there is no copy of it
        return main
    return SurvivingReader(reading, main, file.facts)


class _Reading:
    """Where one reader has been: each copy is tried once."""

    def __init__(self, runtime: Runtime, file: FileBytes, *, fresh: bool) -> None:
        self._runtime = runtime
        self._file = file
        self._fresh = fresh
        self._copies: list[FileCopy] | None = None
        self.place = file.storage
        """Where the reader is now."""
        self._copy: FileCopy | None = None

    async def next_copy(self) -> Reader | None:
        """Open the next copy that can be opened and has the right size."""
        if self._copies is None:
            async with self._runtime.database.session() as session:
                self._copies = await good_copies(session, self._file.id)
        while self._copies:
            copy = self._copies.pop(0)
            try:
                reader = await open_at(
                    self._runtime, copy.place, copy.key, kind=copy.kind, fresh=self._fresh
                )
                if reader.facts.size == self._file.size:
                    self.place, self._copy = copy.place, copy
                    return reader
                await reader.close()
                raise ObjectChanged("The copy has another size than the file.")
            except ShadowError as error:
                await self._mark(copy, error)
        return None

    async def failed(self, error: ShadowError) -> None:
        """Note that reading failed where the reader is."""
        if self._copy is not None:
            await self._mark(self._copy, error)
        else:
            await self.tell(self._file.storage, error)

    async def _mark(self, copy: FileCopy, error: ShadowError) -> None:
        gone = isinstance(error, ObjectMissing)
        state = "missing" if gone else "damaged" if isinstance(error, ObjectChanged) else None
        await self.tell(copy.place, error, copy_id=copy.id, state=state)

    async def tell(
        self,
        place: str,
        error: ShadowError,
        *,
        copy_id: int | None = None,
        state: str | None = None,
    ) -> None:
        """Count a place that failed, mark the copy there, and have the file looked after."""
        FAILOVERS.labels(place).inc()
        log.warning("catalog.place_failed", place=place, reason=error.detail)
        if not self._runtime.part(FailedPlaces).note(self._file.id, place):
            return
        try:
            async with self._runtime.database.transaction() as session:
                if copy_id is not None and state is not None:
                    await mark_copy(session, copy_id, state, clock=self._runtime.clock)
                publish(session, ReadingFailed(self._file.id, place))
        except ShadowError:  # a viewer must not suffer because nothing can be written down
            log.warning("catalog.place_not_marked", place=place)


class SurvivingReader:
    """A reader that goes on from a copy when the place it reads from fails."""

    __slots__ = ("_facts", "_reader", "_reading")

    def __init__(self, reading: _Reading, reader: Reader, facts: ObjectFacts) -> None:
        self._reading = reading
        self._reader = reader
        self._facts = facts

    @property
    def facts(self) -> ObjectFacts:
        """The facts of the file, which every place holds the bytes of."""
        return self._facts

    async def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        """Return 1 to `length` bytes; see `Reader.read`."""
        try:
            block = await self._reader.read(offset, length)
            if block or offset >= self._facts.size or not length:
                return block
            raise ObjectChanged("The file ended before its size.")
        except ShadowError as error:
            return await self._elsewhere(error, offset, length)

    async def _elsewhere(
        self, error: ShadowError, offset: int, length: int
    ) -> bytes | bytearray | memoryview:
        await self._reading.failed(error)
        while (reader := await self._reading.next_copy()) is not None:
            old, self._reader = self._reader, reader
            await old.close()
            try:
                block = await reader.read(offset, length)
                if block:
                    return block
                raise ObjectChanged("The copy ended before its size.")
            except ShadowError as failure:
                await self._reading.failed(failure)
        raise error

    async def close(self) -> None:
        """Let go of the object."""
        await self._reader.close()
