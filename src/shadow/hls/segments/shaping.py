"""Turn decoded pictures into those of a rung: deinterlaced, turned, scaled, BT.709.

Runs in a worker process only.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
from av import VideoFrame
from av.filter import Graph
from av.video.frame import PictureType

from shadow.hls.segments.orders import VideoRung, VideoSource

# Values of FFmpeg's AVColorSpace and AVColorRange.
BT709, UNKNOWN, LIMITED, FULL = 1, 2, 1, 2
MATRIX_NAMES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}
HD_HEIGHT, HD_WIDTH = 720, 1280  # from here on pictures that do not tell are BT.709
TURNS = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}


def shaped(
    frames: Iterable[VideoFrame], source: VideoSource, rung: VideoRung
) -> Iterator[VideoFrame]:
    """Yield the pictures as the rung shows them, `pts` as it was, in ticks of the source.

    Each call filters anew, so that a segment's pictures do not depend on those before.
    """
    graph: Graph | None = None
    known: tuple[Any, ...] | None = None
    tick = Fraction(source.num, source.den)
    for frame in frames:
        _say_colours(frame)
        found = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if found != known:
            if graph is not None:
                yield from _drained(graph, tick)
            graph, known = _graph(frame, source, rung, tick), found
        if graph is None:
            yield _plain(frame, frame.pts or 0, tick)
        else:
            graph.vpush(frame)
            yield from _pulled(graph, tick)
    if graph is not None:
        yield from _drained(graph, tick)


def black(rung: VideoRung, pts: int, tick: Fraction) -> VideoFrame:
    """Return a black picture of a rung."""
    frame = VideoFrame(rung.width, rung.height, "yuv420p")
    for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return _plain(frame, pts, tick)


def _say_colours(frame: VideoFrame) -> None:
    """Settle what a picture does not say, and what only looks different."""
    if frame.colorspace not in MATRIX_NAMES and not frame.format.is_rgb:
        large = frame.height >= HD_HEIGHT or frame.width >= HD_WIDTH
        frame.colorspace = BT709 if large else 6
    if frame.color_range != FULL:
        frame.color_range = FULL if frame.format.name.startswith("yuvj") else LIMITED


def _graph(frame: VideoFrame, source: VideoSource, rung: VideoRung, tick: Fraction) -> Graph | None:
    """Build the filters for pictures like this one; `None` when they are right as they are."""
    turn = TURNS.get(source.rotation % 360, "")
    lying = source.rotation % 180 == 0
    width, height = (rung.width, rung.height) if lying else (rung.height, rung.width)
    matrix = MATRIX_NAMES.get(frame.colorspace, "bt709")
    same = (frame.width, frame.height, frame.format.name, matrix, frame.color_range)
    if same == (width, height, "yuv420p", "bt709", LIMITED) and not (turn or source.interlaced):
        return None
    chain = [
        ("bwdif", "mode=send_frame:parity=auto:deint=interlaced") if source.interlaced else None,
        (
            "scale",
            f"{width}:{height}:flags=bicubic:interl=0:in_color_matrix={matrix}"
            f":out_color_matrix=bt709:out_range=tv",
        ),
        ("format", "yuv420p"),
        *(tuple(one.partition("=")[::2]) for one in turn.split(",") if one),
        ("buffersink", ""),
    ]
    graph = Graph()
    graph.threads = 1
    last = graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=f"{tick.numerator}/{tick.denominator}",
        pixel_aspect="1/1",
        colorspace=str(int(frame.colorspace)),
        range=str(int(frame.color_range)),
    )
    for step in filter(None, chain):
        following = graph.add(step[0], step[1] or None)
        last.link_to(following)
        last = following
    graph.configure()
    return graph


def _pulled(graph: Graph, tick: Fraction) -> Iterator[VideoFrame]:
    while True:
        try:
            frame = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        # bwdif halves the ticks, so times are taken from the clock.
        yield _plain(frame, int((frame.pts or 0) * (frame.time_base or tick) / tick), tick)


def _drained(graph: Graph, tick: Fraction) -> Iterator[VideoFrame]:
    graph.vpush(None)
    yield from _pulled(graph, tick)


def _plain(frame: VideoFrame, pts: int, tick: Fraction) -> VideoFrame:
    frame.pts, frame.time_base = pts, tick
    # Else the encoder takes over which pictures of the source were I, P or B.
    frame.pict_type = PictureType.NONE
    return frame
