"""Files with copies, put straight into a catalogue: storages and mirrors in memory."""

import hashlib
from collections.abc import AsyncIterable
from typing import Any

from sqlalchemy import select

from shadow.catalog.models import File
from shadow.catalog.service import Copied, record_copy
from shadow.ingest.ports import MirrorCopy, Report
from shadow.kit.clock import utc_now
from shadow.runtime.context import Runtime
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import ObjectFacts, Reader, StoredObject
from tests.support.memory_storage import MemoryReader, MemoryStorage


class Broken:
    """What a place does wrong; changed in the middle of a test."""

    def __init__(self) -> None:
        self.from_offset: int | None = None
        self.largest_block = 0
        self.blocks = 0
        self.opened = 0


class FragileStorage(MemoryStorage):
    """A storage that fails where it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.broken = Broken()

    async def open(self, key: bytes) -> "FragileReader":
        self.broken.opened += 1
        if self.broken.from_offset == -1:
            raise StorageUnavailable("The disk is away.")
        return FragileReader(await super().open(key), self.broken)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        return await super().put(name, _counted(content, self.broken), size=size)


class FragileReader:
    def __init__(self, inner: MemoryReader, broken: Broken) -> None:
        self._inner = inner
        self._broken = broken

    @property
    def facts(self) -> ObjectFacts:
        return self._inner.facts

    async def read(self, offset: int, length: int) -> bytes:
        failing = self._broken.from_offset
        if failing is not None and offset + length > failing:
            if offset >= failing:
                raise StorageUnavailable("The disk is away.")
            length = failing - offset
        return await self._inner.read(offset, length)

    async def close(self) -> None:
        await self._inner.close()


async def _counted(content: AsyncIterable[bytes], broken: Broken) -> AsyncIterable[bytes]:
    async for block in content:
        broken.blocks += 1
        broken.largest_block = max(broken.largest_block, len(block))
        yield block


class MemoryMirror:
    """A host that copies can be read back from; `uploads` are the names that came whole."""

    def __init__(self, name: str = "host") -> None:
        self.name = name
        self.held = FragileStorage(name)
        self.uploads: list[str] = []

    async def upload(self, reader: Reader, name: str, report: Report) -> MirrorCopy:
        content = bytearray()
        while block := await reader.read(len(content), 300_000):
            content += block
            report(bytes_done=len(content), bytes_total=reader.facts.size)
        self.uploads.append(name)
        copy_id = f"copy{len(self.uploads)}"
        self.held.hold(copy_id.encode(), bytes(content))
        return MirrorCopy(copy_id, f"https://host.example/{copy_id}")

    async def exists(self, copy_id: str) -> bool:
        return copy_id.encode() in self.held.objects

    async def remove(self, copy_id: str) -> None:
        self.held.objects.pop(copy_id.encode(), None)

    async def open(self, copy_id: str) -> FragileReader:
        return await self.held.open(copy_id.encode())


def plug(runtime: Runtime, port: str, built: Any) -> None:
    """Let a runtime have one more plugin."""
    runtime.plugins._ready.setdefault(port, {})[built.name] = built


async def catalogued(
    runtime: Runtime, storage: MemoryStorage, key: bytes, public_id: str, **columns: Any
) -> int:
    """Record an object of a storage as a file of the library; return its database id."""
    content, facts = storage.objects[key]
    now = utc_now()
    values: dict[str, Any] = {
        "sha256": hashlib.sha256(content).hexdigest(), "container": "matroska", **columns,
    }  # fmt: skip
    async with runtime.database.transaction() as session:
        session.add(
            File(
                public_id=public_id, storage=storage.name,
                folder=key.rpartition(b"/")[0], folder_key=b"",
                path=key, path_key=public_id.encode(), shown_path=key.decode(),
                sort_path=key.decode(), size=facts.size, mtime_ns=facts.mtime_ns,
                head_tail=head_tail_of(content), added_at=now, updated_at=now, **values,
            )
        )  # fmt: skip
        await session.flush()
        file_id = await session.scalar(select(File.id).where(File.public_id == public_id))
    assert file_id is not None
    return file_id


async def copied(
    runtime: Runtime, file_id: int, place: str, key: bytes, content: bytes, kind: str = "storage"
) -> None:
    """Record a copy that is good as far as anybody knows."""
    made = Copied(kind, place, key, len(content), hashlib.sha256(content).hexdigest())
    async with runtime.database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made)


def head_tail_of(content: bytes) -> str:
    """Return what a scan calls the two ends of a file."""
    size, end = len(content), 64 * 1024
    ends = content if size <= 2 * end else content[:end] + content[-end:]
    whole = hashlib.sha1(b"%d:" % size + ends, usedforsecurity=False)
    return whole.hexdigest()[:32]
