"""Tell whether a file ends before its own headers say: a download cut short, a disk that filled."""

from collections.abc import Iterable

from av.stream import Stream

from shadow.runtime.media_file import Content

SEGMENT = b"\x18\x53\x80\x67"  # Matroska's Segment element (RFC 9559 section 5.1)
EBML = b"\x1a\x45\xdf\xa3"


def ends_early(content: Content, size: int, streams: Iterable[Stream]) -> bool:
    """Compare the file's size with where its sample index or its outermost element must end."""
    head = content.pread(256, 0)
    if head.startswith(EBML):
        return matroska_end(head) > size
    return any(last_sample_end(stream) > size for stream in streams)


def last_sample_end(stream: Stream) -> int:
    """Say where the last indexed sample of a stream ends, 0 when there is no index."""
    entries = stream.index_entries
    if len(entries) == 0:
        return 0
    last = entries[len(entries) - 1]
    return last.pos + last.size


def matroska_end(head: bytes) -> int:
    """Say where the Segment ends, 0 when its size is unknown (live recordings) or not in view."""
    at = head.find(SEGMENT) + len(SEGMENT)
    if at < len(SEGMENT) or at >= len(head) or head[at] == 0:
        return 0
    # RFC 8794 section 4: the number of leading zero bits tells the length of the size.
    length = 9 - head[at].bit_length()
    field = head[at : at + length]
    if len(field) < length:
        return 0
    ones = (1 << (7 * length)) - 1
    value = int.from_bytes(field, "big") & ones
    return 0 if value == ones else at + length + value
