"""Buffers to read into, used again as soon as nobody holds them."""

import sys
from collections import deque
from typing import Final

KEPT: Final = 8
LEAST: Final = 64 * 1024
"""Smaller blocks are made fresh: they cost little, and must not push the large ones out."""
_OURS_ALONE: Final = 2
"""References to a block that only the pool has: its own, and the one of the question itself."""


class BlockPool:
    """Hands out blocks for reading, the same hot one again where it can.

    A fresh block for each read must be zeroed by Python and paged in by the kernel, and a block a
    stream falls out of the processor's cache: together a third of the throughput. That a block is
    free is read off its reference count: whoever could still see its bytes (a transport, a view, a
    thread that reads into it) holds a reference.
    """

    def __init__(self) -> None:
        self._blocks: deque[bytearray] = deque(maxlen=KEPT)

    def take(self, size: int) -> bytearray:
        """Return a block of `size` bytes, of any content, that nobody else refers to."""
        if size < LEAST:
            return bytearray(size)
        for index in range(len(self._blocks)):
            if (
                sys.getrefcount(self._blocks[index]) <= _OURS_ALONE
                and len(self._blocks[index]) == size
            ):
                return self._blocks[index]
        block = bytearray(size)
        self._blocks.appendleft(block)
        return block
