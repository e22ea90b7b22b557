"""Measure how fast this machine encodes. Runs in a worker process only.

Processor time is taken, not the clock, so that what else the machine does hardly matters.
"""

import time
from collections.abc import Iterator, Mapping
from fractions import Fraction

import av
from av import VideoFrame

from shadow.hls.segments import encode
from shadow.hls.segments.orders import VideoRung, VideoSource
from shadow.hls.segments.shaping import shaped

RATE = 25
FRAMES = 50
STEP = 4  # pixels that the picture moves from one frame to the next
DITHER = bytes((n * 167 + (n >> 3) * 91 + n * n % 251) & 31 for n in range(8192))
SOURCE = VideoSource(
    stream=0,
    codec="h264",
    num=1,
    den=RATE,
    scale=600,
    origin=0,
    rate_num=RATE,
    rate_den=1,
    rotation=0,
    interlaced=False,
    annex_b=True,
    file_key="",
)


def measure(rungs: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Return how many seconds of film one processor core makes of each rung in a second.

    `rungs` are sizes by name, as `VideoRung` has them. Film of the largest is decoded, scaled and
    encoded. Takes some seconds.
    """
    sizes = {name: VideoRung(**rung) for name, rung in rungs.items()}  # type: ignore[arg-type] # JSON
    largest = max(sizes.values(), key=lambda one: one.width * one.height)
    packets, extradata = _film(largest)
    speeds = {}
    for name, rung in sizes.items():
        started = time.process_time()
        pictures = shaped(_decoded(packets, extradata), SOURCE, rung)
        context = encode.encoder(SOURCE, rung)
        for picture in pictures:
            context.encode(picture)
        context.encode(None)
        speeds[name] = FRAMES / RATE / max(time.process_time() - started, 1e-6)
    return speeds


def _film(rung: VideoRung) -> tuple[list[bytes], bytes]:
    """Encode a moving picture, for decoding."""
    context = encode.encoder(SOURCE, rung)
    packets = [
        one for picture in _moving(rung.width, rung.height) for one in context.encode(picture)
    ]
    packets += context.encode(None)
    return [bytes(one) for one in packets], context.extradata or b""


def _decoded(packets: list[bytes], extradata: bytes) -> Iterator[VideoFrame]:
    decoder = av.VideoCodecContext.create("h264", "r")
    decoder.extradata = extradata
    for content in packets:
        yield from _numbered(decoder.decode(av.Packet(content)))
    yield from _numbered(decoder.decode(None))


def _numbered(frames: list[VideoFrame]) -> list[VideoFrame]:
    for frame in frames:
        frame.time_base = Fraction(1, RATE)
    return frames


def _moving(width: int, height: int) -> Iterator[VideoFrame]:
    """Yield waves with fine grain that move sideways, about as hard to encode as film."""
    long = width + FRAMES * STEP
    rows = [
        bytes(
            64 + (x * (y % 7 + 1) // 16 + y * 3) % 96 + grain
            for x, grain in zip(range(long), _grain(y, long), strict=False)
        )
        for y in range(64)
    ]
    for number in range(FRAMES):
        frame = VideoFrame(width, height, "yuv420p")
        shift = number * STEP
        for plane, scale in zip(frame.planes, (1, 2, 2), strict=True):
            line, wide = plane.line_size, width // scale
            padding = bytes(line - wide)
            content = [
                rows[(y + number // 8) % 64][shift // scale :][:wide] + padding
                for y in range(plane.height)
            ]
            plane.update(b"".join(content))
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        yield frame


def _grain(row: int, long: int) -> bytes:
    start = row * 997 % 4096
    return (DITHER[start:] + DITHER)[:long]
