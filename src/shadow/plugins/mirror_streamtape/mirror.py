"""StreamTape's API: https://api.streamtape.com, everything by GET with login and key.

Answers are `{"status", "msg", "result"}`; the status within is what counts. The credentials are in
the query, which is why no address of this API is ever written to a log.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from shadow.ingest.ports import MirrorCopy, Report, SourceRefused, SourceUnavailable
from shadow.kit.file_names import safe_file_name
from shadow.kit.loose_json import text
from shadow.kit.multipart import Form, file_form
from shadow.plugins.mirror_streamtape.settings import StreamtapeSettings
from shadow.runtime.http import AnswerRefused, OutgoingClient, Unreachable
from shadow.runtime.http_service import JsonAnswer, ask_json, read_json
from shadow.storage.ports import Reader
from shadow.storage.service import object_content

LONGEST_SECONDS: Final = 24 * 3600.0
WAITS: Final = httpx.Timeout(15, read=300, write=60)
"""Seconds; a service may look at a large file for a while before it answers."""
BUSY: Final = 509
BUSY_SECONDS: Final = 60
MEANINGS: Final = {
    403: "StreamTape refuses the login. Check SHADOW_MIRROR_STREAMTAPE__LOGIN and …__KEY.",
    404: "StreamTape has no such file.",
    451: "StreamTape does not keep this file, for legal reasons.",
}


class StreamtapeMirror:
    """Keeps copies in an account on StreamTape. They cannot be read back from here."""

    name = "streamtape"

    def __init__(self, client: OutgoingClient, settings: StreamtapeSettings) -> None:
        """Take a client with the API's base address."""
        self._client = client
        self._settings = settings

    async def upload_from(self, url: str, name: str, report: Report) -> MirrorCopy:
        """Have StreamTape fetch `url`, and wait until it has. Cancelled, the order is taken back.

        Raises:
            SourceUnavailable: nothing came for too long, or StreamTape is busy.
            SourceRefused: it could not fetch the file, or refuses.
        """
        order = {"url": url, "name": safe_file_name(name), **self._in_folder()}
        told = _result(await self._ask("remotedl/add", order))
        order_id = text(told.get("id"), 200)
        if not order_id:
            raise SourceUnavailable("StreamTape took the order and named no id.")
        try:
            return await self._followed(order_id, report)
        except BaseException:
            # Whatever ended the waiting: it must not go on by itself, to be ordered once more.
            await asyncio.shield(self._take_back(order_id))
            raise

    async def upload(self, reader: Reader, name: str, report: Report) -> MirrorCopy:
        """Upload a file to the server that StreamTape names."""
        told = _result(await self._ask("file/ul", self._in_folder()))
        url = text(told.get("url"), 4000)
        if not url:
            raise SourceUnavailable("StreamTape names no server to upload to.")
        form = file_form("file1", safe_file_name(name))
        size = reader.facts.size
        headers = {
            "Content-Type": form.content_type, "Content-Length": str(form.length(size)),
        }  # fmt: skip
        async with aclosing(_framed(form, object_content(reader, report))) as content:
            try:
                answer = await self._client.post(
                    url, content=content, headers=headers, timeout=WAITS, follow_redirects=False
                )
                kept = _result(read_json("StreamTape", answer))
            except (AnswerRefused, Unreachable) as error:
                raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        return _copy(kept.get("id"), kept.get("url"))

    async def exists(self, copy_id: str) -> bool:
        """Tell whether the file is still there."""
        try:
            told = _result(await self._ask("file/info", {"file": copy_id})).get(copy_id)
        except _Gone:
            return False
        return isinstance(told, dict) and told.get("status") == 200

    async def remove(self, copy_id: str) -> None:
        """Delete the file."""
        try:
            _result(await self._ask("file/delete", {"file": copy_id}), empty=True)
        except _Gone:
            return

    async def _followed(self, order_id: str, report: Report) -> MirrorCopy:
        most, since = -1, time.monotonic()
        while True:
            found = _result(await self._ask("remotedl/status", {"id": order_id}))
            told = found.get(order_id)
            if not isinstance(told, dict):
                raise SourceUnavailable("StreamTape forgot what it was to fetch.")
            match told.get("status"):
                case "finished":
                    return _copy(told.get("extid") or told.get("linkid"), told.get("url"))
                case "error":
                    raise SourceRefused("StreamTape could not fetch the file from this server.")
            done, total = _number(told.get("bytes_loaded")), _number(told.get("bytes_total"))
            report(bytes_done=done, bytes_total=total or None)
            if done > most:
                most, since = done, time.monotonic()
            elif time.monotonic() - since > self._settings.stalled_seconds:
                raise SourceUnavailable("StreamTape fetches nothing from this server.")
            await asyncio.sleep(self._settings.poll_seconds)

    async def _take_back(self, order_id: str) -> None:
        try:
            await self._ask("remotedl/remove", {"id": order_id})
        except (SourceUnavailable, SourceRefused):
            return  # it is forgotten there sooner or later

    def _in_folder(self) -> dict[str, str]:
        return {"folder": self._settings.folder} if self._settings.folder else {}

    async def _ask(self, path: str, question: Mapping[str, str]) -> JsonAnswer:
        signed = {
            "login": self._settings.login,
            "key": self._settings.key.get_secret_value(),
            **question,
        }
        # An address within the query must be escaped whole: an “&” of it would end it unseen.
        try:
            return await ask_json(self._client, "StreamTape", f"{path}?{urlencode(signed)}")
        except (AnswerRefused, Unreachable) as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error


class _Gone(SourceRefused):
    """StreamTape has no such file."""


def _copy(copy_id: Any, url: Any) -> MirrorCopy:
    found = text(copy_id, 200)
    if not found:
        raise SourceUnavailable("StreamTape has the file and named no id.")
    return MirrorCopy(found, text(url, 500))


def _number(value: Any) -> int:
    """Return a count that may come as a number or as text."""
    return int(value) if str(value).isascii() and str(value).isdigit() else 0


async def _framed(form: Form, content: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield form.head
    async with aclosing(content):
        async for block in content:
            yield block
    yield form.tail


def _result(answer: JsonAnswer, *, empty: bool = False) -> Mapping[str, Any]:
    """Return the `result` of an answer of status 200."""
    told = answer.body if isinstance(answer.body, dict) else {}
    status = told.get("status", answer.status)
    if status == BUSY:
        raise SourceUnavailable("StreamTape asks for a pause.", retry_after=BUSY_SECONDS)
    if status == 404:
        raise _Gone(MEANINGS[404])
    if status != 200:
        said = text(told.get("msg"), 200) or f"status {status}"
        raise SourceRefused(MEANINGS.get(status, f"StreamTape refuses: {said}."))
    found = told.get("result")
    if not isinstance(found, dict):
        if empty:
            return {}
        raise SourceUnavailable("StreamTape answers without a result.")
    return found
