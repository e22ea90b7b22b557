"""A reader that lets the end of a file through only if all of it was what it must be."""

import asyncio
import hashlib

from shadow.storage.errors import ObjectChanged
from shadow.storage.ports import ObjectFacts, Reader


class ProvingReader:
    """Hash what is read in order; the last bytes are refused when the hash is another one.

    A reader that jumps about proves nothing and is let through: mirrors read in order.
    """

    def __init__(self, inner: Reader, sha256: str) -> None:
        self._inner = inner
        self._sha256 = sha256
        self._hashing = hashlib.sha256()
        self._at = 0

    @property
    def facts(self) -> ObjectFacts:
        """The facts of what was opened."""
        return self._inner.facts

    async def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        """Return 1 to `length` bytes; see `Reader.read`. Raises `ObjectChanged` at the end."""
        block = await self._inner.read(offset, length)
        if offset == 0:
            self._hashing, self._at = hashlib.sha256(), 0
        if offset == self._at:
            await asyncio.to_thread(self._hashing.update, block)
            self._at += len(block)
            if self._at == self.facts.size and self._hashing.hexdigest() != self._sha256:
                raise ObjectChanged("The file is not what it was: its SHA-256 differs.")
        return block

    async def close(self) -> None:
        """Let go of the object."""
        await self._inner.close()
