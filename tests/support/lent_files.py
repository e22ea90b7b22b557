"""Files lent as if they lay far away: what is read of them is counted, and reading can fail."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shadow.kit.errors import ShadowError
from shadow.runtime.range_server import RangeServer


@dataclass
class FarFile:
    """A file behind a `Readable`. `fails_at`: reading from that offset on raises `error`."""

    content: bytes
    read_bytes: int = 0
    opened: int = 0
    open_now: int = 0
    fails_at: int | None = None
    error: ShadowError | None = None
    gate: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> "Reading":
        self.opened += 1
        self.open_now += 1
        return Reading(self)


class Reading:
    def __init__(self, file: FarFile) -> None:
        self._file = file
        self._closed = False

    async def read(self, offset: int, length: int) -> bytes:
        file = self._file
        assert not self._closed
        if file.gate is not None:
            file.waiting.set()
            await file.gate.wait()
        if file.error is not None and (file.fails_at is None or offset + length > file.fails_at):
            raise file.error
        block = file.content[offset : offset + length]
        file.read_bytes += len(block)
        return block

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._file.open_now -= 1


@asynccontextmanager
async def lending() -> AsyncIterator[RangeServer]:
    """A range server, closed at the end."""
    server = RangeServer()
    try:
        yield server
    finally:
        await server.close()


def far(path: Path) -> FarFile:
    return FarFile(path.read_bytes())


def named(path: Path) -> bytes:
    return os.fsencode(path)
