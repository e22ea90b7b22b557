"""Which requests a range of bytes becomes. Pure; every range here is half-open.

The rules are those of core.telegram.org/api/files. With `precise`, `upload.getFile` takes any
offset and limit that are multiples of 1024, as long as the first and the last byte asked for lie
in one block of 1 MiB.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

STEP: Final = 1024
BLOCK: Final = 1 << 20
FIRST: Final = 128 << 10
"""Bytes of a long read's first piece. The next ones double, so that the first bytes come soon."""
PART: Final = 512 << 10
"""Bytes of an uploaded part: the largest there is."""
SMALL_FILE: Final = 10 << 20
"""Files above this are uploaded by `upload.saveBigFilePart`, the others by `saveFilePart`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One request: `offset` and `limit` to ask for, and which bytes of the answer are wanted."""

    offset: int
    limit: int
    skip: int
    take: int

    @property
    def stop(self) -> int:
        """Where the wanted bytes end."""
        return self.offset + self.skip + self.take

    def expected(self, size: int) -> int:
        """Return how long the answer has to be, of a document of `size` bytes."""
        return min(self.limit, size - self.offset)


def pieces(start: int, stop: int, *, first: int = BLOCK) -> Iterator[Piece]:
    """Cut the range from `start` up to `stop` of one document into requests, in order.

    Args:
        start: first byte.
        stop: after the last byte; not past the document's end.
        first: bytes of the first request at most, a multiple of 1024; the next ones double up to
            1 MiB.
    """
    most = first
    while start < stop:
        offset = start - start % STEP
        border = offset - offset % BLOCK + BLOCK
        end = min(border, offset + most, -(-stop // STEP) * STEP)
        wanted = min(end, stop)
        yield Piece(offset, end - offset, start - offset, wanted - start)
        start, most = wanted, min(most * 2, BLOCK)


def pieces_of_object(sizes: Sequence[int], start: int, stop: int) -> Iterator[tuple[int, Piece]]:
    """Cut a range of an object that is split over documents into requests, in order.

    Yields the index of the document with each. A range of up to 1 MiB is asked for whole; a longer
    one begins with small pieces.

    Args:
        sizes: of the documents, in order; none is empty.
        start: first byte of the object.
        stop: after the last byte; not past the object's end.
    """
    ends = list(accumulate(sizes))
    first = BLOCK if stop - start <= BLOCK else FIRST
    for index in range(bisect_right(ends, start), len(sizes)):
        begin = ends[index] - sizes[index]
        if begin >= stop:
            return
        for piece in pieces(max(start - begin, 0), min(stop - begin, sizes[index]), first=first):
            yield index, piece
            first = min(max(first, piece.limit) * 2, BLOCK)


def parts_of(size: int) -> int:
    """Return how many parts a file of `size` bytes is uploaded in."""
    return -(-size // PART)


def volumes_of(size: int, most_parts: int) -> list[int]:
    """Return the sizes of the documents that hold `size` bytes, with `most_parts` parts each."""
    most = most_parts * PART
    whole, rest = divmod(size, most)
    return [most] * whole + [rest] * bool(rest)
