"""The plain engine."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from shadow.ingest.ports import (
    Fetched,
    Link,
    NoRoom,
    NotForThisSource,
    Report,
    SourceRefused,
    SourceUnavailable,
    WrongContent,
)
from shadow.kit.errors import ShadowError
from shadow.kit.file_names import (
    looks_like_a_page,
    name_of_disposition,
    name_of_url,
    safe_file_name,
)
from shadow.plugins.source_http.counting import Counter
from shadow.plugins.source_http.partial import Partial
from shadow.plugins.source_http.settings import HttpSourceSettings
from shadow.plugins.source_http.writing import BlockWriter
from shadow.runtime.files import Busy, alone
from shadow.runtime.http import AnswerRefused, HttpClients, OutgoingClient, Unreachable

MOST_BYTES = 1 << 60  # whoever asks sets the limit, by what is reported
LONGEST_SECONDS = 7 * 86_400.0
LONGEST_PAUSE = 60.0
HEAD = 1024  # bytes looked at to tell a web page
PASSING = frozenset({408, 425, 429})


class _Changed(Exception):
    """The part that is there is not of the file that the server has now."""


class HttpSource:
    """Fetches http and https links over one connection."""

    name = "http"
    files_only = True

    def __init__(self, http: HttpClients, settings: HttpSourceSettings) -> None:
        """Fetch with clients of this factory."""
        self._http = http
        self._settings = settings

    def takes(self, link: Link) -> bool:
        """Tell whether the link is http or https."""
        return link.scheme in {"http", "https"}

    async def fetch(self, link: Link, sandbox: Path, report: Report, *, key: str) -> Fetched:
        """Fetch one file into the sandbox, going on where an earlier call with the key was."""
        if not self.takes(link):
            raise NotForThisSource("Only http:// and https:// links can be fetched this way.")
        try:
            with alone(sandbox / ".http.lock"):
                part = Partial(sandbox, key=key, url=link.url)
                name = await self._fetch(link, part, report)
        except Busy as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        except OSError as error:
            raise NoRoom(f"The download cannot be written: {error.strerror}.") from error
        hashed = part.hashing.digest(part.notes.size)
        return Fetched((name,), self.name, {name: hashed} if hashed else {})

    async def _fetch(self, link: Link, part: Partial, report: Report) -> str:
        part.recover()
        if part.finished:
            return part.finished
        client = self._http.client(max_bytes=MOST_BYTES, total_seconds=LONGEST_SECONDS)
        async with client:
            name = await self._patiently(client, link, part, report)
        await _check_content(part, link)
        part.finish(name)
        return name

    async def _patiently(
        self, client: OutgoingClient, link: Link, part: Partial, report: Report
    ) -> str:
        """Ask until the file is whole; what came is kept, so each attempt begins at its end."""
        failures = changes = 0
        while True:
            before = part.size
            try:
                return await self._once(client, link, part, report)
            except _Changed:
                part.drop()
                # Counted apart: beginning anew brings bytes each time, and leads nowhere.
                changes += 1
                failures = max(failures, changes)
                trouble = SourceUnavailable(
                    "What the server sends does not fit together: size or content change all "
                    "the time."
                )
            except AnswerRefused as error:
                raise SourceRefused(error.detail) from error
            except Unreachable as error:
                failures = 0 if part.size > before else failures + 1
                trouble = SourceUnavailable(error.detail, retry_after=error.retry_after)
            if failures >= self._settings.attempts:
                raise trouble
            pause = self._settings.pause_seconds * 2 ** max(failures - 1, 0)
            report(message=f"{trouble.detail} Going on in a moment.")
            await asyncio.sleep(min(pause, LONGEST_PAUSE))

    async def _once(self, client: OutgoingClient, link: Link, part: Partial, report: Report) -> str:
        headers = {"Accept-Encoding": "identity", "Accept": "*/*", **link.headers}
        if part.resumable:
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.notes.validator}
        async with client.stream("GET", link.url, headers=headers) as answer:
            if answer.status_code == 416 and part.size == part.notes.total:
                return _name(link, answer)
            if answer.status_code == 206 and part.resumable:
                if not part.continues(answer):
                    raise _Changed
            elif answer.status_code == 416:
                raise _Changed
            else:
                _refuse_failures(answer)
                part.begin(answer)
            await self._receive(answer, part, report)
        if part.notes.total is not None and part.size < part.notes.total:
            raise Unreachable(f"“{answer.url.host}” sent less than it announced.")
        if part.size == 0:
            raise SourceRefused(f"“{answer.url.host}” sent an empty file.")
        return _name(link, answer)

    async def _receive(self, answer: httpx.Response, part: Partial, report: Report) -> None:
        done, total = part.size, part.notes.total
        report(bytes_done=done, bytes_total=total, details={"connections": 1})
        with (
            part.path.open("ab", buffering=0) as file,
            Counter(report, done=done, total=total) as count,
        ):
            part.hashing.begin_at(done)
            writer = BlockWriter(file, part.hashing)
            try:
                async for chunk in _head_first(self._no_slower(answer)):
                    if count.done == 0 and looks_like_a_page(
                        chunk[:HEAD], answer.headers.get("content-type", "")
                    ):
                        raise SourceRefused("The link leads to a web page and not to a file.")
                    await writer.add(chunk)
                    count.done += len(chunk)
                    if count.due:
                        await writer.write()
                        count.tell()
            finally:
                await writer.finish()
        count.tell()

    async def _no_slower(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        """Yield what comes; a server that only dribbles counts as one that broke off."""
        loop = asyncio.get_running_loop()
        least = self._settings.slow_bytes_per_second * self._settings.slow_seconds
        since, came = loop.time(), 0
        async for chunk in answer.aiter_raw():
            yield chunk
            came += len(chunk)
            if loop.time() - since >= self._settings.slow_seconds:
                if came < least:
                    raise Unreachable(f"“{answer.url.host}” is too slow.")
                since, came = loop.time(), 0


async def _head_first(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Gather the first bytes, by which a web page is told; what came before a failure is kept."""
    head = b""
    try:
        async for chunk in chunks:
            head += chunk
            if len(head) >= HEAD:
                break
    except ShadowError:
        if head:
            yield head
        raise
    if head:
        yield head
    async for chunk in chunks:
        yield chunk


def _refuse_failures(answer: httpx.Response) -> None:
    status, host = answer.status_code, answer.url.host
    if status == 200:
        return
    if status >= 500 or status in PASSING:
        wait = answer.headers.get("retry-after", "")
        seconds = min(int(wait), 3600) if wait.isascii() and wait.isdigit() else None
        raise Unreachable(f"“{host}” answers with status {status}.", retry_after=seconds)
    raise SourceRefused(f"“{host}” answers with status {status}.")


def _name(link: Link, answer: httpx.Response) -> str:
    """Return the name of the file: asked for, offered by the server, or of the address."""
    if link.name:
        return safe_file_name(link.name)
    return (
        name_of_disposition(answer.headers.get("content-disposition", ""))
        or name_of_url(str(answer.url))
        or name_of_url(link.url)
        or "download"
    )


async def _check_content(part: Partial, link: Link) -> None:
    wanted = (link.sha256 or "").strip().lower()
    if not wanted:
        return

    def digest() -> str:
        with part.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    found = part.hashing.digest(part.size) or await asyncio.to_thread(digest)
    if found != wanted:
        await asyncio.to_thread(part.path.unlink)
        raise WrongContent(f"The file that came has the SHA-256 {found} and not {wanted}.")
