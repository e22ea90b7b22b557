"""Decode key pictures and put them together in a sheet. Runs in a worker process only."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import av
import pyvips
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shadow.hls.previews.errors import NoRoomForPreviews
from shadow.runtime.media_errors import MediaError, MediaGone, NothingToSee
from shadow.runtime.media_file import is_of, opened
from shadow.runtime.pictures import upright_picture

QUALITY = 75
"""Of JPEG: a sheet of 100 pictures takes 0.3 to 1 MB."""
KeyPacket: TypeAlias = "Packet[VideoStream]"
EARLIER = (0.0, 1.0, 5.0, 30.0)
"""Seconds before a key picture to seek to, in turn: some containers land too late."""
PACKETS_TRIED = 2_000
"""From one landing on, before the picture is given up."""
LOWEST_PRIORITY = 19


def make_sheet(path: bytes, order: dict[str, Any], target: bytes) -> dict[str, int]:
    """Write one sheet of pictures as JPEG; return `{"size", "damaged"}`.

    A damaged picture is replaced by the one before it. The process steps behind all others: a
    viewer's segments come first.

    Args:
        path: The film.
        order: `stream`, `file_key` (the file's signature), `keys` (PTS of key packets), `width`
            and `height` of a picture as shown, `columns`.
        target: The file to write, which must not exist.

    Raises:
        MediaGone: it is not the file that the signature names.
        MediaError: the file cannot be read, or most of its key pictures are damaged.
        NoRoomForPreviews: the disk is full.
    """
    os.nice(LOWEST_PRIORITY)
    size = order["width"], order["height"]
    with opened(path) as (container, source):
        if not is_of(source, order["file_key"]):
            raise MediaGone("The file was replaced. Scan the library again.")
        pictures = list(small_pictures(container, order["stream"], order["keys"], size))
    damaged = pictures.count(None)
    if damaged * 2 > len(pictures):
        raise MediaError("Most key pictures of the film are damaged.")
    across = min(order["columns"], len(pictures))
    sheet = pyvips.Image.arrayjoin(without_gaps(pictures), across=across)
    content = sheet.jpegsave_buffer(Q=QUALITY, strip=True, optimize_coding=True)
    write_new(target, content)
    return {"size": len(content), "damaged": damaged}


def small_pictures(
    container: InputContainer, index: int, keys: Sequence[int], size: tuple[int, int]
) -> Iterator[Any | None]:
    """Yield a picture for each key packet, None for one that cannot be decoded."""
    stream = set_up(container, index)
    last, picture = None, None
    for key in keys:
        if key != last:
            frame = decoded(stream, key_packet(container, stream, key))
            picture = None if frame is None else small(frame, stream, size)
        last = key
        yield picture


def set_up(container: InputContainer, index: int) -> VideoStream:
    """Return the video stream, its decoder ready for single key pictures."""
    streams = [one for one in container.streams.video if one.index == index]
    if not streams:
        raise NothingToSee("The file has no video.")
    context = streams[0].codec_context
    context.thread_count = 1  # frame threads would only delay single pictures
    context.flags |= Flags.output_corrupt  # an open group's key picture lacks nothing we need
    context.options = {"skip_loop_filter": "all"}  # blocks of 8 pixels are gone at this size
    for other in container.streams:
        if other.index != index:
            other.discard = Discard.all
    return streams[0]


def key_packet(container: InputContainer, stream: VideoStream, key: int) -> "KeyPacket | None":
    """Seek to the key packet with this PTS; None when it is not found."""
    for seconds in EARLIER:
        try:
            container.seek(key - round(seconds / float(stream.time_base or 1)), stream=stream)
            found = next_key_packet(container, stream, key)
        except av.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
            continue
        if found is not None:
            return found
    return None


def next_key_packet(container: InputContainer, stream: VideoStream, key: int) -> "KeyPacket | None":
    """Read on to the key packet with this PTS; None once one lies beyond it."""
    for number, packet in enumerate(container.demux(stream)):
        if packet.pts is None or number > PACKETS_TRIED:
            return None
        if packet.is_keyframe and packet.pts >= key:
            return packet if packet.pts == key else None
    return None


def decoded(stream: VideoStream, packet: "KeyPacket | None") -> VideoFrame | None:
    """Decode one key packet by itself; None when it is damaged."""
    if packet is None:
        return None
    context = stream.codec_context
    try:
        frames = [*context.decode(packet), *context.decode(None)]
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        return None
    finally:
        context.flush_buffers()
    return frames[0] if frames else None


def small(frame: VideoFrame, stream: VideoStream, size: tuple[int, int]) -> Any:
    """Scale a picture down to its size as shown, upright and in standard range."""
    unturned = size if frame.rotation % 180 == 0 else (size[1], size[0])
    transfer = stream.codec_context.color_trc
    return upright_picture(frame, unturned, transfer=transfer, scaling="AREA")


def without_gaps(pictures: Sequence[Any | None]) -> list[Any]:
    """Put the picture before it, or else the next one, in the place of each missing one."""
    filled: list[Any] = []
    last = next(one for one in pictures if one is not None)
    for picture in pictures:
        last = last if picture is None else picture
        filled.append(last)
    return filled


def write_new(target: bytes, content: bytes) -> None:
    """Write a file durably, whole or not at all."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(target, flags, 0o644)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(target)  # noqa: PTH108 the name is bytes, which Path cannot hold
            raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoomForPreviews("The disk of the data folder is full.") from error
        raise
