"""A local HTTP server that serves one file, with the faults that a test asks for."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.wire import Asked, Served, plain, serving

BLOCK = 64 << 10


@dataclass
class FaultyServer:
    """What is served at every path that is not named in `redirects` or `statuses`."""

    content: bytes = b""
    served: Served = field(default_factory=lambda: Served(0))
    ranges: bool = True
    etag: str = '"one"'
    content_type: str = "application/octet-stream"
    disposition: str = ""
    breaks_after: int | None = None
    """Bytes of a body after which the connection is cut."""
    breaks_off: int = 1_000_000
    """How many answers are cut."""
    stalls_after: int | None = None
    announced: int | None = None
    """A Content-Length that is not the content's."""
    endless: bool = False
    seconds_a_block: float = 0.0
    redirects: dict[str, str] = field(default_factory=dict)
    redirect_status: int = 302
    statuses: dict[str, int] = field(default_factory=dict)
    sent: int = 0

    @property
    def url(self) -> str:
        return self.served.url

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = asked.target.partition("?")[0]
        if path in self.redirects:
            writer.write(plain(self.redirect_status, Location=self.redirects[path]))
        elif path in self.statuses:
            writer.write(plain(self.statuses[path], b"no"))
        else:
            await self._send(asked, writer)

    async def _send(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        start, stop, status = self._range(asked)
        body = self.content[start:stop]
        length = len(body) if self.announced is None else self.announced - start
        fields = [f"HTTP/1.1 {status} Fine", f"Content-Type: {self.content_type}"]
        fields += [f"ETag: {self.etag}"] if self.etag else []
        fields += [f"Content-Disposition: {self.disposition}"] if self.disposition else []
        fields += ["Accept-Ranges: bytes"] if self.ranges else []
        if status == 206:
            fields.append(f"Content-Range: bytes {start}-{stop - 1}/{len(self.content)}")
        fields.append("Connection: close" if self.endless else f"Content-Length: {length}")
        writer.write("\r\n".join([*fields, "", ""]).encode())
        if asked.method != "HEAD":
            await self._body(body, writer)
        if self.endless or length > len(body):
            writer.close()

    def _range(self, asked: Asked) -> tuple[int, int, int]:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        fits = asked.headers.get("if-range", self.etag) == self.etag
        if not (self.ranges and wanted and fits):
            return 0, len(self.content), 200
        stop = int(wanted[2]) + 1 if wanted[2] else len(self.content)
        return int(wanted[1]), min(stop, len(self.content)), 206

    async def _body(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        at = 0
        while at < len(body) or self.endless:
            block = body[at : at + BLOCK] if at < len(body) else bytes(BLOCK)
            if self.breaks_after is not None and self.breaks_off > 0 and at >= self.breaks_after:
                self.breaks_off -= 1
                writer.transport.abort()
                raise ConnectionResetError
            if self.stalls_after is not None and at >= self.stalls_after:
                await asyncio.Event().wait()
            writer.write(block)
            await writer.drain()
            at += len(block)
            self.sent += len(block)
            if self.seconds_a_block:
                await asyncio.sleep(self.seconds_a_block)


@asynccontextmanager
async def faulty_server(content: bytes, **faults: object) -> AsyncIterator[FaultyServer]:
    """Serve until the block ends."""
    server = FaultyServer(content, **faults)  # type: ignore[arg-type]  # a test's own faults
    async with serving(server.answer) as served:
        server.served = served
        yield server
