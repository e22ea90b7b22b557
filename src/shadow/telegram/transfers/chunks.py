"""Content of any block size, cut into the parts that are uploaded."""

from collections.abc import AsyncIterator

from shadow.telegram.transfers.planning import PART


class Chunks:
    """Cuts content into parts of 512 KiB; only the last is shorter. Holds one of them at most."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        """Take the content; nothing is read yet. The caller closes it."""
        self._content = content
        self._held = bytearray()
        self._ended = False

    async def next(self) -> bytes:
        """Return the next part; nothing at the end."""
        await self._fill()
        part = bytes(memoryview(self._held)[:PART])
        del self._held[:PART]
        return part

    async def more(self) -> bool:
        """Tell whether another part follows; reads on for that."""
        await self._fill()
        return bool(self._held)

    async def _fill(self) -> None:
        while len(self._held) < PART and not self._ended:
            block = await anext(self._content, None)
            if block is None:
                self._ended = True
            else:
                self._held += block
