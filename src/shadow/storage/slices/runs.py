"""Stretches of an object on their way here: who waits for them, and when they begin."""

import asyncio
from collections import OrderedDict
from typing import Final

from shadow.storage.slices.layout import BLOCK

AHEAD_AT_ONCE: Final = 8
"""Stretches of one storage fetched ahead of viewers at a time: each takes memory and a place with
the storage."""
WAITED_AT_ONCE: Final = 64
"""The same for stretches that viewers wait for. They are small."""


class Run:
    """Blocks from `at` to `stop` that are being fetched, in order; `at` moves, `stop` may shrink.

    `ahead` tells that nobody waited for them when it began. `readers` are those who want them.
    """

    def __init__(self, start: int, stop: int, *, ahead: bool) -> None:
        """Describe what is to be fetched, by borders of blocks or the object's end."""
        self.at = start
        self.stop = stop
        self.ahead = ahead
        self.begun = False
        self.readers: set[object] = set()
        self.task: asyncio.Task[None] | None = None
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def covers(self, offset: int) -> bool:
        """Tell whether the byte at an offset will come by this run."""
        return self.at <= offset < self.stop

    async def passing(self, offset: int) -> None:
        """Wait until the run is past an offset, or over.

        Raises:
            Exception: what went wrong with it.
        """
        if self.at > offset:
            return
        mark: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((offset, mark))
        try:
            await mark
        finally:
            del mark  # an error in it would keep the caller alive

    def advance(self, at: int) -> None:
        """Tell that all before `at` is there."""
        self.at = max(self.at, at)
        waiting, self._waiting = self._waiting, []
        for offset, mark in waiting:
            if offset >= self.at:
                self._waiting.append((offset, mark))
            elif not mark.done():
                mark.set_result(None)

    def end(self, error: Exception | None = None) -> None:
        """Tell who still waits that nothing more comes, and why."""
        self.stop = self.at
        waiting, self._waiting = self._waiting, []
        for _, mark in waiting:
            if mark.done():
                continue
            if error is None:
                mark.set_result(None)
            else:
                mark.set_exception(error)


class Turns:
    """Lets so many runs at a time fetch, in the order in which they came."""

    def __init__(self, most: int) -> None:
        """Take how many."""
        self._free = most
        self._queue: OrderedDict[Run, asyncio.Event] = OrderedDict()

    async def enter(self, run: Run) -> None:
        """Wait for the run's turn; then `leave` must follow."""
        if not self._free:
            turn = self._queue[run] = asyncio.Event()
            try:
                await turn.wait()
            except asyncio.CancelledError:
                if run not in self._queue:  # it was given its turn just now
                    self.leave()
                self._queue.pop(run, None)
                raise
        else:
            self._free -= 1
        run.begun = True

    def leave(self) -> None:
        """Hand the turn on."""
        if self._queue:
            _, turn = self._queue.popitem(last=False)
            turn.set()
        else:
            self._free += 1


class Gathered:
    """Cuts what comes off a network into whole blocks, copying two blocks of it at most."""

    def __init__(self, start: int, stop: int) -> None:
        """Begin at `start`; what comes past `stop` is cut off."""
        self.at = start
        self._stop = stop
        self._rest = bytearray()

    def add(self, chunk: bytes) -> list[memoryview]:
        """Return the whole blocks that there are now; `at` is where they begin."""
        room = self._stop - self.at - len(self._rest)
        fresh = memoryview(chunk)[:room]
        last = len(fresh) == room
        pieces = []
        if self._rest:
            need = BLOCK - len(self._rest)
            self._rest += fresh[:need]
            fresh = fresh[need:]
            if len(self._rest) < BLOCK and not (last and not fresh):
                return []
            pieces.append(memoryview(self._rest))
        whole = len(fresh) if last else len(fresh) - len(fresh) % BLOCK
        if whole:
            pieces.append(fresh[:whole])
        self._rest = bytearray(fresh[whole:])
        return pieces
