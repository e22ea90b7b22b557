"""Keep the last few media files open, for the next segment of them. Runs in a worker process only.

Opening a film of two hours takes 35 to 60 ms (MP4), a segment of an open one about 1 ms.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from shadow.hls.errors import FileChanged
from shadow.runtime.media_errors import MediaError, MediaForbidden, MediaGone
from shadow.runtime.media_file import Content, is_of, opened, stamp_of
from shadow.runtime.range_requests import is_address

MOST_OPEN = 3  # files; a leaked film of two hours costs tens of megabytes
CHANGED = "The file was replaced while it was played. Load it again."
MOST_ERRORS = 1000  # reads that may fail before a damaged file counts as ended


class _Shelf:
    """Open files by path and signature, the last used at the end."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[bytes, str], tuple[InputContainer, ExitStack]]
        self._files = OrderedDict()

    def take(self, path: bytes, file_key: str) -> tuple[InputContainer, ExitStack]:
        """Hand over a file, which is no longer on the shelf."""
        kept = self._files.pop((path, file_key), None)
        if kept is not None:
            return kept
        with ExitStack() as closing:
            container, content = closing.enter_context(opened(path))
            check_unchanged(content, file_key)
            return container, closing.pop_all()

    def put(self, path: bytes, file_key: str, file: tuple[InputContainer, ExitStack]) -> None:
        """Take a file back, and close the one not used for longest if there are too many."""
        self.close(path, file_key)
        self._files[path, file_key] = file
        if len(self._files) > MOST_OPEN:
            _, (_, closing) = self._files.popitem(last=False)
            closing.close()

    def close(self, path: bytes, file_key: str) -> None:
        """Close a file if it is here."""
        _, closing = self._files.pop((path, file_key), (None, None))
        if closing is not None:
            closing.close()


_shelf = _Shelf()


@contextmanager
def kept_open(path: bytes, file_key: str) -> Iterator[InputContainer]:
    """Lend an open container, positioned anywhere; call again for the same file to get it again.

    It must not be used by two threads. After an error it is closed, since its state is unknown.

    Raises:
        MediaError: The file cannot be read.
        FileChanged: It is not of size and time of `file_key` any more.
    """
    try:
        check_path(path, file_key)
        container, closing = _shelf.take(path, file_key)
    except BaseException:
        _shelf.close(path, file_key)
        raise
    try:
        yield container
    except BaseException:
        closing.close()
        raise
    _shelf.put(path, file_key, (container, closing))


def check_unchanged(content: Content, file_key: str) -> None:
    """Raise FileChanged unless a file still has the size and time that its signature says."""
    if not is_of(content, file_key):
        raise FileChanged(CHANGED)


def check_path(path: bytes, file_key: str) -> None:
    """Raise FileChanged unless what lies at a path has the size and time of a signature.

    The server looks after what it lends under an address.

    Raises:
        MediaError: Nothing that can be opened lies there.
    """
    if is_address(path):
        return
    try:
        status = os.stat(path)  # noqa: PTH116 the name is bytes, which Path cannot hold
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise MediaGone("The file is not there any more.") from error
        raise MediaForbidden(f"The file cannot be opened: {error.strerror}.") from error
    if file_key.rsplit("-", 1)[0] != stamp_of(status):
        raise FileChanged(CHANGED)


def packets_of(container: InputContainer, *streams: Stream) -> Iterator["Packet[Stream]"]:
    """Yield the packets of some streams from the present position on, and read no others.

    A read that fails is tried again behind the damage; what cannot be read ends it.
    """
    wanted = {one.index for one in streams}
    for one in container.streams:
        one.discard = Discard.default if one.index in wanted else Discard.all
    errors = 0
    while errors < MOST_ERRORS:
        try:
            for packet in container.demux(*streams):
                if packet.size:
                    yield packet
        except IndexError:  # in PyAV, for a packet of a stream that appeared after opening
            continue
        except av.FFmpegError:  # also when damage claims a packet of more bytes than there are
            errors += 1
            continue
        return


def stream_of(container: InputContainer, number: int) -> Stream:
    """Return a stream by its number. Raises `MediaError` if the file has none of it."""
    if not 0 <= number < len(container.streams):
        raise MediaError("The file is damaged: one of its tracks cannot be found.")
    return container.streams[number]


def time_of(packet: "Packet[Stream]") -> int | None:
    """Return when a packet is shown: its PTS, or its DTS where a container has no other (AVI)."""
    pts: int | None = packet.pts
    return packet.dts if pts is None else pts
