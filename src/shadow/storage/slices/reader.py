"""Reading an object through the cache."""

from collections.abc import Callable
from typing import Final

from shadow.storage.ports import ObjectFacts
from shadow.storage.ranges import RangeReader
from shadow.storage.slices.layout import BLOCK, SLICE
from shadow.storage.slices.metrics import HITS, MISSES, SERVED, UNCACHED
from shadow.storage.slices.objects import TRAILS, FarObject
from shadow.storage.slices.store import NotKept

MORE: Final = 4 * BLOCK
"""Bytes that come with those waited for when a viewer reads on."""
ROUNDS: Final = 4
"""Tries for a block that is gone again each time before it can be read."""


class SliceReader:
    """A `Reader` of one viewer. What it reads ahead is no more than what it has read on so far."""

    __slots__ = (
        "_ahead_to", "_asked_to", "_direct", "_far", "_next", "_now", "_number", "_on", "_open",
        "_streak",
    )  # fmt: skip

    def __init__(self, far: FarObject, now: Callable[[], float]) -> None:
        """Take the object, and a clock in seconds since 1970."""
        self._far = far
        self._now = now
        self._next = -1
        """Where the last read ended: the next one from there is reading on."""
        self._on = False
        self._streak = 0
        """Bytes read on."""
        self._ahead_to = 0
        self._asked_to = 0
        self._number = -1
        """The slice read last."""
        self._direct: RangeReader | None = None
        self._open = True
        far.readers += 1
        far.store.reading(1)

    @property
    def facts(self) -> ObjectFacts:
        """The facts of what was opened."""
        return self._far.version.facts

    async def read(self, offset: int, length: int) -> memoryview:
        """Return 1 to `length` bytes; see `Reader.read`."""
        stop = min(offset + length, self.facts.size)
        if offset >= stop:
            return memoryview(b"")
        if offset != self._next:
            self._seek(offset)
        elif stop > self._asked_to:  # and not just the rest of what was asked for before
            self._on = True
        self._asked_to = stop
        try:
            content = await self._from_slices(offset, stop)
            if self._direct is not None:
                direct, self._direct = self._direct, None
                await direct.close()
        except NotKept:
            UNCACHED.inc()
            self._direct = self._direct or RangeReader(self.facts, self._far.fetch)
            content = await self._direct.read(offset, stop - offset)
        SERVED.inc(len(content))
        self._moved(offset + len(content), len(content))
        return content

    async def close(self) -> None:
        """Let go of the object; what is fetched ahead of this reader alone stops soon."""
        if self._open:
            self._open = False
            self._far.readers -= 1
            self._far.store.reading(-1)
            self._leave()
        direct, self._direct = self._direct, None
        if direct is not None:
            await direct.close()

    async def _from_slices(self, offset: int, stop: int) -> memoryview:
        far, number = self._far, offset // SLICE
        for waited in range(ROUNDS):
            file = await far.store.look(far.version, number)
            content = await far.store.read(file, offset, stop) if file else None
            if content:
                (MISSES if waited else HITS).inc()
                if number != self._number:
                    self._number = number
                    far.store.used(far.version, number, self._now())
                return content
            if far.store.off:
                break
            until = stop + min(self._streak, MORE)
            await far.need(self, offset, until)
            self._ahead_to = max(self._ahead_to, until) if self._on else until
        raise NotKept

    def _seek(self, offset: int) -> None:
        """Note that reading goes on elsewhere, perhaps where another reader left off."""
        self._leave()
        self._streak = self._far.trails.pop(offset, 0)
        self._on = self._streak > 0
        self._ahead_to = offset

    def _moved(self, offset: int, count: int) -> None:
        """Have more fetched once a part of what was ahead is used up.

        Several such parts are on their way at once, so that a distant storage costs no speed.
        """
        self._next = offset
        self._streak += count
        wanted = min(self._streak, self._far.most_ahead) if self._on else 0
        part = max(wanted // 4, min(wanted // 2, SLICE))
        if not wanted or self._ahead_to - offset > wanted - part or self._far.store.off:
            return
        start, stop = max(self._ahead_to, offset), offset + wanted
        if wanted >= 2 * SLICE:
            stop -= stop % SLICE  # whole slices, so that the next stretch begins with one
        stop = min(stop, self.facts.size)
        if start < stop:
            self._far.ensure(self, start, stop)
            self._ahead_to = stop

    def _leave(self) -> None:
        far = self._far
        if self._on and self._next < self.facts.size:
            far.trails[self._next] = self._streak
            if len(far.trails) > TRAILS:
                far.trails.popitem(last=False)
        far.leave(self)
