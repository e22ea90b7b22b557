"""A local server that speaks PixelDrain's API, with the files a test gives it."""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.hosts.answers import as_file, as_json
from tests.support.wire import Asked, Served, plain, serving

MISSING = {"success": False, "value": "not_found", "message": "The entity could not be found"}


@dataclass
class Kept:
    """A file that is kept there; `more` overrides what its description says."""

    name: str
    content: bytes
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Pixeldrain:
    """The server's files and lists by id, and what it was asked."""

    served: Served = field(default_factory=lambda: Served(0))
    files: dict[str, Kept] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    faults: deque[bytes] = field(default_factory=deque)
    """Whole answers given before anything else."""

    @property
    def url(self) -> str:
        """The base address of the API."""
        return f"{self.served.url}/api"

    def keep(self, file_id: str, name: str, content: bytes, **more: Any) -> None:
        """Add a file."""
        self.files[file_id] = Kept(name, content, more)

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.faults.popleft() if self.faults else self._answer(asked))

    def _answer(self, asked: Asked) -> bytes:
        path = urlsplit(asked.target).path
        if found := re.fullmatch(r"/api/list/([^/]+)", path):
            return self._list(found[1])
        found = re.fullmatch(r"/api/file/([^/]+)(/info)?", path)
        kept = self.files.get(found[1]) if found else None
        if found is None or kept is None:
            return as_json(MISSING, 404)
        if asked.method not in {"GET", "HEAD"}:
            return plain(405)
        if found[2]:
            return as_json({"success": True, **self._described(found[1])})
        shown = f'attachment; filename="{kept.name}"'
        return as_file(asked, kept.content, Content_Disposition=shown)

    def _list(self, list_id: str) -> bytes:
        if list_id not in self.lists:
            return as_json(MISSING, 404)
        files = [self._described(one) for one in self.lists[list_id]]
        told = {"success": True, "id": list_id, "title": "A list", "file_count": len(files)}
        return as_json({**told, "files": files})

    def _described(self, file_id: str) -> dict[str, Any]:
        kept = self.files[file_id]
        return {
            "id": file_id,
            "name": kept.name,
            "size": len(kept.content),
            "views": 3,
            "bandwidth_used": 0,
            "mime_type": "video/x-matroska",
            "date_upload": "2026-01-02T03:04:05.678Z",
            "hash_sha256": hashlib.sha256(kept.content).hexdigest(),
            "availability": "",
            "availability_message": "",
            **kept.more,
        }


@asynccontextmanager
async def pixeldrain() -> AsyncIterator[Pixeldrain]:
    """Serve until the block ends."""
    server = Pixeldrain()
    async with serving(server.answer) as served:
        server.served = served
        yield server
