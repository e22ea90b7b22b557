"""Reading an object of a service that answers ranges: by exact range, then as a stream."""

from collections.abc import AsyncGenerator

from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import Fetch, ObjectFacts


class RangeReader:
    """A `Reader` over such a service.

    A first read asks for its own range alone. Only when the next one follows on is the rest asked
    for as one stream: a film is then one request and not thousands, and a look at the end of a
    file costs no more than it needs.
    """

    def __init__(self, facts: ObjectFacts, fetch: Fetch) -> None:
        """Take the facts of the object that was opened and how to ask for its bytes."""
        self._facts = facts
        self._fetch = fetch
        self._stream: AsyncGenerator[bytes, None] | None = None
        self._rest = memoryview(b"")
        self._at = -1
        """Where `_rest` begins, and after it the stream goes on."""
        self._until = -1
        """Where the stream ends."""

    @property
    def facts(self) -> ObjectFacts:
        """The facts of what was opened."""
        return self._facts

    async def read(self, offset: int, length: int) -> memoryview:
        """Return 1 to `length` bytes; see `Reader.read`."""
        stop = min(offset + length, self._facts.size)
        if offset >= stop:
            return memoryview(b"")
        if offset != self._at:
            await self._begin(offset, stop)
        elif not self._rest and offset >= self._until:
            await self._begin(offset, self._facts.size)
        if not self._rest:
            self._rest = memoryview(await self._next())
        block = self._rest[: stop - offset]
        self._rest = self._rest[len(block) :]
        self._at = offset + len(block)
        return block

    async def close(self) -> None:
        """Let go of the connection."""
        self._at = -1
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def _begin(self, offset: int, stop: int) -> None:
        await self.close()
        self._rest = memoryview(b"")
        self._stream = self._fetch(offset, stop)
        self._at, self._until = offset, stop

    async def _next(self) -> bytes:
        stream, at = self._stream, self._at
        assert stream is not None
        self._at = -1  # a read that fails or is cancelled leaves the stream at an unknown place
        async for block in stream:
            if block:
                self._at = at
                return block
        raise StorageUnavailable("The storage ended before the object did. Try again.")
