"""Choose which sizes are offered by default, by how fast this machine encodes.

Measured once by a worker and kept in the data folder; another processor or other libraries make it
measure anew.
"""

import asyncio
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson

from shadow.hls.segments.orders import VideoRung
from shadow.kit.errors import ShadowError
from shadow.runtime.workers import WorkerPool

MEASURE: Final = "shadow.hls.segments.speed:measure"
"""The worker function; a pool must allow it."""
FILE_NAME: Final = "encoding-speed.json"
MEASURED_RATE: Final = 25
SECONDS: Final = 120.0
ENOUGH: Final = 1.2
"""Seconds of film a second: below, playback stalls sooner or later."""
ENOUGH_ALONE: Final = 1.5
"""The same where one core also serves and decodes sound."""

Speeds = dict[int, float]
"""Seconds of film that one core makes in a second, by the height that names a rung."""


def offered_heights(
    heights: Sequence[int], speeds: Mapping[int, float], *, cores: int, rate: Fraction
) -> tuple[int, ...]:
    """Return the heights to offer of those a film of `rate` pictures a second can have.

    Those that one core makes quickly enough, and always the lowest. A height that was not
    measured counts as the next lower one that was; without any measurement all are offered.
    """
    if not speeds or not heights:
        return tuple(heights)
    enough = ENOUGH if cores > 1 else ENOUGH_ALONE
    slower = max(1.0, float(rate) / MEASURED_RATE)
    lowest = min(heights)
    return tuple(
        height
        for height in heights
        if height == lowest or _speed(height, speeds) / slower >= enough
    )


def _speed(height: int, speeds: Mapping[int, float]) -> float:
    known = [one for one in speeds if one <= height]
    return speeds[max(known)] if known else max(speeds.values())


async def encoding_speeds(pool: WorkerPool, folder: Path, rungs: Mapping[int, VideoRung]) -> Speeds:
    """Return the measured speeds of some rungs, measuring first if that was not done here yet.

    Where it cannot be measured the answer is empty.
    """
    path = folder / FILE_NAME
    machine = _machine(rungs)
    known = await asyncio.to_thread(_read, path, machine)
    if known is not None:
        return known
    sizes = {str(height): asdict(rung) for height, rung in rungs.items()}
    try:
        found = await pool.call(MEASURE, sizes, timeout=SECONDS)
    except ShadowError:
        return {}
    speeds = {int(height): float(speed) for height, speed in found.items()}
    await asyncio.to_thread(_write, path, machine, speeds)
    return speeds


def _machine(rungs: Mapping[int, VideoRung]) -> str:
    """Name everything that the speed depends on."""
    sizes = [asdict(rung) for _, rung in sorted(rungs.items())]
    return f"{_processor()}, {os.cpu_count()} cores, av {version('av')}, {sizes}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _read(path: Path, machine: str) -> Speeds | None:
    try:
        kept: Any = orjson.loads(path.read_bytes())
        if kept["machine"] != machine:
            return None
        return {int(height): float(speed) for height, speed in kept["speeds"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, machine: str, speeds: Speeds) -> None:
    content = orjson.dumps(
        {"machine": machine, "speeds": {str(height): speed for height, speed in speeds.items()}}
    )
    part = path.with_suffix(".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:  # measured again next time
        part.unlink(missing_ok=True)
