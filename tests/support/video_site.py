"""A local web site with videos: pages, files by range, playlists, and traps that a test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.hosts.answers import as_file
from tests.support.wire import Asked, Served, plain, serving

BLOCK = 32 << 10


@dataclass
class VideoSite:
    """What is served by path, and how slowly."""

    served: Served = field(default_factory=lambda: Served(0))
    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Content types by path, where they matter."""
    seconds_a_block: float = 0.0

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def asked(self) -> list[str]:
        """The paths asked for, in order."""
        return [one.target.partition("?")[0] for one in self.served.asked]

    def page(self, path: str, body: str, *, title: str = "A page", head: str = "") -> str:
        """Add a page and return its address."""
        self.pages[path] = (
            f"<!doctype html><html><head><title>{title}</title>{head}</head>"
            f"<body>{body}</body></html>"
        )
        return f"{self.url}{path}"

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        path = asked.target.partition("?")[0]
        if path in self.redirects:
            writer.write(plain(302, Location=self.redirects[path]))
        elif path in self.statuses:
            writer.write(plain(self.statuses[path], b"no"))
        elif path in self.pages:
            page = self.pages[path].encode()
            writer.write(plain(200, page, Content_Type="text/html; charset=utf-8"))
        elif path in self.files:
            await self._slowly(self._file(asked, path), writer)
        else:
            writer.write(plain(404, b"nothing here"))

    def _file(self, asked: Asked, path: str) -> bytes:
        kind = self.types.get(path, "video/mp4")
        return as_file(asked, self.files[path], Content_Type=kind)

    async def _slowly(self, answer: bytes, writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(answer), BLOCK):
            writer.write(answer[at : at + BLOCK])
            await writer.drain()
            if self.seconds_a_block:
                await asyncio.sleep(self.seconds_a_block)


@asynccontextmanager
async def video_site() -> AsyncIterator[VideoSite]:
    """Serve until the block ends."""
    site = VideoSite()
    async with serving(site.answer) as served:
        site.served = served
        yield site
