"""A local server that speaks Gofile's API, with the folders a test gives it."""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.hosts.answers import as_file, as_json
from tests.support.wire import Asked, Served, plain, serving

GUEST, PAYING = "guest-token", "paying-token"


@dataclass
class Folder:
    """A folder: its files by name, its folders by code, and the password it wants."""

    files: dict[str, bytes] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    password: str = ""


@dataclass
class Gofile:
    """The server's folders by code, and what it was asked."""

    served: Served = field(default_factory=lambda: Served(0))
    folders: dict[str, Folder] = field(default_factory=dict)
    guests_may_list: bool = True
    links: str = ""
    """Where the files' links lead; this server when empty."""
    faults: deque[bytes] = field(default_factory=deque)
    """Whole answers given before anything else."""

    @property
    def url(self) -> str:
        """The base address of the API."""
        return self.served.url

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.faults.popleft() if self.faults else self._answer(asked))

    def _answer(self, asked: Asked) -> bytes:
        parts = urlsplit(asked.target)
        if (asked.method, parts.path) == ("POST", "/accounts"):
            return _ok({"id": "a1", "token": GUEST, "tier": "guest"})
        if found := re.fullmatch(r"/contents/([^/]+)", parts.path):
            return self._contents(asked, found[1], parse_qs(parts.query))
        if found := re.fullmatch(r"/download/([^/]+)/(.+)", parts.path):
            return self._download(asked, found[1], found[2])
        return plain(404)

    def _contents(self, asked: Asked, code: str, query: dict[str, list[str]]) -> bytes:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in {GUEST, PAYING}:
            return _error("error-token", 401)
        if token == GUEST and not self.guests_may_list:
            return _error("error-notPremium", 401)
        folder = self.folders.get(code)
        if folder is None:
            return _error("error-notFound", 404)
        if folder.password:
            given = query.get("password", [""])[0]
            if given != hashlib.sha256(folder.password.encode()).hexdigest():
                wrong = "passwordWrong" if given else "passwordRequired"
                return _ok({"id": code, "type": "folder", "passwordStatus": wrong})
        children: dict[str, Any] = {
            f"f-{name}": self._file(code, name, content) for name, content in folder.files.items()
        }
        children |= {one: {"id": one, "type": "folder", "name": one} for one in folder.folders}
        return _ok({"id": code, "type": "folder", "name": "A folder", "children": children})

    def _file(self, code: str, name: str, content: bytes) -> dict[str, Any]:
        return {
            "id": f"f-{name}",
            "type": "file",
            "name": name,
            "size": len(content),
            "md5": hashlib.md5(content).hexdigest(),
            "mimetype": "video/x-matroska",
            "link": f"{self.links or self.url}/download/{code}/{name}",
        }

    def _download(self, asked: Asked, code: str, name: str) -> bytes:
        """Hand a file out to those whose cookie names an account; to others the page."""
        folder = self.folders.get(code)
        content = folder.files.get(name) if folder else None
        if content is None:
            return plain(404)
        if "accountToken=" not in asked.headers.get("cookie", ""):
            return plain(200, b"<!doctype html><html>Sign in</html>", Content_Type="text/html")
        return as_file(asked, content)


def _ok(told: dict[str, Any]) -> bytes:
    return as_json({"status": "ok", "data": told})


def _error(status: str, code: int) -> bytes:
    return as_json({"status": status, "data": {}}, code)


@asynccontextmanager
async def gofile() -> AsyncIterator[Gofile]:
    """Serve until the block ends."""
    server = Gofile()
    async with serving(server.answer) as served:
        server.served = served
        yield server
