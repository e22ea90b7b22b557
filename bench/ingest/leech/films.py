"""Films to bring: playable, as large as wanted, of bytes that nothing can leave out."""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.support.media import film

BLOCK = 8 << 20
PAD = 16
"""Bytes of the head of a large box: its length twice over (ISO/IEC 14496-12, 4.2)."""


def big_film(path: Path, size: int) -> Path:
    """Write a short film with a box behind it that players pass by."""
    head = film().read_bytes()
    free = size - len(head)
    block = os.urandom(BLOCK)
    with path.open("wb") as file:
        file.write(head + (1).to_bytes(4, "big") + b"free" + free.to_bytes(8, "big"))
        for start in range(PAD, free, BLOCK):
            file.write(block[: free - start])
        file.flush()
        os.fsync(file.fileno())
    return path


def small_films(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of short films, each unlike the others."""
    head = film("one second.mp4", seconds=1).read_bytes()
    for number in range(count):
        yield f"Film{number}.{1900 + number % 120}.mp4", head + number.to_bytes(8, "big")
