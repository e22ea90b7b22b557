"""Index an MP4 that lies far away by its own tables. Runs in a worker process only.

MP4 lists time, size and place of every packet in its header. So the file is read through as if it
were here, with zeros in place of the content of packets, but for the first ones, which are decoded,
and some key packets: whether every decoder may start there is said inside.
"""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shadow.hls.errors import FarUnindexed
from shadow.hls.segments.columns import PictureColumn
from shadow.hls.segments.facts import FileIndex
from shadow.hls.segments.index import main_video, make_index
from shadow.runtime.media_file import LIMITS, LentBytes, reason

HEAD: Final = 4 << 20
"""Bytes of content fetched from its beginning, for the first pictures and sounds."""
FIRST_SOUNDS: Final = 12
SAMPLED_KEYS: Final = 16
KEY_BYTES: Final = 64 << 10
"""Of a sampled key packet: its kind stands near its front."""
MISSING_SECONDS: Final = 3.0
"""How far before the end of a track its list may end."""
FIRST_BOXES: Final = 16
"""Boxes looked at: fragments follow the header of a file that has some."""
FRAGMENT: Final = frozenset({b"moof", b"sidx", b"styp"})
MOST_ENTRIES: Final = 4_000_000
ZEROS: Final = bytes(1 << 20)
INCOMPLETE: Final = (
    "It lies in a storage far away, and lists only some of its pictures at its front: all of it "
    "would have to be fetched before it could be cut."
)

Span = tuple[int, int]


def skeleton_index(container: InputContainer, content: LentBytes) -> FileIndex:
    """Return the index of a far file, opened as `container`, by the tables of its header.

    Raises:
        FarUnindexed: They do not tell of the whole file (it is fragmented, say).
        MediaError: As `make_index`.
    """
    if _is_fragmented(content):
        raise FarUnindexed(INCOMPLETE)
    film = main_video(container)
    sounds = [one for one in container.streams.audio if one.codec_context is not None]
    wanted: list[Stream] = [*sounds, *([film] if film is not None else [])]
    places = [list(_places(container, one)) for one in wanted]
    if not places:
        return make_index(container)
    begin = min(span[0] for spans in places for span in spans)
    end = max(span[1] for spans in places for span in spans)
    real = {(begin, begin + HEAD)}
    for spans in places[: len(sounds)]:
        real.update(spans[:FIRST_SOUNDS])
    if film is not None:
        real.update(_sampled_keys(film))
    skeleton = Skeleton(content, (begin, end), real)
    with _opened(skeleton) as whole:
        return make_index(whole, partial(SampledPictures, skeleton=skeleton))


def _is_fragmented(content: LentBytes) -> bool:
    """Tell whether packets are listed along the file rather than in its header (ISO 14496-12)."""
    at = 0
    for _ in range(FIRST_BOXES):
        head = content.pread(16, at)
        if len(head) < 16:
            return False
        if head[4:8] in FRAGMENT:
            return True
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:], "big") if size == 1 else size
        if size < 8:  # it reaches to the end of the file
            return False
        at += size
    return False


def _places(container: InputContainer, stream: Stream) -> Iterator[Span]:
    """Yield where each packet of a stream lies; the list must reach to the film's end."""
    entries = stream.index_entries
    count = len(entries)
    length = stream.duration
    if length is None and container.duration:
        length = int(container.duration / 1e6 / stream.time_base) if stream.time_base else None
    if not 0 < count <= MOST_ENTRIES or not length or stream.time_base is None:
        raise FarUnindexed(INCOMPLETE)
    reached = entries[count - 1].timestamp - entries[0].timestamp
    if (length - reached) * stream.time_base > MISSING_SECONDS:
        raise FarUnindexed(INCOMPLETE)
    for entry in entries:
        yield entry.pos, entry.pos + entry.size


def _sampled_keys(film: VideoStream) -> Iterator[Span]:
    keys = [entry for entry in film.index_entries if entry.is_keyframe]
    step = max(1, len(keys) // SAMPLED_KEYS)
    for entry in keys[::step]:
        yield entry.pos, entry.pos + min(entry.size, KEY_BYTES)


class Skeleton:
    """A far file as FFmpeg's libraries read it: zeros within `payload`, except where it is `real`.

    Shaped as `av.open` wants a file.
    """

    def __init__(self, content: LentBytes, payload: Span, real: set[Span]) -> None:
        """Nothing is fetched yet."""
        self._content = content
        self._payload = payload
        self._real = _joined([*real, (0, payload[0]), (payload[1], content.size)])
        self._starts = [start for start, _ in self._real]
        self._at = 0

    def is_real(self, offset: int) -> bool:
        """Tell whether what lies at an offset is the file's own."""
        return self._run(offset)[1]

    def read(self, length: int) -> bytes:
        """Return 1 to `length` bytes from where it is, nothing at the end."""
        stop, real = self._run(self._at)
        stop = min(stop, self._at + min(length, len(ZEROS)), self._content.size)
        length = stop - self._at
        if length <= 0:
            return b""
        block = self._content.pread(length, self._at) if real else ZEROS[:length]
        self._at += len(block)
        return block

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset, from the start, from here (1) or from the end (2)."""
        self._at = max(0, offset + (0, self._at, self._content.size)[whence])
        return self._at

    def tell(self) -> int:
        """Return where it is."""
        return self._at

    def _run(self, offset: int) -> tuple[int, bool]:
        """Return where the run of bytes that an offset is in ends, and whether they are real."""
        place = bisect_right(self._starts, offset) - 1
        if place >= 0 and offset < self._real[place][1]:
            return self._real[place][1], True
        following = self._starts[place + 1] if place + 1 < len(self._starts) else self._payload[1]
        return max(following, offset), False


class SampledPictures(PictureColumn):
    """The packets of a skeleton: what the sampled key packets are, all are taken to be."""

    def __init__(self, stream: VideoStream, *, skeleton: Skeleton) -> None:
        """Begin empty."""
        super().__init__(stream)
        self._skeleton = skeleton
        # FFmpeg looks into packets as well, where it now sees zeros, and then denies that.
        self._listed = {one.pos for one in stream.index_entries if one.is_keyframe}
        self._all_safe = True
        self._unseen: set[int] = set()

    def take(self, packet: "Packet[Stream]") -> None:
        """Note a packet."""
        if packet.pos in self._listed:
            packet.is_keyframe = True
        super().take(packet)

    def finish(self) -> bool:
        """Settle what was not looked at, then as any column."""
        if not self._all_safe:
            self.keys = [(place, safe and place not in self._unseen) for place, safe in self.keys]
        return super().finish()

    def _noted_key(self, packet: "Packet[Stream]") -> bool:
        if packet.pos is None or not self._skeleton.is_real(packet.pos):
            self._unseen.add(len(self.times))
            return True
        safe = super()._noted_key(packet)
        self._all_safe = self._all_safe and safe
        return safe


def _joined(spans: list[Span]) -> list[Span]:
    """Return spans in order, those that touch as one."""
    joined: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


@contextmanager
def _opened(skeleton: Skeleton) -> Iterator[InputContainer]:
    try:
        container = av.open(skeleton, "r", options=LIMITS, metadata_errors="replace")
    except av.FFmpegError as error:
        raise reason(error) from error
    with container:
        yield container
