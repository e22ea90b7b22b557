"""Get a segment: prepared, cached, or made now, and by one process only however many ask."""

import asyncio
import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from shadow.hls.cache import FULL, Kept, SegmentCache
from shadow.hls.errors import CacheFull, EncodingFailed
from shadow.hls.lanes import Ask, Lane, Lanes, Urgency
from shadow.hls.metrics import CACHE_ANSWERS, SEGMENT_SECONDS, SEGMENTS_MADE, WORKER_LOST
from shadow.hls.prepared import PreparedStore
from shadow.hls.renditions import INIT, Rendition
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed

log = structlog.get_logger(__name__)
TASK_SECONDS: Final = 120.0
"""A segment that takes longer is given up: the player has gone by then."""
ROOM_BYTES: Final = 64 << 20
"""What is taken out of the cache when the disk turns out to be full."""
FULL_RETRY_SECONDS: Final = 30


@dataclass(slots=True)
class _Flight:
    """A segment on its way: the task that makes it, its place in the queue, and who waits."""

    ask: Ask
    lanes: Lanes
    task: asyncio.Task[Kept]
    waiters: int = 0


class SegmentMaker:
    """Find or make segments for the people and jobs of one server process."""

    def __init__(
        self, *, cache: SegmentCache, prepared: PreparedStore, heavy: Lanes, light: Lanes
    ) -> None:
        self._cache = cache
        self._prepared = prepared
        self._heavy = heavy
        self._light = light
        self._flights: dict[str, _Flight] = {}

    def known(self, rendition: Rendition, number: int) -> Kept | None:
        """Return a segment that this process knows to be there. Does not wait."""
        prepared = self._prepared.find(rendition, number)
        if prepared is not None:
            CACHE_ANSWERS.labels("prepared").inc()
            return prepared
        kept = self._cache.find(rendition.key(number))
        if kept is not None:
            CACHE_ANSWERS.labels("hit").inc()
        return kept

    def is_prepared(self, rendition: Rendition) -> bool:
        """Tell whether the whole of a rendition was made ahead of time."""
        return self._prepared.find(rendition, rendition.count - 1) is not None

    def forget(self, rendition: Rendition, number: int) -> None:
        """Stop believing in a segment that could not be opened."""
        self._cache.forget(rendition.key(number))
        self._prepared.forget(rendition)

    async def get(
        self, rendition: Rendition, number: int, *, viewer: str, urgency: Urgency
    ) -> Kept:
        """Return a segment, making it if need be. Who is cancelled no longer counts as waiting.

        Raises:
            HlsBusy: too many people wait.
            CacheFull: the disk is full.
            EncodingFailed: the worker died twice, or took too long.
            TaskFailed: the file is damaged, or changed; `code` and `detail` say so.
        """
        found = self.known(rendition, number) or await self._cache.look(rendition.key(number))
        if found is not None:
            return found
        CACHE_ANSWERS.labels("miss").inc()
        key = rendition.key(number)
        flight = self._flights.get(key)
        if flight is None:
            ask = Ask(viewer, urgency, rendition.file_key, rendition.recipe, number)
            flight = self._take_off(key, rendition, number, ask)
        else:
            flight.lanes.hurry(flight.ask, urgency)
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.ask.begun:
                flight.task.cancel()
                if self._flights.get(key) is flight:
                    del self._flights[key]

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [flight.task for flight in self._flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take_off(self, key: str, rendition: Rendition, number: int, ask: Ask) -> _Flight:
        lanes = self._heavy if rendition.heavy and number != INIT else self._light
        task = asyncio.create_task(self._make(rendition, number, ask, lanes))
        flight = self._flights[key] = _Flight(ask, lanes, task)

        def landed(task: asyncio.Task[Kept]) -> None:
            if self._flights.get(key) is flight:
                del self._flights[key]
            if not task.cancelled() and task.exception() is not None and not flight.waiters:
                log.info("hls.segment_failed", rendition=rendition.name, reason=task.exception())

        task.add_done_callback(landed)
        return flight

    async def _make(self, rendition: Rendition, number: int, ask: Ask, lanes: Lanes) -> Kept:
        """Make a segment; a dead worker and a full disk are each met with a second attempt."""
        try:
            return await self._once(rendition, number, ask, lanes)
        except (WorkerCrashed, TaskTimedOut) as error:
            WORKER_LOST.inc()
            if isinstance(error, TaskTimedOut):
                raise EncodingFailed(
                    "This machine is too slow for this part of the film. Choose a lower quality."
                ) from error
        except (OSError, TaskFailed) as error:
            if not _is_full(error):
                raise
            await self._cache.make_room(ROOM_BYTES)
        try:
            return await self._once(rendition, number, ask, lanes)
        except (WorkerCrashed, TaskTimedOut) as error:
            WORKER_LOST.inc()
            raise EncodingFailed(
                "This part of the film could not be made: the encoder died twice. "
                "The file may be damaged here; skip ahead, or choose the original quality."
            ) from error
        except (OSError, TaskFailed) as error:
            if not _is_full(error):
                raise
            raise CacheFull(
                "The server's disk is full. Make room, or lower SHADOW_STREAMING__CACHE_BYTES.",
                retry_after=FULL_RETRY_SECONDS,
            ) from error

    async def _once(self, rendition: Rendition, number: int, ask: Ask, lanes: Lanes) -> Kept:
        key = rendition.key(number)
        while True:
            async with lanes.lane(ask) as lane:
                with self._cache.claim(key) as part:
                    if part is not None:
                        # Another process may have made it while this one waited for its turn.
                        made_elsewhere = await self._cache.look(key)
                        return made_elsewhere or await self._work(rendition, number, lane, part)
            kept = await self._cache.settled(key)
            if kept is not None:
                return kept

    async def _work(self, rendition: Rendition, number: int, lane: Lane, part: Path) -> Kept:
        order = rendition.order(number)
        kind = rendition.kind
        with SEGMENT_SECONDS.labels(kind).time():
            size = await order.carry_out(lane, part, seconds=TASK_SECONDS)
        SEGMENTS_MADE.labels(kind).inc()
        return await self._cache.keep(rendition.key(number), part, size)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    return isinstance(error, TaskFailed) and (
        error.code == CacheFull.code or f"[Errno {errno.ENOSPC}]" in error.detail
    )
