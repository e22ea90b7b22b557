"""Open a media file for parsing, and nothing else. Runs in a worker process only.

The file is opened here, checked to be a regular file, and handed to FFmpeg's libraries as a file
descriptor with `fd` as the only protocol: a playlist, a reference inside a container or a name such
as `concat:…` can make them open nothing further. Only listed container formats are accepted.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import av
import av.logging
from av.container import InputContainer

from shadow.runtime.media_errors import (
    MediaEmpty,
    MediaError,
    MediaForbidden,
    MediaGone,
    NotAFile,
    NotMedia,
)
from shadow.runtime.media_formats import FORMATS

LIMITS = {
    "protocol_whitelist": "fd",
    "format_whitelist": FORMATS,
    "probesize": "5000000",  # bytes read at most to find the streams' parameters
    "analyzeduration": "5000000",  # microseconds of content looked at, likewise
    "formatprobesize": "262144",
    "max_streams": "256",
    "max_probe_packets": "2500",
    "indexmem": "67108864",
    # The first picture is decoded to learn its format; how it looks does not matter here.
    "skip_loop_filter": "all",
}
HEADED = re.compile(r"(h264|aac)(_|$)")
HASTY = {
    **LIMITS,
    # Left alone, FFmpeg decodes the first picture of H.264 (5 ms of 1080p) and sound of AAC. All
    # that it learns so stands in the headers, which `sps` and `asc` beside this module read.
    "codec_whitelist": ",".join(name for name in av.codecs_available if not HEADED.match(name)),
    "probesize": "131072",
    "analyzeduration": "100000",
}
"""For containers that list their streams in a header. What is still unknown then needs `LIMITS`."""
QUIET = -8

av.logging.set_libav_level(QUIET)


@contextmanager
def opened(path: bytes | str, *, hasty: bool = False) -> Iterator[tuple[InputContainer, int]]:
    """Open a local media file and yield the container and the file's descriptor.

    `hasty` looks at headers only: quick, and not enough for every file.

    Raises:
        MediaError: One of its kinds, saying what is wrong with the file.
    """
    limits = HASTY if hasty else LIMITS
    fd = open_regular(path)
    try:
        try:
            container = av.open(
                "fd:", "r", options={**limits, "fd": str(fd)}, metadata_errors="replace"
            )
        except av.FFmpegError as error:
            raise reason(error) from error
        with container:
            yield container, fd
    finally:
        os.close(fd)


def open_regular(path: bytes | str) -> int:
    """Open a non-empty regular file for reading; a pipe or device is refused and never waited for.

    Raises:
        MediaError: One of its kinds.
    """
    try:
        # Asked before as well as after: opening a device can have effects of its own.
        refuse_special(os.stat(path))  # noqa: PTH116 the name is bytes, which Path cannot hold
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise MediaGone("The file is not there any more.") from error
    except ValueError as error:  # a NUL in the name
        raise MediaGone("No file can have such a name.") from error
    except OSError as error:
        raise MediaForbidden(f"The file cannot be opened: {error.strerror}.") from error
    try:
        refuse_special(os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def refuse_special(status: os.stat_result) -> None:
    """Raise NotAFile for anything but a regular file, MediaEmpty for one without content."""
    if stat.S_ISDIR(status.st_mode):
        raise NotAFile("This is a folder, not a file.")
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile("This is a pipe, socket or device, not a file.")
    if status.st_size == 0:
        raise MediaEmpty("The file is empty (0 bytes).")


def reason(error: av.FFmpegError) -> MediaError:
    """Say in plain words why FFmpeg's libraries gave the file up."""
    if isinstance(error, av.InvalidDataError | av.EOFError):
        return MediaError("The content is damaged, incomplete, or not video or audio at all.")
    if isinstance(error, av.error.ArgumentError | ValueError | PermissionError):
        return NotMedia("The content is not of a kind that can be played.")
    if isinstance(error, MemoryError):
        return MediaError("Reading the headers would take more memory than is allowed.")
    if isinstance(error, OSError) and error.errno == 5:
        return MediaForbidden("The disk reports an error while reading the file.")
    return MediaError(f"The file cannot be read: {error.strerror}.")
