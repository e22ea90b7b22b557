"""A local HTTP server of several files, as a file host is one: with ranges and strong ETags."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
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
    """Bodies of files named in `held` wait for it after so many bytes, and a block at least."""
    held: set[str] = field(default_factory=set)
    held_after: int = 1
    seconds_a_block: float = 0.0
    starts: dict[str, list[int]] = field(default_factory=dict)
    """Where in each file the answers began."""
    at_work: int = 0
    """Answers that are being written."""

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
        self.starts.setdefault(name, []).append(start)
        self.at_work += 1
        try:
            for at in range(start, stop, BLOCK):
                if name in self.held and at - start >= self.held_after:
                    await self._held_up(writer)
                writer.write(content[at : min(at + BLOCK, stop)])
                await writer.drain()
                if self.seconds_a_block:
                    await asyncio.sleep(self.seconds_a_block)
        finally:
            self.at_work -= 1

    async def _held_up(self, writer: asyncio.StreamWriter) -> None:
        """Wait for the gate, or for the other side to hang up."""
        while not self.gate.is_set():
            if writer.is_closing() or writer._reader.at_eof():  # type: ignore[attr-defined] # no public door
                raise ConnectionError
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gate.wait(), 0.05)


@asynccontextmanager
async def hosting(files: Mapping[str, bytes]) -> AsyncIterator[Host]:
    """Serve until the block ends."""
    host = Host(dict(files))
    async with serving(host.answer) as served:
        host.served = served
        yield host
