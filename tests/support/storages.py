"""Storages to test with: local folders, an S3 service of their own, an rclone remote."""

import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.storage.ports import Reader


def local_storage(*roots: Path, managed: Path | None = None) -> LocalStorage:
    """Return the storage `local` over these library folders; close it."""

    async def folders() -> list[bytes]:
        return [os.fsencode(root) for root in roots]

    async def announce() -> None:
        """Take the managed folder for a library folder already."""

    return LocalStorage(KnownFolders(folders), managed or roots[0] / "store", announce)


async def blocks(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """Yield content as it comes off a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def failing(given: Iterable[bytes], error: Exception) -> AsyncIterator[bytes]:
    """Yield blocks, then fail."""
    for block in given:
        yield block
    raise error


async def read_all(reader: Reader, offset: int = 0) -> bytes:
    """Read an open object to its end and close it."""
    read = bytearray()
    try:
        while block := await reader.read(offset + len(read), 300_000):
            assert len(block) <= 300_000
            read += block
    finally:
        await reader.close()
    return bytes(read)
