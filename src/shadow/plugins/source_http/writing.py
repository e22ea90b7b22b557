"""Write what comes behind the back of who receives it, and hash it on the way."""

import asyncio
import hashlib
from io import FileIO
from typing import Final

from shadow.runtime.files import write_all

BLOCK: Final = 1 << 20
"""Bytes written at a time, worth the hop to a thread. Two blocks are all the memory it takes."""


class WholeHash:
    """The SHA-256 of a file that is written from its beginning on, in however many goes."""

    def __init__(self) -> None:
        """Begin with an empty file."""
        self._hash = hashlib.sha256()
        self._size = 0

    def begin_at(self, offset: int) -> None:
        """Take up writing at an offset. Beginning anew is fine; other gaps spoil the hash."""
        if offset == 0:
            self._hash, self._size = hashlib.sha256(), 0
        elif offset != self._size:
            self._size = -1

    def add(self, block: memoryview) -> None:
        """Add what was written."""
        if self._size >= 0:
            self._hash.update(block)
            self._size += len(block)

    def digest(self, size: int) -> str | None:
        """Return the hash in lower-case hex; None unless all of so many bytes went through it."""
        return self._hash.hexdigest() if self._size == size else None


class BlockWriter:
    """Adds bytes to an open file: one block fills while the one before is written in a thread.

    Whatever happens, `finish` it: nothing may write any more when the file is closed.
    """

    def __init__(self, file: FileIO, hashing: WholeHash) -> None:
        """Write to the end of `file`, which is at its end, and to `hashing`."""
        self._file = file
        self._hashing = hashing
        self._filling, self._other = bytearray(BLOCK), bytearray(BLOCK)
        self._held = 0
        self._writing: asyncio.Future[None] | None = None

    async def add(self, chunk: bytes) -> None:
        """Add bytes. Raises `OSError`, also of bytes that were added before."""
        rest = memoryview(chunk)
        while rest:
            taken = rest[: BLOCK - self._held]
            self._filling[self._held : self._held + len(taken)] = taken
            self._held += len(taken)
            rest = rest[len(taken) :]
            if self._held == BLOCK:
                await self.write()

    async def write(self) -> None:
        """Begin to write what is held, once the block before is written. Raises `OSError`."""
        await self._settle()
        if self._held:
            block = memoryview(self._filling)[: self._held]
            self._writing = asyncio.ensure_future(asyncio.to_thread(self._write, block))
            self._filling, self._other, self._held = self._other, self._filling, 0

    async def finish(self) -> None:
        """Write all that is held and wait for it, cancelled or not. Raises `OSError`."""
        try:
            await self.write()
        finally:
            await self._settle()

    async def _settle(self) -> None:
        """Wait for the block that is being written: a thread cannot be stopped."""
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            await asyncio.shield(writing)
        except BaseException:
            await asyncio.wait({writing})
            if writing.exception() is not None:
                self._held = 0  # what follows on a gap must never be written
            raise

    def _write(self, block: memoryview) -> None:
        write_all(self._file.fileno(), block)
        self._hashing.add(block)
