"""The timestamp rule: when each sample of a segment is decoded and shown.

It looks at nothing but the segment's own presentation times and its planned start and end, so a
segment is the same whoever makes it, copied or encoded, and the next one joins without a gap.
Chosen over negative offsets, edit lists and a constant shift because players disagree on those:
here the first time of a fragment is its smallest, and no composition offset is below zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.hls.segments.orders import VideoSource, VideoSpan


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded picture. `pts` is in source ticks; `content` as the file format stores it."""

    pts: int
    content: bytes | memoryview
    sync: bool


@dataclass(frozen=True, slots=True)
class Timed:
    """What a fragment says of one sample. Times are output ticks; `cts` is from decoding on."""

    duration: int
    cts: int
    size: int
    sync: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """A segment's samples in time. `base_time` is when the first is decoded, in output ticks."""

    base_time: int
    timed: tuple[Timed, ...]


def timescale(source: VideoSource) -> int:
    """Return the output ticks in a second, the same in every rendition of a file."""
    return source.den * source.scale


def output_ticks(pts: int, source: VideoSource) -> int:
    """Turn a time of the file into output ticks since time 0."""
    return (pts - source.origin) * source.num * source.scale


def lay_out(samples: Sequence[Sample], *, span: VideoSpan, source: VideoSource) -> Laid:
    """Give each sample of a segment its times; `samples` come in decode order.

    Durations add up to the end of the span, and pictures shown tile it: the first is shown at its
    start, the last until its end, so a damaged first or last picture moves no join. Equal times
    are put one tick apart. Raises `ValueError` for no samples, or more than the span has ticks.
    """
    start, end = output_ticks(span.start, source), output_ticks(span.end, source)
    shown = sorted(range(len(samples)), key=lambda position: samples[position].pts)
    times = _spread([output_ticks(samples[one].pts, source) for one in shown], start, end)
    pts = [0] * len(samples)
    lengths = [0] * len(samples)
    for rank, position in enumerate(shown):
        pts[position] = times[rank]
        lengths[position] = times[rank + 1] - times[rank]
    dts = _decode_times(pts, lengths, start, end)
    return Laid(
        dts[0],
        tuple(
            Timed(dts[one + 1] - dts[one], pts[one] - dts[one], len(sample.content), sample.sync)
            for one, sample in enumerate(samples)
        ),
    )


def _spread(times: list[int], start: int, end: int) -> list[int]:
    """Make sorted times strictly rising from `start`, and add `end`."""
    if not 0 < len(times) <= end - start:
        raise ValueError(f"{len(times)} pictures cannot be shown in {end - start} ticks")
    spread = [start, *times[1:], end]
    for position in range(1, len(times)):
        spread[position] = max(spread[position], spread[position - 1] + 1)
    for position in range(len(times) - 1, 0, -1):
        if spread[position] < spread[position + 1]:
            break
        spread[position] = spread[position + 1] - 1
    return spread


def _decode_times(pts: list[int], lengths: list[int], start: int, end: int) -> list[int]:
    """Return when each sample is decoded: strictly rising, not after it is shown; then `end`."""
    count = len(pts)
    latest = [end] * (count + 1)
    for position in range(count - 1, -1, -1):
        latest[position] = min(pts[position], latest[position + 1] - lengths[position])
    step = max(1, min(lengths) // 16)
    if any(start + position * step > pts[position] for position in range(count)):
        step = 1
    # How far decoding must begin before `start` for a picture shown first but not decoded first;
    # 0 in a closed group. Never before time 0, where no group can be open.
    slack = max(0, *(position * step - (pts[position] - start) for position in range(count)), 0)
    base = max(start - slack, 0)
    return [*(max(latest[one], base + one * step) for one in range(count)), end]
