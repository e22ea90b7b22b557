"""PixelDrain's API for files: https://pixeldrain.com/api."""

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx

from shadow.ingest.ports import MirrorCopy, Report, SourceRefused, SourceUnavailable
from shadow.kit.file_names import safe_file_name
from shadow.kit.loose_json import objects, text
from shadow.runtime.http import AnswerRefused, OutgoingClient, Unreachable
from shadow.runtime.http_service import JsonAnswer, ask_json, read_json
from shadow.storage.errors import ObjectChanged, ObjectMissing, StorageUnavailable
from shadow.storage.ports import ObjectFacts, Reader
from shadow.storage.service import RangeReader, object_content

LONGEST_SECONDS: Final = 24 * 3600.0
LARGEST: Final = 1 << 50
WAITS: Final = httpx.Timeout(15, read=300, write=60)
"""Seconds; a service may look at a large file for a while before it answers."""
MOST_ID: Final = 200
MOST_FILES: Final = 100_000
PASSING: Final = frozenset({"rate_limited", "internal", "writing", "server_overload"})


class PixeldrainMirror:
    """Keeps copies in an account on PixelDrain."""

    name = "pixeldrain"

    def __init__(self, api: OutgoingClient, files: OutgoingClient, *, key: str, url: str) -> None:
        """Take a client for small answers and one for files, the account's key, and the API."""
        self._api = api
        self._files = files
        signed = base64.b64encode(f":{key}".encode()).decode()
        self._headers = {"Authorization": f"Basic {signed}"}
        self._shown = url.rstrip("/").removesuffix("/api")

    async def upload(self, reader: Reader, name: str, report: Report) -> MirrorCopy:
        """Upload a file under its name."""
        size = reader.facts.size
        path = f"file/{quote(safe_file_name(name), safe='')}"
        async with aclosing(object_content(reader, report)) as content:
            answer = await _asked(
                partial(
                    self._api.put, path, content=content, timeout=WAITS, follow_redirects=False,
                    headers={**self._headers, "Content-Length": str(size)},
                )
            )  # fmt: skip
        told = _succeeded(answer)
        copy_id = text(told.get("id"), MOST_ID)
        if not copy_id:
            raise SourceUnavailable("PixelDrain took the file and named no id.")
        if isinstance(held := told.get("size"), int) and held != size:
            raise SourceUnavailable(f"PixelDrain kept {held} bytes of {size}.")
        return self._copy(copy_id)

    async def find(self, name: str, *, size: int, sha256: str) -> MirrorCopy | None:
        """Return an upload of the account with that name, size and hash."""
        try:
            told = _succeeded(await self._ask("user/files"))
        except (SourceRefused, SourceUnavailable):  # the list is too long, say: nothing is known
            return None
        wanted = (safe_file_name(name), size, sha256)
        for one in objects(told.get("files"), MOST_FILES):
            held = (one.get("name"), one.get("size"), one.get("hash_sha256"))
            if held == wanted and (copy_id := text(one.get("id"), MOST_ID)):
                return self._copy(copy_id)
        return None

    async def exists(self, copy_id: str) -> bool:
        """Tell whether the file is still there."""
        answer = await self._ask(f"file/{quote(copy_id, safe='')}/info")
        if answer.status == 404:
            return False
        _succeeded(answer)
        return True

    async def remove(self, copy_id: str) -> None:
        """Delete the file."""
        answer = await self._ask(f"file/{quote(copy_id, safe='')}", method="DELETE")
        if answer.status != 404:
            _succeeded(answer)

    async def open(self, copy_id: str) -> RangeReader:
        """Open the file for reading by range."""
        try:
            answer = await self._ask(f"file/{quote(copy_id, safe='')}/info")
            if answer.status == 404:
                raise ObjectMissing("PixelDrain does not have this copy any more.")
            size = _succeeded(answer).get("size")
        except (SourceRefused, SourceUnavailable) as error:
            raise StorageUnavailable(error.detail) from error
        if not isinstance(size, int) or size < 0:
            raise StorageUnavailable("PixelDrain does not say how large the copy is.")
        return RangeReader(ObjectFacts(size, 0), partial(self._fetch, copy_id, size))

    async def _fetch(
        self, copy_id: str, size: int, start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        wanted = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        request = self._files.build_request(
            "GET", f"file/{quote(copy_id, safe='')}", headers={**self._headers, **wanted}
        )
        try:
            answer = await self._files.send(request, stream=True)
            try:
                _check_range(answer, start, stop, size)
                async for block in answer.aiter_raw():
                    yield block
            finally:
                await answer.aclose()
        except (AnswerRefused, Unreachable) as error:
            raise StorageUnavailable(error.detail) from error

    def _copy(self, copy_id: str) -> MirrorCopy:
        return MirrorCopy(copy_id, f"{self._shown}/u/{quote(copy_id, safe='')}")

    async def _ask(self, path: str, *, method: str = "GET") -> JsonAnswer:
        try:
            return await ask_json(
                self._api, "PixelDrain", path, method=method, headers=self._headers
            )
        except (AnswerRefused, Unreachable) as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error


async def _asked(ask: Any) -> JsonAnswer:
    try:
        return read_json("PixelDrain", await ask())
    except (AnswerRefused, Unreachable) as error:
        raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error


def _succeeded(answer: JsonAnswer) -> Mapping[str, Any]:
    """Return a successful answer. Errors are `{"success": false, "value", "message"}`."""
    told = answer.body if isinstance(answer.body, dict) else {}
    if 200 <= answer.status < 300 and told.get("success") is not False:
        return told
    value = str(told.get("value") or f"status {answer.status}")[:80]
    if value in PASSING:
        raise SourceUnavailable(f"PixelDrain cannot do that now ({value}).")
    if answer.status == 401:
        raise SourceRefused("PixelDrain refuses the key. Check SHADOW_MIRROR_PIXELDRAIN__KEY.")
    raise SourceRefused(f"PixelDrain refuses: {str(told.get('message') or value)[:200]}")


def _check_range(answer: httpx.Response, start: int, stop: int, size: int) -> None:
    if answer.status_code == 404:
        raise ObjectChanged("The copy was deleted while it was being read.")
    whole = answer.status_code == 200 and (start, stop) == (0, size)
    shown = f"bytes {start}-{stop - 1}/{size}"
    if not whole and (answer.status_code, answer.headers.get("content-range")) != (206, shown):
        raise StorageUnavailable(f"PixelDrain answers with status {answer.status_code}.")
