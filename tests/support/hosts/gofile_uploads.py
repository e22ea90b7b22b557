"""The uploading half of Gofile's API, over the downloading one."""

import hashlib
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.hosts.answers import as_json
from tests.support.hosts.forms import read_form
from tests.support.hosts.gofile import PAYING, Gofile
from tests.support.wire import Asked, serving


@dataclass
class GofileAccount(Gofile):
    """An account that takes files; `kept` are name, content and folder by id."""

    kept: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)
    spoils: bool = False
    """Whether uploads arrive with a byte changed."""
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def upload_url(self) -> str:
        return f"{self.url}/uploadfile"

    def _answer(self, asked: Asked) -> bytes:
        path = urlsplit(asked.target).path
        if (asked.method, path) == ("POST", "/uploadfile"):
            return self._upload(asked) if self._is_owner(asked) else _error("error-token", 401)
        if (asked.method, path) == ("DELETE", "/contents"):
            return self._delete(json.loads(asked.body)["contentsId"].split(","))
        found = re.fullmatch(r"/contents/([^/]+)", path)
        if asked.method == "GET" and found and found[1].startswith("up-"):
            if not self._is_owner(asked):
                return _error("error-token", 401)
            held = self.kept.get(found[1])
            if held is None:
                return _error("error-notFound", 404)
            return _ok({"id": found[1], "type": "file", "name": held[0], "size": len(held[1])})
        return super()._answer(asked)

    def _is_owner(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {PAYING}"

    def _upload(self, asked: Asked) -> bytes:
        fields = read_form(asked)
        name, content = fields["file"]
        assert name is not None
        if self.spoils:
            content = content[:-1] + b"!"
        folder = fields["folderId"][1].decode() if "folderId" in fields else "new"
        file_id = f"up-{next(self.numbers)}"
        self.kept[file_id] = name, content, folder
        return _ok(
            {
                "id": file_id,
                "parentFolder": folder,
                "type": "file",
                "name": name,
                "size": len(content),
                "md5": hashlib.md5(content).hexdigest(),
                "downloadPage": "https://gofile.io/d/AbCdEf",
            }
        )

    def _delete(self, ids: list[str]) -> bytes:
        told = {
            one: {"status": "ok" if self.kept.pop(one, None) else "error-notFound"} for one in ids
        }
        return _ok(told)


def _ok(told: dict[str, Any]) -> bytes:
    return as_json({"status": "ok", "data": told})


def _error(status: str, code: int) -> bytes:
    return as_json({"status": status, "data": {}}, code)


@asynccontextmanager
async def gofile_account() -> AsyncIterator[GofileAccount]:
    """Serve until the block ends."""
    server = GofileAccount()
    async with serving(server.answer) as served:
        server.served = served
        yield server
