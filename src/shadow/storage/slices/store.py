"""The slices of this machine, as one process sees them: open files, the index, threads."""

import asyncio
import errno
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import structlog

from shadow.storage.slices.index import SliceIndex, Use
from shadow.storage.slices.layout import BLOCK, SLICE, SliceFile, Version, path_below

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
THREADS: Final = 8
OPEN_FILES: Final = 192
"""Slices kept open though nobody reads them just now."""
OFF_SECONDS: Final = 10.0
"""How long nothing is written after the disk failed."""
USES: Final = 128
USE_SECONDS: Final = 5.0
"""Uses are written down so many at a time, or so long after the first of them."""


class NotKept(Exception):
    """The disk is full or broken: what is read does not go through the cache."""


@dataclass(slots=True)
class Claim:
    """Blocks that are missing, from `start` to `stop`, and ours to fetch until `release`.

    All before `start` is there. Nothing may be left: then both are where the question ended. If
    another process is fetching what is at `start`, `busy` is true.
    """

    start: int
    stop: int
    files: dict[int, SliceFile] = field(default_factory=dict)
    held: list[SliceFile] = field(default_factory=list)
    busy: bool = False

    def release(self) -> None:
        """Let other processes fetch what is still missing."""
        held, self.held, self.files = self.held, [], {}
        for file in held:
            file.let_go()


