"""Take stills of a film: spread over it, none black or empty. Runs in a worker process only.

Server code calls `shadow.ingest.screenshots.take_screenshots`.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shadow.ingest.frames import PREVIEW, main_video, next_frame
from shadow.runtime.media_file import opened
from shadow.runtime.pictures import plane_image, upright_picture

FIRST, LAST = 0.06, 0.92
"""Part of the film that is looked at: openings hold logos and the end holds credits."""
WITHIN: Final = (0.5, 0.3, 0.7, 0.1, 0.9)
"""Places in each still's share of the film, tried in turn until a picture is good."""
GOOD: Final = 6.0
"""Bits of entropy of a lit scene; see `frames.entropy`."""
LEAST_SPREAD: Final = 9.0
"""Standard deviation of the brightness (0 to 255): fades, skies and black frames have less."""
DARKEST, BRIGHTEST = 14.0, 241.0
HEIGHT, WIDTH = 720, 1280
QUALITY: Final = 82


def take_stills(path: bytes, folder: bytes, count: int) -> int:
    """Write `1.jpg` … into a folder, `count` at most, in the film's order; return how many.

    Raises:
        NothingToSee: there is no video.
        MediaError: the file cannot be read.
    """
    with opened(path) as (container, _):
        stream = main_video(container)
        frames: dict[int | None, VideoFrame] = {}
        for share in range(count):
            frame = _best(container, stream, (share / count, 1 / count), frames)
            if frame is not None:
                frames[frame.pts] = frame
        for number, frame in enumerate(frames.values(), 1):
            target = Path(os.fsdecode(folder)) / f"{number}.jpg"
            target.write_bytes(_packed(frame, stream))
    return len(frames)


def _best(
    container: InputContainer,
    stream: VideoStream,
    part: tuple[float, float],
    taken: Collection[int | None],
) -> VideoFrame | None:
    """Return the first good picture of a part of the film, or the best that is fit to show.

    `part` is where it begins and how long it is, of the whole; pictures `taken` are passed by.
    """
    begin, share = part
    best, most = None, 0.0
    length = container.duration or 0
    for within in WITHIN if length > 0 else ():
        place = FIRST + (LAST - FIRST) * (begin + within * share)
        try:
            container.seek((container.start_time or 0) + round(place * length))
        except av.FFmpegError:
            return best
        frame = next_frame(container, stream)
        if frame is None or frame.pts in taken:
            continue
        detail = _detail(frame)
        if detail > most:
            best, most = frame, detail
        if detail >= GOOD:
            break
    return best


def _detail(frame: VideoFrame) -> float:
    """Return the bits of detail of a picture, 0 for one that is black, white or near uniform."""
    grey = plane_image(frame.reformat(width=PREVIEW[0], height=PREVIEW[1], format="gray"), bands=1)
    if not DARKEST <= grey.avg() <= BRIGHTEST or grey.deviate() < LEAST_SPREAD:
        return 0.0
    return float(grey.hist_find().hist_entropy())


def _packed(frame: VideoFrame, stream: VideoStream) -> bytes:
    wide = frame.width * float(stream.sample_aspect_ratio or 1)
    turned = frame.rotation % 180 != 0
    limit_high, limit_wide = (WIDTH, HEIGHT) if turned else (HEIGHT, WIDTH)
    scale = min(1.0, limit_high / frame.height, limit_wide / wide)
    size = max(2, round(wide * scale)), max(2, round(frame.height * scale))
    picture: Any = upright_picture(frame, size, transfer=stream.codec_context.color_trc)
    return bytes(picture.jpegsave_buffer(Q=QUALITY, strip=True, optimize_coding=True))
