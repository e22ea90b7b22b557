"""Open a media file for parsing, and nothing else. Runs in a worker process only.

A file of this machine is opened here, checked to be a regular file, and handed to FFmpeg's
libraries as a file descriptor with `fd` as the only protocol: a playlist, a reference inside a
container or a name such as `concat:…` can make them open nothing further. One that lies far away is
opened under the address that `runtime.range_server` lends it under, with `http` and `tcp` alone.
Only listed container formats are accepted, none of which opens what a file names.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
import av.logging
from av.container import InputContainer

from shadow.runtime.far_bytes import FarBytes
from shadow.runtime.media_errors import (
    MediaEmpty,
    MediaError,
    MediaForbidden,
    MediaGone,
    NotAFile,
    NotMedia,
)
from shadow.runtime.media_formats import FAR_PROTOCOLS, FAR_SILENCE, FORMATS
from shadow.runtime.range_requests import is_address

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
FAR = {"protocol_whitelist": FAR_PROTOCOLS, "rw_timeout": FAR_SILENCE}
QUIET = -8

av.logging.set_libav_level(QUIET)


@dataclass(frozen=True, slots=True)
class LocalBytes:
    """The content of an open file of this machine; `fd` is its descriptor."""

    fd: int

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self.fd).st_size

    @property
    def stamp(self) -> str | None:
        """Size and time as signatures begin with them."""
        return stamp_of(os.fstat(self.fd))

    def pread(self, length: int, offset: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        return os.pread(self.fd, length, offset)


class LentBytes(FarBytes):
    """The content of a file that is lent by the server, which sees to it that it is the one."""

    stamp: str | None = None


Content = LocalBytes | LentBytes


def stamp_of(status: os.stat_result) -> str:
    """Return size and time as signatures begin with them: `size-mtime_ns`."""
    return f"{status.st_size}-{status.st_mtime_ns}"


def is_of(content: Content, file_key: str) -> bool:
    """Tell whether content still has the size and time that a signature says.

    The server looks after that for what it lends.
    """
    return content.stamp is None or file_key.rsplit("-", 1)[0] == content.stamp


@contextmanager
def content_of(path: bytes | str) -> Iterator[Content]:
    """Open a file for reading pieces of it, by its path or the address it is lent under.

    Raises:
        MediaError: One of its kinds, saying what is wrong with the file.
    """
    if isinstance(path, bytes) and is_address(path):
        lent = LentBytes(path)
        try:
            if not lent.size:
                raise MediaEmpty("The file is empty (0 bytes).")
            yield lent
        finally:
            lent.close()
        return
    fd = open_regular(path)
    try:
        yield LocalBytes(fd)
    finally:
        os.close(fd)


@contextmanager
def opened(path: bytes | str, *, hasty: bool = False) -> Iterator[tuple[InputContainer, Content]]:
    """Open a media file, by path or lent address, and yield the container and its content.

    `hasty` looks at headers only: quick, and not enough for every file.

    Raises:
        MediaError: One of its kinds, saying what is wrong with the file.
    """
    limits = HASTY if hasty else LIMITS
    with content_of(path) as content:
        if isinstance(content, LocalBytes):
            url, options = "fd:", {**limits, "fd": str(content.fd)}
        else:
            url, options = os.fsdecode(path), {**limits, **FAR}
        try:
            container = av.open(url, "r", options=options, metadata_errors="replace")
        except av.FFmpegError as error:
            raise reason(error) from error
        with container:
            yield container, content


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
