"""Gofile's API: https://api.gofile.io and its upload servers."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import quote

import httpx

from shadow.ingest.ports import MirrorCopy, Report, SourceRefused, SourceUnavailable
from shadow.kit.file_names import safe_file_name
from shadow.kit.loose_json import text
from shadow.kit.multipart import Form, file_form
from shadow.plugins.mirror_gofile.settings import GofileMirrorSettings
from shadow.runtime.http import AnswerRefused, OutgoingClient, Unreachable
from shadow.runtime.http_service import JsonAnswer, ask_json, read_json
from shadow.storage.ports import Reader
from shadow.storage.service import object_content

LONGEST_SECONDS: Final = 24 * 3600.0
WAITS: Final = httpx.Timeout(15, read=300, write=60)
"""Seconds; a service may look at a large file for a while before it answers."""
PAUSE_SECONDS: Final = 5
"""What Gofile's own clients wait when it says `error-rateLimit`."""
GONE: Final = "error-notFound"
MEANINGS: Final = {
    "error-token": "Gofile does not know the token of SHADOW_MIRROR_GOFILE__TOKEN.",
    "error-notPremium": "Gofile does that for paying accounts only.",
    "error-freespace": "The account on Gofile is full.",
}


class GofileMirror:
    """Keeps copies in an account on Gofile. They cannot be read back without a paid account."""

    name = "gofile"

    def __init__(self, client: OutgoingClient, settings: GofileMirrorSettings) -> None:
        """Take a client with the API's base address."""
        self._client = client
        self._upload_url = settings.upload_url
        self._folder = settings.folder
        self._headers = {"Authorization": f"Bearer {settings.token.get_secret_value().strip()}"}

    async def upload(self, reader: Reader, name: str, report: Report) -> MirrorCopy:
        """Upload a file; the MD5 that Gofile answers must be that of what was sent."""
        fields = {"folderId": self._folder} if self._folder else {}
        form = file_form("file", safe_file_name(name), fields)
        size, md5 = reader.facts.size, hashlib.md5(usedforsecurity=False)
        headers = {
            **self._headers,
            "Content-Type": form.content_type,
            "Content-Length": str(form.length(size)),
        }
        async with aclosing(_framed(form, object_content(reader, report), md5)) as content:
            try:
                answer = await self._client.post(
                    self._upload_url, content=content, headers=headers, timeout=WAITS,
                    follow_redirects=False,
                )  # fmt: skip
                told = _succeeded(read_json("Gofile", answer))
            except (AnswerRefused, Unreachable) as error:
                raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        copy_id = text(told.get("id"), 200)
        if not copy_id:
            raise SourceUnavailable("Gofile took the file and named no id.")
        if told.get("md5") not in (None, md5.hexdigest()):
            await self.remove(copy_id)
            raise SourceUnavailable("Gofile kept something else than what was sent.")
        return MirrorCopy(copy_id, text(told.get("downloadPage"), 500))

    async def exists(self, copy_id: str) -> bool:
        """Tell whether the file is still there."""
        answer = await self._ask(f"contents/{quote(copy_id, safe='')}")
        if answer.status == 404 or _status(answer) == GONE:
            return False
        _succeeded(answer)
        return True

    async def remove(self, copy_id: str) -> None:
        """Delete the file."""
        answer = await self._ask("contents", method="DELETE", body={"contentsId": copy_id})
        if _status(answer) != GONE:
            _succeeded(answer)

    async def _ask(self, path: str, *, method: str = "GET", body: Any = None) -> JsonAnswer:
        try:
            return await ask_json(
                self._client, "Gofile", path, method=method, headers=self._headers, body=body
            )
        except (AnswerRefused, Unreachable) as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error


async def _framed(
    form: Form, content: AsyncGenerator[bytes, None], md5: "hashlib._Hash"
) -> AsyncGenerator[bytes, None]:
    yield form.head
    async with aclosing(content):
        async for block in content:
            await asyncio.to_thread(md5.update, block)
            yield block
    yield form.tail


def _status(answer: JsonAnswer) -> str:
    told = answer.body if isinstance(answer.body, dict) else {}
    return str(told.get("status") or f"status {answer.status}")[:100]


def _succeeded(answer: JsonAnswer) -> Mapping[str, Any]:
    """Return the `data` of `{"status": "ok", "data": {…}}`."""
    status = _status(answer)
    if status == "error-rateLimit":
        raise SourceUnavailable("Gofile asks for a pause.", retry_after=PAUSE_SECONDS)
    if status != "ok":
        raise SourceRefused(MEANINGS.get(status, f"Gofile refuses ({status})."))
    found = answer.body.get("data")
    return found if isinstance(found, dict) else {}
