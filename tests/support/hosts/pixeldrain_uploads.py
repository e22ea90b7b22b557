"""The uploading half of PixelDrain's API, over the downloading one."""

import base64
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.hosts.answers import as_json
from tests.support.hosts.pixeldrain import MISSING, Pixeldrain
from tests.support.wire import Asked, serving

KEY = "a-key"
_SIGNED = "Basic " + base64.b64encode(f":{KEY}".encode()).decode()


@dataclass
class PixeldrainAccount(Pixeldrain):
    """An account that takes files."""

    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def _answer(self, asked: Asked) -> bytes:
        path = urlsplit(asked.target).path
        is_change = asked.method in {"PUT", "DELETE"} or path == "/api/user/files"
        if not is_change:
            return super()._answer(asked)
        if asked.headers.get("authorization") != _SIGNED:
            return _error(401, "authentication_required")
        if path == "/api/user/files":
            return as_json({"files": [self._described(one) for one in self.files]})
        found = re.fullmatch(r"/api/file/([^/]+)", path)
        if found is None:
            return as_json(MISSING, 404)
        if asked.method == "DELETE":
            gone = self.files.pop(found[1], None)
            return as_json({"success": True}) if gone else as_json(MISSING, 404)
        name = unquote(found[1])
        if len(name) > 255:
            return _error(422, "string_out_of_range")
        if not asked.body:
            return _error(422, "no_file")
        file_id = f"up{next(self.numbers):06}"
        self.keep(file_id, name, asked.body)
        told = {"success": True, "id": file_id, "name": name, "size": len(asked.body)}
        return as_json(told, 201)


def _error(status: int, value: str) -> bytes:
    return as_json({"success": False, "value": value, "message": f"Said of {value}."}, status)


@asynccontextmanager
async def pixeldrain_account() -> AsyncIterator[PixeldrainAccount]:
    """Serve until the block ends."""
    server = PixeldrainAccount()
    async with serving(server.answer) as served:
        server.served = served
        yield server
