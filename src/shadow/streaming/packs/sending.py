"""Send an archive that is made on the way: a block of a file at a time, at the client's pace."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shadow.catalog.service import open_file
from shadow.kit.content_disposition import content_disposition
from shadow.kit.errors import ShadowError
from shadow.kit.seven_zip_frames import seven_zip_frames, seven_zip_length
from shadow.kit.zip_frames import ZipFrames, zip_length
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectChanged
from shadow.streaming.packs.choosing import Pack, PackedBytes
from shadow.streaming.responder import body_part, until_gone

log = structlog.get_logger(__name__)
BLOCK: Final = 256 * 1024
"""Bytes read at a time; two blocks at most are held for a client who does not read."""
OPENED_AT_ONCE: Final = 8
Block = bytes | bytearray | memoryview


class PackResponse(Response):
    """Answer a GET or HEAD with a pack as `zip` or `7z`, of a length that is told ahead.

    All files are opened once before anything is sent: one that is not there, or not as long as it
    was, is an error and no half archive. What fails later on cuts the answer short.
    """

    def __init__(self, runtime: Runtime, pack: Pack, kind: str) -> None:
        """Take what is to be sent, and the kind of archive."""
        self.status_code = 200
        self.background = None
        self.raw_headers = []
        self._runtime = runtime
        self._pack = pack
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        await _open_all(self._runtime, self._pack.entries)
        headers = [(name.encode(), value.encode()) for name, value in self._described()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        watch = asyncio.create_task(until_gone(receive))
        try:
            await self._send_body(send, watch.done)
        except ShadowError as error:
            # Ending without the last message makes the server drop the connection.
            log.warning("streaming.pack_cut", reason=error.detail)
        finally:
            watch.cancel()

    async def _send_body(self, send: Send, gone: Callable[[], bool]) -> None:
        archive = zip_blocks if self._kind == "zip" else seven_zip_blocks
        async with aclosing(archive(self._runtime, self._pack.entries)) as blocks:
            async for block in blocks:
                await send(body_part(block))
                await send(body_part(b""))  # returns once the client has taken enough
                await asyncio.sleep(0)  # a client as fast as the disk must not starve the others
                if gone():
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _described(self) -> list[tuple[str, str]]:
        files = [one.file for one in self._pack.entries]
        length = zip_length(files) if self._kind == "zip" else seven_zip_length(files)
        shown = content_disposition(f"{self._pack.name}.{self._kind}", inline=False)
        kinds = {"zip": "application/zip", "7z": "application/x-7z-compressed"}
        return [
            ("content-type", kinds[self._kind]),
            ("content-length", str(length)),
            ("content-disposition", shown),
            ("cache-control", "private, no-store"),
            ("accept-ranges", "none"),
        ]


async def zip_blocks(
    runtime: Runtime, entries: Sequence[PackedBytes]
) -> AsyncGenerator[Block, None]:
    """Yield the blocks of a ZIP archive. Raises what opening and reading do."""
    frames = ZipFrames()
    for entry in entries:
        yield frames.before(entry.file)
        crc = 0
        async with aclosing(_content(runtime, entry)) as content:
            async for block in content:
                crc = zlib.crc32(block, crc)
                yield block
        yield frames.after(entry.file, crc)
    yield frames.end()


async def seven_zip_blocks(
    runtime: Runtime, entries: Sequence[PackedBytes]
) -> AsyncGenerator[Block, None]:
    """Yield the blocks of a 7z archive. Raises what opening and reading do."""
    head, tail = seven_zip_frames([entry.file for entry in entries])
    yield head
    for entry in entries:
        async with aclosing(_content(runtime, entry)) as content:
            async for block in content:
                yield block
    yield tail


async def _content(runtime: Runtime, entry: PackedBytes) -> AsyncGenerator[Block, None]:
    reader = await open_file(runtime, entry.bytes)
    size, offset = entry.file.size, 0
    try:
        if reader.facts.size != size:
            raise ObjectChanged("A file of the pack was replaced.")
        while offset < size:
            block = await reader.read(offset, min(BLOCK, size - offset))
            if not block:
                raise ObjectChanged("A file of the pack ended before its size.")
            offset += len(block)
            yield block
    finally:
        await reader.close()


async def _open_all(runtime: Runtime, entries: Sequence[PackedBytes]) -> None:
    """See that every file is there and as long as it was."""
    turns = asyncio.Semaphore(OPENED_AT_ONCE)

    async def look(entry: PackedBytes) -> None:
        async with turns:
            reader = await open_file(runtime, entry.bytes)
            await reader.close()
        if reader.facts.size != entry.file.size:
            raise ObjectChanged(
                "A file of this season was replaced since the last scan. Scan the library."
            )

    results = await asyncio.gather(*map(look, entries), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
