"""A local HTTP server of several files, as a file host is one: with ranges and strong ETags."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.support.wire import Asked, Served, plain, serving

BLOCK = 64 << 10


@dataclass
class Host:
    """Files by path without the leading slash; `asked` counts requests of each."""

    files: dict[str, bytes]
    served: Served = field(default_factory=lambda: Served(0))
    asked: dict[str, int] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Bodies of files named in `held` wait for it after their first block."""
    held: set[str] = field(default_factory=set)
    seconds_a_block: float = 0.0

    def url(self, path: str) -> str:
        return f"{self.served.url}/{path}"

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        name = unquote(asked.target.partition("?")[0].lstrip("/"))
        content = self.files.get(name)
        if content is None:
            writer.write(plain(404, b"gone"))
            return
        self.asked[name] = self.asked.get(name, 0) + 1
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        start, stop, status = 0, len(content), "200 OK"
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        if wanted and asked.headers.get("if-range", etag) == etag:
            start = int(wanted[1])
            stop = min(int(wanted[2]) + 1, stop) if wanted[2] else stop
            status = "206 Partial Content"
        fields = [
            f"HTTP/1.1 {status}", "Content-Type: application/octet-stream", f"ETag: {etag}",
            "Accept-Ranges: bytes", f"Content-Length: {stop - start}",
        ]  # fmt: skip
        if status.startswith("206"):
            fields.append(f"Content-Range: bytes {start}-{stop - 1}/{len(content)}")
        writer.write("\r\n".join([*fields, "", ""]).encode())
        if asked.method == "HEAD":
            return
        for at in range(start, stop, BLOCK):
            if name in self.held and at > start:
                await self.gate.wait()
            writer.write(content[at : min(at + BLOCK, stop)])
            await writer.drain()
            if self.seconds_a_block:
                await asyncio.sleep(self.seconds_a_block)


@asynccontextmanager
async def hosting(files: Mapping[str, bytes]) -> AsyncIterator[Host]:
    """Serve until the block ends."""
    host = Host(dict(files))
    async with serving(host.answer) as served:
        host.served = served
        yield host
