"""Take a good picture from a film, or the cover it carries. Runs in a worker process only.

Server code calls `shadow.ingest.probing.grab_frame_in` and `cover_art_in`.
"""

from collections.abc import Iterator
from itertools import islice

import av
import pyvips
from av.container import InputContainer
from av.stream import AttachmentStream, Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shadow.runtime.media_errors import NothingToSee
from shadow.runtime.media_file import opened, reason
from shadow.runtime.pictures import plane_image, upright_picture

POSITIONS = (0.12, 0.25, 0.4, 0.55, 0.7)  # openings hold logos and the end holds credits
PACKETS_TRIED = 400  # at one position, before it is given up
MAX_PIXELS = 8192 * 4352
PREVIEW = (160, 90)
GOOD_ENOUGH = 6.6  # bits of entropy: an ordinary lit scene; a fade has 2 to 4
MAX_WIDTH = 1280
COVER_SIDE = 1000
QUALITY = 80


def grab_frame(path: bytes | str, at: float | None = None, height: int = 720) -> bytes:
    """Return a WebP picture of a film, at most `height` pixels high and 1280 wide, upright.

    Args:
        path: The film.
        at: Where to look, as a fraction of the duration (the keyframe before it is taken). None:
            several places are tried and the picture with the most detail wins.
        height: Largest height in pixels, 16 to 2160.

    Raises:
        NothingToSee: The file has no video that can be decoded.
        MediaError: The file cannot be read.
    """
    height = min(max(height, 16), 2160)
    with opened(path) as (container, _):
        stream = main_video(container)
        positions = POSITIONS if at is None else (min(max(at, 0.0), 1.0),)
        frame = most_detailed(keyframes(container, stream, positions))
        if frame is not None:
            return packed(frame, stream, height)
    with opened(path) as (container, _):  # no keyframe after seeking: take what comes first
        stream = main_video(container)
        stream.codec_context.skip_frame = "DEFAULT"
        frame = next_frame(container, stream)
        if frame is None:
            raise NothingToSee("No picture of this film can be decoded.")
        return packed(frame, stream, height)


def most_detailed(frames: Iterator[VideoFrame]) -> VideoFrame | None:
    """Choose the picture with the most detail, and stop looking once one is good."""
    best, most = None, -1.0
    for frame in frames:
        detail = entropy(frame)
        if detail > most:
            best, most = frame, detail
        if detail >= GOOD_ENOUGH:
            break
    return best


def main_video(container: InputContainer) -> VideoStream:
    """Choose the largest video that is not a cover, and set its decoder up for single pictures."""
    films = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
        and 0 < stream.width * stream.height <= MAX_PIXELS
    ]
    if not films:
        raise NothingToSee("The file has no video.")
    stream = max(films, key=lambda one: one.width * one.height)
    stream.codec_context.skip_frame = "NONKEY"
    stream.codec_context.thread_count = 1  # frame threads would delay and multiply big pictures
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream


def keyframes(
    container: InputContainer, stream: VideoStream, positions: tuple[float, ...]
) -> Iterator[VideoFrame]:
    """Yield the decoded keyframe at or before each position, each only once."""
    seen: set[int | None] = set()
    start, length = container.start_time or 0, container.duration or 0
    for position in positions if length > 0 else ():
        try:
            container.seek(start + round(position * length))
        except av.FFmpegError:
            return
        frame = next_frame(container, stream)
        if frame is not None and frame.pts not in seen:
            seen.add(frame.pts)
            yield frame


def next_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Decode the next picture; None when there is none or it is damaged."""
    try:
        for packet in islice(container.demux(stream), PACKETS_TRIED):
            for frame in packet.decode():
                return frame
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
    return None


def entropy(frame: VideoFrame) -> float:
    """Measure detail in bits (0 to 8): a black or flat picture has little."""
    small = frame.reformat(width=PREVIEW[0], height=PREVIEW[1], format="gray")
    return float(plane_image(small, bands=1).hist_find().hist_entropy())


def packed(frame: VideoFrame, stream: VideoStream, height: int) -> bytes:
    """Scale to the display shape, bring HDR to standard range, turn upright and pack as WebP."""
    wide = frame.width * float(stream.sample_aspect_ratio or 1)
    turned = frame.rotation % 180 != 0
    limit_high, limit_wide = (MAX_WIDTH, height) if turned else (height, MAX_WIDTH)
    scale = min(1.0, limit_high / frame.height, limit_wide / wide)
    size = max(2, round(wide * scale)), max(2, round(frame.height * scale))
    picture = upright_picture(frame, size, transfer=stream.codec_context.color_trc)
    return bytes(picture.webpsave_buffer(Q=QUALITY, effort=2))


def cover_art(path: bytes | str) -> bytes:
    """Return the cover picture that a film, song or audiobook carries, as WebP, 1000 px at most.

    Raises:
        NothingToSee: It carries none that can be decoded.
        MediaError: The file cannot be read.
    """
    with opened(path) as (container, _):
        picture = carried_picture(container)
    if not picture:
        raise NothingToSee("The file carries no cover picture.")
    try:
        small = pyvips.Image.thumbnail_buffer(
            picture, COVER_SIDE, height=COVER_SIDE, size="down", export_profile="srgb"
        )
        return bytes(small.webpsave_buffer(Q=QUALITY, effort=2, keep="none"))
    except pyvips.Error as error:
        raise NothingToSee("The cover picture that the file carries is damaged.") from error


def carried_picture(container: InputContainer) -> bytes:
    """Find the bytes of the first attached picture, empty when there is none."""
    for stream in container.streams:
        if isinstance(stream, AttachmentStream):
            if (stream.mimetype or "").startswith("image/") and stream.data:
                return stream.data
        elif stream.disposition & Disposition.attached_pic:
            try:
                packet = next(container.demux(stream), None)
            except av.FFmpegError as error:
                raise reason(error) from error
            if packet is not None and packet.size:
                return bytes(packet)
    return b""
