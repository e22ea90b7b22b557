"""A worker that copies files: arguments DATA_DIR, database URL, SOURCE file, FAR folder, BLOCKS.

It says "reached" and stands still once so many blocks are on their way, to be killed there; with 0
it goes on to the end.
"""

import asyncio
import sys
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import Settings
from shadow.storage.ports import ObjectFacts, Reader, StoredObject
from tests.support.copied_files import plug
from tests.support.storages import local_storage

FIRST_FACTS_NS = 1_700_000_000_000_000_000
"""What a storage in memory says of its first object: the same in every process."""


def settings_of(data_dir: Path, url: str) -> Settings:
    return read_settings({"data_dir": data_dir, "database_url": url, "hls": {"previews": "off"}})


class Source:
    """The main storage: one file, whatever the key."""

    name = "main"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = local_storage(path.parent)

    async def stat(self, key: bytes) -> ObjectFacts:
        return ObjectFacts(self._path.stat().st_size, FIRST_FACTS_NS)

    async def open(self, key: bytes) -> "SourceReader":
        return SourceReader(await self._local.open(bytes(self._path)), await self.stat(key))


class SourceReader:
    def __init__(self, inner: Reader, facts: ObjectFacts) -> None:
        self._inner = inner
        self.facts = facts

    async def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        return await self._inner.read(offset, length)

    async def close(self) -> None:
        await self._inner.close()


class Far:
    """The second storage: a folder, which takes so many blocks and no more."""

    name = "far"

    def __init__(self, folder: Path, blocks: int) -> None:
        self._inner: LocalStorage = local_storage(folder, managed=folder)
        self._blocks = blocks
        self.stat, self.open = self._inner.stat, self._inner.open
        self.find, self.delete = self._inner.find, self._inner.delete

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        return await self._inner.put(name, self._slowed(content), size=size)

    async def _slowed(self, content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        left = self._blocks
        async for block in content:
            yield block
            left -= 1
            if left == 0:
                sys.stdout.write("reached\n")
                sys.stdout.flush()
                await asyncio.Event().wait()


async def main(data_dir: str, url: str, source: str, far: str, blocks: str) -> None:
    Path(far).mkdir(exist_ok=True)
    async with open_runtime(settings_of(Path(data_dir), url)) as runtime:
        plug(runtime, "storage", Source(Path(source)))
        plug(runtime, "storage", Far(Path(far), int(blocks)))
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(*sys.argv[1:]))
