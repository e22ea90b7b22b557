"""The index of a file: made once by one packet pass, stored, and void when the file changes."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Text, cast, exists, or_, select
from sqlalchemy.exc import IntegrityError

from shadow.catalog.models import File, Stream
from shadow.catalog.service import FileBytes, bytes_of, lies_here
from shadow.hls.errors import NotIndexed
from shadow.hls.lending import lend
from shadow.hls.models import MediaIndex
from shadow.hls.segments.facts import INDEX_VERSION, FileIndex
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.workers import WorkerCrashed, WorkerPool

log = structlog.get_logger(__name__)
INDEX_FILE: Final = "shadow.hls.segments.indexing:index_file"
INDEX_SECONDS: Final = 3600.0
"""All bytes of a file are read once: 60 GB on a slow disk take ten minutes."""
FAR_INDEX_SECONDS: Final = 300.0
"""Of a file far away only its container's own index and some samples are read."""
TRY_AGAIN: Final = timedelta(minutes=10)
"""A file that failed is tried again when a person asks for it after so long."""
PAGE: Final = 100


def signature_of(row: File) -> str:
    """Return a file's signature as `hls.models` and worker orders have it."""
    return f"{row.size}-{row.mtime_ns}-{row.head_tail}"


class Indexer:
    """Makes and keeps indexes; several who want one file's share the work."""

    def __init__(self, runtime: Runtime, pool: WorkerPool) -> None:
        self._runtime = runtime
        self._pool = pool
        self._making: dict[tuple[int, str], asyncio.Task[FileIndex]] = {}

    async def index(self, row: File) -> FileIndex:
        """Return a file's index: the stored one if it is of this content, else a new one.

        Raises:
            NotIndexed: its packets cannot be read; the message says why.
            ShadowError: of kind unavailable or missing: nothing is wrong with the file itself.
        """
        stored = await self._stored(row)
        if stored is not None:
            return stored
        key = (row.id, signature_of(row))
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._make(row))
            making.add_done_callback(lambda task: self._made(key, task))
        return await asyncio.shield(making)

    async def close(self) -> None:
        """Give up what is being read."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def without(self, after: int) -> list[File]:
        """Return the next files, by database id, that have pictures and no index that holds."""
        signature = cast(File.size, Text) + "-" + cast(File.mtime_ns, Text) + "-" + File.head_tail
        void: ColumnElement[bool] = or_(
            MediaIndex.file_id.is_(None),
            MediaIndex.signature != signature,
            MediaIndex.version != INDEX_VERSION,
        )
        pictures = exists().where(Stream.file_id == File.id, Stream.type == "video")
        query = (
            select(File)
            .outerjoin(MediaIndex, MediaIndex.file_id == File.id)
            .where(File.id > after, File.state == "present")
            .where(pictures, void)
            .order_by(File.id)
            .limit(PAGE)
        )
        async with self._runtime.database.session() as session:
            return list(await session.scalars(query))

    async def _stored(self, row: File) -> FileIndex | None:
        async with self._runtime.database.session() as session:
            found = await session.get(MediaIndex, row.id)
        if found is None or (found.signature, found.version) != (signature_of(row), INDEX_VERSION):
            return None
        if found.error is not None:
            if self._runtime.clock() - found.made_at > TRY_AGAIN:
                return None
            raise NotIndexed(found.error)
        try:
            return await asyncio.to_thread(FileIndex.from_bytes, found.content)
        except ValueError:
            log.warning("hls.index_spoiled", file_id=row.public_id)
            return None

    async def _make(self, row: File) -> FileIndex:
        try:
            content = await self._read_packets(bytes_of(row))
        except ShadowError as error:
            if error.kind is not Kind.invalid:
                raise
            log.info("hls.not_indexed", file_id=row.public_id, reason=error.detail)
            await self._store(row, b"", error.detail)
            raise NotIndexed(error.detail) from error
        index = await asyncio.to_thread(FileIndex.from_bytes, content)
        await self._store(row, content, None)
        return index

    def _made(self, key: tuple[int, str], task: asyncio.Task[FileIndex]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # whoever waits hears of it; nobody may be left

    async def _read_packets(self, file: FileBytes) -> bytes:
        seconds = INDEX_SECONDS if lies_here(file) else FAR_INDEX_SECONDS
        async with lend(self._runtime, file)() as path:
            try:
                content: bytes = await self._pool.call(INDEX_FILE, path, timeout=seconds)
            except WorkerCrashed:  # perhaps killed from outside
                content = await self._pool.call(INDEX_FILE, path, timeout=seconds)
            return content

    async def _store(self, row: File, content: bytes, error: str | None) -> None:
        fresh = {
            "version": INDEX_VERSION,
            "signature": signature_of(row),
            "content": content,
            "error": error,
            "made_at": self._runtime.clock(),
        }
        try:
            async with self._runtime.database.transaction() as session:
                held = await session.get(MediaIndex, row.id)
                if held is None:
                    session.add(MediaIndex(file_id=row.id, **fresh))
                else:
                    for name, value in fresh.items():
                        setattr(held, name, value)
        except IntegrityError:
            # Another process was quicker with the same, or the file left the catalogue.
            log.debug("hls.index_not_stored", file_id=row.public_id)
