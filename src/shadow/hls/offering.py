"""Which sizes are offered by default: those that this machine encodes faster than they play."""

import asyncio
import os
from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from shadow.hls.ladder import STEPS
from shadow.hls.lanes import Lanes
from shadow.hls.measuring import Speeds, encoding_speeds, offered_heights
from shadow.hls.segments.orders import VideoRung
from shadow.runtime.workers import WorkerPool

QUIET_SECONDS: Final = 1.0
"""How often it is looked whether nobody is watching: measuring would take their machine."""
START_SECONDS: Final = 5.0
"""Who asked first is about to watch: only then can it be seen whether somebody does."""


class Offer:
    """The measured speeds of this machine, once there was time to measure them.

    Until then, and with a graphics card's encoder, every size is offered.
    """

    def __init__(
        self, pool: WorkerPool, folder: Path, *, heavy: Lanes, by_hardware: bool = False
    ) -> None:
        self._pool = pool
        self._folder = folder
        self._heavy = heavy
        self._by_hardware = by_hardware
        self._speeds: Speeds = {}
        self._measuring: asyncio.Task[None] | None = None

    def heights(
        self, ladder: Sequence[int], *, rate: Fraction, prepared: Collection[int]
    ) -> tuple[int, ...]:
        """Return what to offer of a film's sizes; what was prepared takes no encoding."""
        if self._by_hardware:
            return tuple(ladder)
        if self._measuring is None:
            self._measuring = asyncio.create_task(self._measure())
        quick = offered_heights(ladder, self._speeds, cores=os.cpu_count() or 1, rate=rate)
        return tuple(height for height in ladder if height in quick or height in prepared)

    async def close(self) -> None:
        """Stop measuring."""
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)

    async def _measure(self) -> None:
        await asyncio.sleep(START_SECONDS)
        while self._heavy.demanded:
            await asyncio.sleep(QUIET_SECONDS)
        sizes = {
            step.height: VideoRung(
                step.width, step.height, maxrate=step.maxrate, bufsize=step.maxrate
            )
            for step in STEPS
        }
        self._speeds = await encoding_speeds(self._pool, self._folder, sizes)
