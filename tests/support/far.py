"""A storage far away, in memory: counts what it sends, is as slow as it is told, and fails."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import Fetch, ObjectFacts, Reader
from shadow.storage.slices.cache import SliceCache

MIB = 1 << 20
CHUNK = 64 * 1024


def film(size: int, seed: int = 1) -> bytes:
    """Return bytes that are the same in every process."""
    return Random(seed).randbytes(size)


class FarStorage:
    """Objects by key; `hold` again changes one under its readers."""

    name = "far"

    def __init__(self, delay: float = 0.0, chunk: int = CHUNK) -> None:
        self.delay = delay
        self.chunk = chunk
        self.objects: dict[bytes, tuple[bytes, ObjectFacts]] = {}
        self.sent = 0
        self.asked: list[tuple[int, int]] = []
        self.looks = 0
        self.streams = 0
        self.gate: asyncio.Event | None = None
        """Nothing is sent until it is set."""
        self.failure: Exception | None = None
        self.short = 0
        """So many bytes are missing at the end of each answer."""
        self._mtime = 1

    def hold(self, key: bytes, content: bytes) -> None:
        self._mtime += 1
        self.objects[key] = content, ObjectFacts(len(content), self._mtime)

    async def stat(self, key: bytes) -> ObjectFacts:
        return self._get(key)[1]

    async def open(self, key: bytes) -> Reader:
        raise AssertionError("not through the cache")

    async def ranged(self, key: bytes) -> tuple[ObjectFacts, Fetch]:
        self.looks += 1
        await asyncio.sleep(self.delay)
        facts = self._get(key)[1]
        return facts, lambda start, stop: self._fetch(key, facts, start, stop)

    async def _fetch(
        self, key: bytes, facts: ObjectFacts, start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        self.asked.append((start, stop))
        self.streams += 1
        try:
            await asyncio.sleep(self.delay)
            for at in range(start, stop - self.short, self.chunk):
                if self.gate is not None:
                    await self.gate.wait()
                if self.failure is not None:
                    raise self.failure
                if self._get(key)[1] != facts:
                    raise ObjectChanged("The object was changed while it was being read.")
                block = self._get(key)[0][at : min(at + self.chunk, stop - self.short)]
                self.sent += len(block)
                yield block
                await asyncio.sleep(0)
        finally:
            self.streams -= 1

    def _get(self, key: bytes) -> tuple[bytes, ObjectFacts]:
        if key not in self.objects:
            raise ObjectMissing("There is no such object.")
        return self.objects[key]


@asynccontextmanager
async def cache_at(folder: Path, limit: int = 256 * MIB, **more: Any) -> Any:
    """Open a cache that may use all of the disk."""
    cache = SliceCache(folder, limit=limit, spare=0, **more)
    try:
        yield cache
    finally:
        await cache.close()


async def read_range(reader: Reader, start: int, stop: int, step: int = 128 * 1024) -> bytes:
    """Read a range as an HTTP answer does."""
    read = bytearray()
    while start + len(read) < stop:
        block = await reader.read(start + len(read), min(step, stop - start - len(read)))
        assert block, "the object ended before its size"
        read += block
    return bytes(read)


def slice_files(folder: Path) -> list[Path]:
    """Return the files of all slices."""
    return sorted(folder.glob("??/*-*-*"))


def bytes_on_disk(folder: Path) -> int:
    """Return what the slices take."""
    return sum(path.stat().st_blocks * 512 for path in slice_files(folder))
