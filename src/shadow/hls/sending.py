"""Send a finished segment or playlist: whole or by range, at the client's pace."""

import asyncio
import gzip
import hashlib
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shadow.hls.cache import Kept
from shadow.kit.ranges import Plan, Representation, plan_response

BLOCK: Final = 24 * 1024
"""Bytes held for a client who does not read; the server's own buffers hold about as much."""
_READ_CACHED: Final[int | None] = getattr(os, "RWF_NOWAIT", None)  # Linux only
GZIP_FROM: Final = 1024
"""Bytes from which a playlist is worth compressing."""


@dataclass(frozen=True, slots=True)
class Text:
    """A playlist or subtitle, ready to be sent either way. `version` identifies its content."""

    plain: bytes
    packed: bytes
    version: str

    @staticmethod
    def of(content: bytes) -> "Text":
        """Compress a text once for everybody; takes milliseconds for long ones."""
        packed = gzip.compress(content, 6, mtime=0) if len(content) >= GZIP_FROM else b""
        return Text(content, packed, hashlib.sha256(content).hexdigest()[:32])


def open_kept(kept: Kept) -> FileIO | None:
    """Open a segment; None when it is gone, or not whole: then it is removed."""
    try:
        file = FileIO(kept.path, "rb")
    except FileNotFoundError:
        return None
    if os.fstat(file.fileno()).st_size == kept.size:
        return file
    file.close()
    kept.path.unlink(missing_ok=True)
    return None


class SegmentResponse(Response):
    """Answer a GET or HEAD with a segment (RFC 9110). It owns the file, and closes it."""

    def __init__(self, file: FileIO, size: int, *, etag: str, media_type: str, age: int) -> None:
        """Take an open file of `size` bytes, whose content `etag` names for `age` seconds."""
        self.status_code = 200
        self.background = None
        self.raw_headers = []
        self._file = file
        caching = ("cache-control", f"private, max-age={age}, immutable")
        self._facts = Representation(
            size=size, etag=f'"{etag}"', last_modified=0, media_type=media_type, headers=(caching,)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        with self._file as file, suppress(RuntimeError):  # the client hung up in mid-segment
            plan = self._plan(scope)
            self.status_code = plan.status
            headers = [(name.encode(), value.encode()) for name, value in plan.headers]
            await send({"type": "http.response.start", "status": plan.status, "headers": headers})
            for part in plan.parts:
                if part.prefix:
                    await _send(send, part.prefix)
                offset = part.start
                while offset < part.stop:
                    block = await _read(file, offset, min(BLOCK, part.stop - offset))
                    if not block:
                        return  # cut short by the disk: the server drops the connection
                    offset += len(block)
                    await _send(send, block)
            await send({"type": "http.response.body", "body": plan.tail, "more_body": False})

    def _plan(self, scope: Scope) -> Plan:
        asked = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        return plan_response(
            scope["method"],
            asked,
            self._facts,
            boundary=secrets.token_hex(16),
            now=int(time.time()),
        )


class TextResponse(Response):
    """Answer with a text, compressed for those who take it, or 304 for those who have it."""

    def __init__(self, text: Text, *, media_type: str, age: int, accepts: str, has: str) -> None:
        """Take the text and the request's Accept-Encoding and If-None-Match."""
        packed = bool(text.packed) and "gzip" in accepts.lower()
        etag = f'"{text.version}{"-gz" if packed else ""}"'
        headers = {
            "ETag": etag,
            "Cache-Control": f"private, max-age={age}",
            "Vary": "Accept-Encoding",
        }
        if etag in [one.strip().removeprefix("W/") for one in has.split(",")]:
            super().__init__(status_code=304, headers=headers)
            return
        if packed:
            headers["Content-Encoding"] = "gzip"
        super().__init__(text.packed if packed else text.plain, 200, headers, media_type)


async def _send(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _read(file: FileIO, offset: int, length: int) -> bytes:
    """Read from the page cache at once, and from a disk that has to move in a thread."""
    if _READ_CACHED is not None:
        buffer = bytearray(length)
        try:
            count = os.preadv(file.fileno(), [buffer], offset, _READ_CACHED)
        except OSError:  # not in memory, or a file system that cannot say so
            pass
        else:
            if count:
                return bytes(memoryview(buffer)[:count])
    return await asyncio.to_thread(os.pread, file.fileno(), length, offset)