class SliceStore:
    """Opens, reads, claims and writes slices, in threads where a disk may have to be waited for."""

    def __init__(self, index: SliceIndex) -> None:
        """Take the index of the slices."""
        self._index = index
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="slices")
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="slice-index")
        self._lock = threading.Lock()
        self._files: WeakValueDictionary[tuple[bytes, int], SliceFile] = WeakValueDictionary()
        self._lately: OrderedDict[tuple[bytes, int], SliceFile] = OrderedDict()
        self._uses: dict[tuple[bytes, int], Use] = {}
        self._used_at = 0.0
        self._readers = 0
        self._off_until = 0.0

    @property
    def off(self) -> bool:
        """Whether nothing is written just now, because the disk failed a moment ago."""
        return time.monotonic() < self._off_until

    @property
    def allowed(self) -> int:
        """The bytes that all slices may have together."""
        return self._index.allowed

    def reading(self, change: int) -> None:
        """Tell that one reader more or less is at work; without any, no file is kept open."""
        self._readers += change
        if not self._readers:
            with self._lock:
                self._lately.clear()

    async def look(self, version: Version, number: int) -> SliceFile | None:
        """Return a slice if there is one."""
        found = self._known(version, number)
        return found or await self._in(self._threads, self._quietly, self._open, version, number)

    async def read(self, file: SliceFile, offset: int, stop: int) -> memoryview:
        """Return bytes of one slice from `offset` (of the object), nothing where they are missing.

        They end at `stop`, at the first missing block, or, so that the next read needs no block
        twice, at the last border of blocks before it.
        """
        base = offset - offset % SLICE
        first, end = (offset - base) // BLOCK, -(-(min(stop, base + SLICE) - base) // BLOCK)
        content = file.read(first, end, wait=False)
        if content is None:
            content = await self._in(self._threads, _read, file, first, end)
        at = base + first * BLOCK
        until = min(stop, at + len(content))
        if until == stop and stop - offset >= 4 * BLOCK:
            until = max(until - until % BLOCK, offset + BLOCK)
        return content[offset - at : max(until - at, 0)]

    async def claim(self, version: Version, start: int, stop: int, *, anyway: bool) -> Claim:
        """Claim the first missing blocks in a range; `anyway` although another process has them.

        Raises:
            NotKept: there is no room for them.
        """
        self._write_uses()  # what was watched just now must not be evicted for this
        work = asyncio.get_running_loop().run_in_executor(
            self._clerk, self._guarded, self._claim, version, start, stop, anyway
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_released)
            raise
        finally:
            del work  # an error in it would keep all of this alive

    async def write(self, claim: Claim, offset: int, content: memoryview) -> None:
        """Write whole blocks of a claim.

        Raises:
            NotKept: there is no room for them.
        """
        while content:
            number = offset // SLICE
            part = content[: (number + 1) * SLICE - offset]
            first = offset % SLICE // BLOCK
            file = claim.files[number]
            await self._in(self._threads, self._guarded, file.write, first, part)
            offset, content = offset + len(part), content[len(part) :]

    def used(self, version: Version, number: int, now: float) -> None:
        """Note that a viewer reads from a slice."""
        if not self._uses:
            self._used_at = time.monotonic()
        one = Use(version.object_id, version.version_id, number, now)
        self._uses[version.version_id, number] = one
        if len(self._uses) >= USES or time.monotonic() - self._used_at > USE_SECONDS:
            self._write_uses()

    async def purge(self, storage: str, key: bytes) -> None:
        """Delete all slices of an object."""
        await self._in(self._clerk, self._quietly, self._index.purge, storage, key)

    async def clear(self) -> None:
        """Delete all slices."""
        await self._in(self._clerk, self._quietly, self._index.clear)

    def trim(self) -> None:
        """Begin to keep to the limit and to sweep: in a thread for whom no reader waits."""
        self._clerk.submit(self._quietly, self._index.trim)
        self._threads.submit(self._quietly, self._index.sweep)

    async def sizes(self) -> tuple[int, int]:
        """Return how many slices there are, and their bytes; nothing if the index is broken."""
        found: tuple[int, int] | None = await self._in(
            self._clerk, self._quietly, self._index.sizes
        )
        return found or (0, 0)

    async def close(self) -> None:
        """Write down what is to be, and let go of everything."""
        uses, self._uses = list(self._uses.values()), {}
        if uses:
            self._clerk.submit(self._quietly, self._index.use, uses)
        await self._in(self._clerk, self._index.close)
        self._clerk.shutdown(wait=False)
        self._threads.shutdown(wait=False)
        self._lately.clear()

    def _write_uses(self) -> None:
        if self._uses:
            uses, self._uses = list(self._uses.values()), {}
            self._clerk.submit(self._quietly, self._index.use, uses)

    def _claim(self, version: Version, start: int, stop: int, anyway: bool) -> Claim:  # noqa: FBT001 for an executor
        files = {one: self._open(version, one) for one in _numbers(start, stop)}
        for known in files.values():
            if known is not None:
                known.refresh()
        begin, end = _gap(files, start, stop)
        claim = Claim(begin, begin)
        if begin == end:
            return claim
        more = {one: _bytes_in(one, begin, end) for one in _numbers(begin, end)}
        self._reserve(version, more)
        try:
            for number in more:
                file = files[number]
                if file is None or file.gone:  # it may just have had to go for what is to come
                    file = self._open(version, number, make=True)
                assert file is not None
                if file.hold():
                    claim.held.append(file)
                elif not anyway:
                    break
                file.refresh()  # it may have been filled while it was not ours
                claim.files[number] = file
        except BaseException:
            claim.release()
            raise
        if claim.files:
            claim.start, claim.stop = _gap(
                claim.files, begin, min(end, (max(claim.files) + 1) * SLICE)
            )
        claim.busy = not claim.files
        return claim

    def _reserve(self, version: Version, more: Mapping[int, int]) -> None:
        if not self._index.reserve(version, more):
            raise OSError(errno.ENOSPC, "there is no room for slices")
        if self._index.evicted:
            self._index.evicted = False
            self._drop_gone()

    def _open(self, version: Version, number: int, *, make: bool = False) -> SliceFile | None:
        """Return a slice that may be open already."""
        found = self._known(version, number)
        if found is not None:
            return found
        path = path_below(self._index.folder, version.object_id, version.version_id, number)
        try:
            fresh = SliceFile(path, version, number, make=make)
        except FileNotFoundError:
            if make:
                raise
            return None
        name = version.version_id, number
        with self._lock:
            file = self._files.get(name)
            if file is None or file.gone:
                file = self._files[name] = fresh
            self._remember(name, file)
        return file

    def _known(self, version: Version, number: int) -> SliceFile | None:
        name = version.version_id, number
        with self._lock:
            file = self._files.get(name)
            if file is None:
                return None
            if file.gone:
                del self._files[name]
                self._lately.pop(name, None)
                return None
            self._remember(name, file)
            return file

    def _drop_gone(self) -> None:
        """Close deleted slices that nobody reads: until then they take their room on the disk."""
        with self._lock:
            for name, file in list(self._lately.items()):
                if file.gone:
                    del self._lately[name]

    def _remember(self, name: tuple[bytes, int], file: SliceFile) -> None:
        if not self._readers:
            return
        self._lately[name] = file
        self._lately.move_to_end(name)
        if len(self._lately) > OPEN_FILES:
            self._lately.popitem(last=False)

    def _guarded(self, work: Callable[..., Result], *given: Any) -> Result:
        try:
            return work(*given)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
        raise NotKept  # without what led to it, which would keep files open

    def _quietly(self, work: Callable[..., Result], *given: Any) -> Result | None:
        try:
            return work(*given)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
            return None

    def _fail(self, error: Exception) -> None:
        if not self.off:
            log.warning("storage.cache_off", reason=str(error), seconds=OFF_SECONDS)
        self._off_until = time.monotonic() + OFF_SECONDS

    async def _in(
        self, threads: ThreadPoolExecutor, work: Callable[..., Result], *given: Any
    ) -> Result:
        return await asyncio.get_running_loop().run_in_executor(threads, work, *given)


def _read(file: SliceFile, first: int, stop: int) -> memoryview:
    content = file.read(first, stop, wait=True)
    assert content is not None
    return content


def _released(work: asyncio.Future[Claim]) -> None:
    """Give up a claim that came for a caller who is gone."""
    if not work.cancelled() and work.exception() is None:
        work.result().release()


def _numbers(start: int, stop: int) -> range:
    """Return the slices that a range touches."""
    return range(start // SLICE, -(-stop // SLICE))


def _bytes_in(number: int, start: int, stop: int) -> int:
    """Return how many bytes of a range lie in a slice."""
    return min(stop, (number + 1) * SLICE) - max(start, number * SLICE)


def _gap(files: Mapping[int, SliceFile | None], start: int, stop: int) -> tuple[int, int]:
    """Return where the first blocks are missing in a range, and where those end."""

    def there(at: int) -> bool:
        file = files[at // SLICE]
        return file is not None and file.has(at % SLICE // BLOCK)

    begin = start
    while begin < stop and there(begin):
        begin += BLOCK
    end = begin
    while end < stop and not there(end):
        end += BLOCK
    return min(begin, stop), min(end, stop)
