"""A local server that speaks StreamTape's API; it really fetches what it is told to."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support.hosts.answers import as_json
from tests.support.hosts.forms import read_form
from tests.support.wire import Asked, Served, plain, serving

LOGIN, KEY = "a-login", "a key&of=odd letters"


@dataclass
class Order:
    """A file to be fetched: it is told as loading so many times before it is there."""

    url: str
    name: str
    folder: str
    looks_left: int
    extid: str = ""


@dataclass
class Streamtape:
    """Files by id as name and content, and what is being fetched."""

    served: Served = field(default_factory=lambda: Served(0))
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    looks: int = 2
    faults: deque[bytes] = field(default_factory=deque)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        """The base address of the API."""
        return self.served.url

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.faults.popleft() if self.faults else await self._answer(asked))

    async def _answer(self, asked: Asked) -> bytes:
        parts = urlsplit(asked.target)
        if asked.method == "POST" and parts.path == "/ul/here":
            return self._uploaded(asked)
        question = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (question.pop("login", ""), question.pop("key", "")) != (LOGIN, KEY):
            return _told(403, "Authentication failed", None)
        match parts.path:
            case "/remotedl/add":
                return self._add(question)
            case "/remotedl/status":
                return await self._status(question["id"])
            case "/remotedl/remove":
                self.orders.pop(question["id"], None)
                return _told(200, "OK", True)
            case "/file/ul":
                return _told(200, "OK", {"url": f"{self.url}/ul/here", "valid_until": "later"})
            case "/file/info":
                return self._info(question["file"])
            case "/file/delete":
                gone = self.files.pop(question["file"], None)
                return _told(200, "OK", True) if gone else _told(404, "File not found", None)
        return plain(404)

    def _add(self, question: dict[str, str]) -> bytes:
        order_id = f"order{next(self.numbers)}"
        self.orders[order_id] = Order(
            question["url"], question["name"], question.get("folder", ""), self.looks
        )
        return _told(200, "OK", {"id": order_id, "folderid": question.get("folder", "top")})

    async def _status(self, order_id: str) -> bytes:
        order = self.orders.get(order_id)
        if order is None:
            return _told(200, "OK", {})
        state, loaded = "downloading", 10
        if order.looks_left == 0 and not order.extid:
            async with httpx.AsyncClient() as client:
                answer = await client.get(order.url)
            if answer.status_code == 200:
                order.extid = f"file{next(self.numbers)}"
                self.files[order.extid] = order.name, answer.content
            else:
                state = "error"
        order.looks_left = max(0, order.looks_left - 1)
        url: str | bool = False
        if order.extid:
            state, url = "finished", f"https://streamtape.example/v/{order.extid}"
        told = {
            "id": order_id, "remoteurl": order.url, "status": state, "bytes_loaded": loaded,
            "bytes_total": "20", "folderid": "top", "added": "", "last_update": "",
            "extid": order.extid or False, "url": url,
        }  # fmt: skip
        return _told(200, "OK", {order_id: told})

    def _uploaded(self, asked: Asked) -> bytes:
        name, content = read_form(asked)["file1"]
        file_id = f"file{next(self.numbers)}"
        self.files[file_id] = name or "", content
        url = f"https://streamtape.example/v/{file_id}"
        return _told(200, "OK", {"id": file_id, "name": name, "size": len(content), "url": url})

    def _info(self, file_id: str) -> bytes:
        held = self.files.get(file_id)
        told = {"id": file_id, "status": 404}
        if held:
            told = {"id": file_id, "status": 200, "name": held[0], "size": len(held[1])}
        return _told(200, "OK", {file_id: told})


def _told(status: int, said: str, result: Any) -> bytes:
    return as_json({"status": status, "msg": said, "result": result})


@asynccontextmanager
async def streamtape() -> AsyncIterator[Streamtape]:
    """Serve until the block ends."""
    server = Streamtape()
    async with serving(server.answer) as served:
        server.served = served
        yield server
