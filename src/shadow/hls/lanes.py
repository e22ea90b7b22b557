"""Worker processes in lanes: who may use the next free one, and which one suits best.

Each lane is one process that does one thing at a time. Who waits is served by urgency, then
fairly: the viewer with the least under way, and of those the one who was served longest ago.
"""

import asyncio
import itertools
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, Self

from shadow.hls.errors import HlsBusy
from shadow.hls.metrics import BUSY, WAITING
from shadow.kit.errors import ShadowError
from shadow.runtime.workers import WorkerPool

IDLE_SECONDS: Final = 40.0
"""A process without work goes after this long: with 15 s of read-ahead that is under a minute."""
QUIET_SECONDS: Final = 15.0
"""Nobody waited for a segment for this long: background work may take every lane."""
WARM_SECONDS: Final = 60.0
MOST_VIEWERS: Final = 1024
LONGEST_RETRY: Final = 30


class Urgency(IntEnum):
    """How soon something is wanted: by a person who waits, by one who will, or by a job."""

    now = 0
    soon = 1
    someday = 2


@dataclass(slots=True, eq=False)
class Ask:
    """Somebody's wish for a turn. `urgency` may be raised while it waits (`Lanes.hurry`).

    `file` and `chain` name what is worked on (a file; a file's rendition) and `number` the place
    in it: a lane that just did the one before has the decoder in the right place.
    """

    viewer: str
    urgency: Urgency
    file: str = ""
    chain: str = ""
    number: int = 0
    came: int = 0
    turn: "asyncio.Future[Lane] | None" = field(default=None, repr=False)

    @property
    def begun(self) -> bool:
        """Whether it has a lane, or had one."""
        return self.turn is not None and self.turn.done() and not self.turn.cancelled()


