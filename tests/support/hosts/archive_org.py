"""A local server that speaks the Internet Archive's metadata API, with a test's items."""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.hosts.answers import as_file, as_json
from tests.support.wire import Asked, Served, plain, serving


@dataclass
class Item:
    """An item: its files, which of them the Archive made, and facts that override the usual."""

    files: dict[str, bytes] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)
    file_facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class ArchiveOrg:
    """The server's items by id, and what it was asked."""

    served: Served = field(default_factory=lambda: Served(0))
    items: dict[str, Item] = field(default_factory=dict)
    faults: deque[bytes] = field(default_factory=deque)
    """Whole answers given before anything else."""

    @property
    def url(self) -> str:
        """The base address."""
        return self.served.url

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.faults.popleft() if self.faults else self._answer(asked))

    def _answer(self, asked: Asked) -> bytes:
        path = unquote(urlsplit(asked.target).path)
        if found := re.fullmatch(r"/metadata/([^/]+)", path):
            return self._metadata(found[1])
        if found := re.fullmatch(r"/download/([^/]+)/(.+)", path):
            # The Archive sends everybody on to the machine that has the file.
            return plain(302, Location=f"{self.url}/1/items/{found[1]}/{_encoded(found[2])}")
        if found := re.fullmatch(r"/1/items/([^/]+)/(.+)", path):
            item = self.items.get(found[1])
            content = item.files.get(found[2]) if item else None
            return plain(404) if content is None else as_file(asked, content)
        return plain(404)

    def _metadata(self, item_id: str) -> bytes:
        item = self.items.get(item_id)
        if item is None:
            return as_json({})
        return as_json(
            {
                "created": 1_700_000_000,
                "d1": "ia800000.us.archive.org",
                "dir": f"/1/items/{item_id}",
                "files": [self._file(item, name) for name in item.files],
                "files_count": len(item.files),
                "metadata": {"identifier": item_id, "title": "An item", **item.metadata},
                **item.more,
            }
        )

    def _file(self, item: Item, name: str) -> dict[str, Any]:
        content = item.files[name]
        return {
            "name": name,
            "source": "derivative" if name in item.derived else "original",
            "size": str(len(content)),
            "md5": hashlib.md5(content).hexdigest(),
            "sha1": hashlib.sha1(content).hexdigest(),
            "format": "Matroska",
            **item.file_facts.get(name, {}),
        }


def _encoded(path: str) -> str:
    return path.replace("%", "%25").replace(" ", "%20").replace("#", "%23").replace("?", "%3F")


@asynccontextmanager
async def archive_org() -> AsyncIterator[ArchiveOrg]:
    """Serve until the block ends."""
    server = ArchiveOrg()
    async with serving(server.answer) as served:
        server.served = served
        yield server