class Lane:
    """One worker process, when it runs, and what it did last."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.ask: Ask | None = None
        self.last = Ask("", Urgency.someday)
        self.rested = 0.0

    async def call(self, function: str, *args: Any, seconds: float) -> Any:
        """Run a worker function; errors are those of `WorkerPool.call`."""
        return await self.pool.call(function, *args, timeout=seconds)

    def fitness(self, ask: Ask) -> tuple[bool, bool, bool, float]:
        """Order lanes for an ask, the best first: a warm decoder, an open file, a live process."""
        same = self.last.chain == ask.chain
        return (
            not (same and self.last.number + 1 == ask.number),
            self.last.file != ask.file,
            not self.pool.processes,
            self.rested,
        )


class Lanes:
    """Some lanes for one sort of work, and the queue before them. Use as `async with`."""

    def __init__(
        self,
        name: str,
        count: int,
        *,
        functions: Iterable[str],
        most_waiting: int,
        memory_limit: int = 2 << 30,
    ) -> None:
        """Describe the lanes; no process starts before there is work.

        Args:
            name: in metrics.
            count: processes at one time.
            functions: the `"module:function"` names that may be called.
            most_waiting: people's requests that may wait; one more is refused.
            memory_limit: bytes of address space of a process.
        """
        self.name = name
        self._pools = [
            WorkerPool(1, functions=functions, idle_seconds=IDLE_SECONDS, memory_limit=memory_limit)
            for _ in range(count)
        ]
        self._lanes = [Lane(pool) for pool in self._pools]
        self._most_waiting = most_waiting
        self._waiting: list[Ask] = []
        self._served: dict[str, int] = {}
        self._count = itertools.count(1)
        self._demanded = -math.inf
        self._usual_seconds = 1.0
        self._warming: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for pool in self._pools:
            await self._stack.enter_async_context(pool)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._warming is not None:
            self._warming.cancel()
        await self._stack.aclose()

    @property
    def count(self) -> int:
        """Return how many lanes there are."""
        return len(self._lanes)

    @property
    def processes(self) -> int:
        """Count the worker processes alive now."""
        return sum(pool.processes for pool in self._pools)

    @property
    def demanded(self) -> bool:
        """Whether a person waits, or did a moment ago: jobs should hold back."""
        return time.monotonic() - self._demanded < QUIET_SECONDS

    @asynccontextmanager
    async def lane(self, ask: Ask) -> AsyncIterator[Lane]:
        """Wait for a turn, and hold the lane as long as the block runs.

        Raises:
            HlsBusy: too many people wait already.
        """
        self._refuse_if_full(ask)
        ask.turn = asyncio.get_running_loop().create_future()
        ask.came = next(self._count)
        self._waiting.append(ask)
        self._hand_out()
        try:
            lane = await ask.turn
        except asyncio.CancelledError:
            if ask in self._waiting:
                self._waiting.remove(ask)
            elif ask.begun:
                self._give_back(ask.turn.result())
            raise
        begun = time.monotonic()
        try:
            yield lane
        finally:
            self._usual_seconds += 0.2 * (time.monotonic() - begun - self._usual_seconds)
            self._give_back(lane)

    def warm(self, function: str) -> None:
        """Start a process if there is none, and have it call a function that loads libraries."""
        if self.processes or (self._warming is not None and not self._warming.done()):
            return

        async def call() -> None:
            with suppress(ShadowError):  # whoever needs the process will hear of it
                # Past the queue: whoever takes this lane meanwhile waits for the process anyway.
                await self._pools[0].call(function, timeout=WARM_SECONDS)

        self._warming = asyncio.create_task(call())

    def hurry(self, ask: Ask, urgency: Urgency) -> None:
        """Let an ask that waits be served as what is wanted this soon."""
        if urgency < ask.urgency:
            ask.urgency = urgency
            if urgency is Urgency.now:
                self._demanded = time.monotonic()
            self._hand_out()

    def _refuse_if_full(self, ask: Ask) -> None:
        if ask.urgency is not Urgency.now:
            return
        self._demanded = time.monotonic()
        waiting = sum(1 for one in self._waiting if one.urgency is Urgency.now)
        if waiting >= self._most_waiting:
            BUSY.inc()
            seconds = waiting * self._usual_seconds / len(self._lanes)
            raise HlsBusy(
                "More is being watched than this server can prepare at once. "
                "Wait a little, or choose the original quality.",
                retry_after=max(1, min(LONGEST_RETRY, math.ceil(seconds))),
            )

    def _give_back(self, lane: Lane) -> None:
        assert lane.ask is not None
        lane.last = lane.ask
        lane.ask = None
        lane.rested = time.monotonic()
        self._hand_out()

    def _hand_out(self) -> None:
        while free := [lane for lane in self._lanes if lane.ask is None]:
            ask = self._next()
            if ask is None:
                break
            self._waiting.remove(ask)
            lane = min(free, key=lambda one: one.fitness(ask))
            lane.ask = ask
            self._note_served(ask.viewer)
            assert ask.turn is not None
            ask.turn.set_result(lane)
        WAITING.labels(self.name).set(len(self._waiting))

    def _next(self) -> Ask | None:
        """Choose who is next. Of several lanes, one is kept free of work that nobody waits for."""
        busy = [lane.ask for lane in self._lanes if lane.ask is not None]
        spare = sum(1 for one in busy if one.urgency is not Urgency.now)
        kept_free = 1 if self.demanded and len(self._lanes) > 1 else 0
        room = spare < len(self._lanes) - kept_free
        running = Counter(one.viewer for one in busy)
        return min(
            (
                one
                for one in self._waiting
                if one.turn is not None
                and not one.turn.done()
                and (room or one.urgency is Urgency.now)
            ),
            key=lambda one: (
                one.urgency,
                running[one.viewer],
                self._served.get(one.viewer, 0),
                one.came,
            ),
            default=None,
        )

    def _note_served(self, viewer: str) -> None:
        self._served.pop(viewer, None)
        self._served[viewer] = next(self._count)
        if len(self._served) > MOST_VIEWERS:
            del self._served[next(iter(self._served))]
