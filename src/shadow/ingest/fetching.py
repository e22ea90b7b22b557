"""Fetch a link: resolvers find what is behind it, then engines try in the order of the policy.

Each engine works in a folder of its own, which stays until one of them is done: a step that is
repeated goes on where the same engine was.
"""

import asyncio
import hashlib
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.looking import look
from shadow.ingest.ports import (
    Choosable,
    Fetched,
    FilesOnly,
    Link,
    NoRoom,
    Offered,
    Report,
    Resolver,
    Source,
    SourceRefused,
    SourceUnavailable,
    TooLarge,
    WrongContent,
)
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.http import RequestRefused

SCHEMES = frozenset({"http", "https", "ftp", "magnet"})
MOST_LINKS = 500
FINAL = (TooLarge, NoRoom, WrongContent, RequestRefused)
"""Failures that no other engine would mend."""
Note = Callable[[str], None]


@asynccontextmanager
async def filter_proxy_open(runtime: Runtime) -> AsyncIterator[FilterProxy]:
    """Hold this process's filtering proxy; nothing listens before an engine needs it."""
    proxy = FilterProxy(runtime.http)
    try:
        yield proxy
    finally:
        await proxy.close()


async def fetch(
    runtime: Runtime, link: Link, sandbox: Path, report: Report, *, key: str, note: Note
) -> Fetched:
    """Fetch what a link leads to into the sandbox.

    Safe to repeat with the same key, also after a crash. What is reported carries the engine in
    use as `details["engine"]`; `note` is told why an engine was left.

    Raises:
        SourceUnavailable: nothing could be had now; another try may do.
        SourceRefused: nothing can be had (`TooLarge`, `WrongContent` among them).
        RequestRefused: the link leads to where requests may not go.
    """
    links, refusal = await _resolve(runtime, link, note)
    if len(links) == 1:
        try:
            return await _fetch_one(runtime, links[0], Place(sandbox, ""), report, (key, note))
        except SourceRefused as error:
            if refusal is None or isinstance(error, FINAL):
                raise
            raise SourceRefused(f"{refusal.detail} {error.detail}") from error
    files: list[str] = []
    engines: list[str] = []
    hashes: dict[str, str] = {}
    done = 0
    for number, one in enumerate(links, 1):
        note(f"Link {number} of {len(links)}.")
        place = Place(sandbox, f"{number}/", done)
        fetched = await _fetch_one(runtime, one, place, report, (f"{key}#{number}", note))
        files += fetched.files
        hashes |= fetched.sha256
        engines.append(fetched.engine)
        done += sum((sandbox / name).stat().st_size for name in fetched.files)
    return Fetched(tuple(files), ", ".join(dict.fromkeys(engines)), hashes)


async def _resolve(
    runtime: Runtime, link: Link, note: Note
) -> tuple[tuple[Link, ...], SourceRefused | None]:
    """Return what to fetch instead of a link: what the first resolver that knows it finds.

    A link that no resolver knows is itself what to fetch, and so is one that they refuse; then the
    last refusal comes along.

    Raises:
        SourceUnavailable: a resolver knows the host, and the host does not answer.
        SourceRefused: the link, or one that was found, is of a kind that is never fetched.
    """
    found: tuple[Link, ...] = (link,)
    refusal: SourceRefused | None = None
    resolvers: Sequence[Resolver] = runtime.plugins.all("resolver")
    for resolver in resolvers:
        if not resolver.takes(link):
            continue
        try:
            found = await resolver.resolve(link) or found
        except SourceRefused as error:
            note(f"{resolver.name}: {error.detail}")
            refusal = error
            continue
        refusal = None
        note(f"{resolver.name} found {len(found)} to fetch.")
        break
    if len(found) > MOST_LINKS:
        raise TooLarge(f"The link leads to {len(found)} files, more than {MOST_LINKS}.")
    for one in found:
        if not one.torrent and one.scheme not in SCHEMES:
            raise refusal or SourceRefused("Only http, https, ftp and magnet links can be fetched.")
    return found, refusal


async def list_files(
    runtime: Runtime, link: Link, sandbox: Path, *, key: str
) -> tuple[Offered, ...]:
    """Return the files that a torrent or magnet link offers for choice; empty for other links.

    Raises:
        SourceUnavailable, SourceRefused.
    """
    for source in _by_policy(runtime):
        if isinstance(source, Choosable) and source.takes(link):
            folder = sandbox / source.name
            folder.mkdir(parents=True, exist_ok=True)
            return await source.list_files(link, folder, key=key)
    return ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link's files go: below `prefix` in the sandbox, after `before` bytes of others."""

    sandbox: Path
    prefix: str
    before: int = 0


async def _fetch_one(
    runtime: Runtime, link: Link, place: Place, report: Report, named: tuple[str, Note]
) -> Fetched:
    key, note = named
    link, engines = await _engines(runtime, link, note)
    failures: list[ShadowError] = []
    for engine in engines:
        prefix = f"{place.prefix}{engine.name}/"
        folder = place.sandbox / prefix
        folder.mkdir(parents=True, exist_ok=True)
        watch = Watch(
            report, engine.name, folder, place.before, runtime.settings.group(LeechSettings)
        )
        watch(message=f"Downloading with {engine.name}.")
        note(f"Downloading with {engine.name}.")
        try:
            fetched = await engine.fetch(link, folder, watch, key=key)
        except FINAL:
            raise
        except ShadowError as error:
            note(f"{engine.name}: {error.detail}")
            failures.append(error)
            continue
        _check_files(folder, fetched)
        await _check_content(folder, fetched, link)
        for other in engines:
            if other is not engine:
                folder = place.sandbox / f"{place.prefix}{other.name}"
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        hashes = {f"{prefix}{name}": sha256 for name, sha256 in fetched.sha256.items()}
        return Fetched(tuple(f"{prefix}{name}" for name in fetched.files), fetched.engine, hashes)
    raise _verdict(failures)


def _verdict(failures: Sequence[ShadowError]) -> ShadowError:
    """Return the failure to tell: one worth another try before one that is not."""
    passing = [one for one in failures if one.kind in (Kind.unavailable, Kind.upstream)]
    if passing:
        first = passing[0]
        return SourceUnavailable(first.detail, retry_after=first.retry_after)
    if failures:
        return SourceRefused(" ".join(dict.fromkeys(one.detail for one in failures)))
    return SourceRefused("No engine that is switched on can fetch this link.")


def _by_policy(runtime: Runtime) -> list[Source]:
    ready: dict[str, Source] = {one.name: one for one in runtime.plugins.all("source")}
    policy = runtime.settings.group(LeechSettings).policy
    return [ready[name] for name in policy if name in ready]


async def _engines(runtime: Runtime, link: Link, note: Note) -> tuple[Link, list[Source]]:
    """Return the engines that may fetch a link, and what a first look tells about it."""
    engines = [one for one in _by_policy(runtime) if one.takes(link)]
    if link.scheme not in {"http", "https"}:
        return link, engines
    seen = await look(runtime.http, link)
    if seen.trouble:
        note(f"A first look: {seen.trouble}")
    if not seen.page:
        return replace(link, name=link.name or seen.name, size=link.size or seen.size), engines
    note("The link leads to a web page: only engines that read pages are tried.")
    readers = [one for one in engines if not isinstance(one, FilesOnly)]
    if not readers:
        raise SourceRefused(
            "The link leads to a web page and not to a file. Give the address of the file itself."
        )
    return link, readers


class Watch:
    """A report that adds the engine, and stops what is too large or would fill the disk."""

    def __init__(
        self, report: Report, engine: str, folder: Path, before: int, settings: LeechSettings
    ) -> None:
        self._report = report
        self._engine = engine
        self._folder = folder
        self._before = before
        self._settings = settings

    def __call__(
        self,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Pass on progress."""
        if bytes_done is not None or bytes_total is not None:
            self._check(bytes_done or 0, bytes_total or 0)
        before = self._before
        self._report(
            bytes_done=None if bytes_done is None else bytes_done + before,
            bytes_total=None if bytes_total is None else bytes_total + before,
            message=message,
            details={"engine": self._engine, **(details or {})},
        )

    def _check(self, done: int, total: int) -> None:
        most = self._settings.max_bytes
        if self._before + max(done, total) > most:
            raise TooLarge(f"It is larger than the {most} bytes that are accepted.")
        free = shutil.disk_usage(self._folder).free
        if free < self._settings.spare_bytes + max(0, total - done):
            raise NoRoom(
                f"The disk has {free >> 20} MiB free, and {max(0, total - done) >> 20} MiB are "
                f"to come. Make room, or lower SHADOW_INGEST__SPARE_BYTES."
            )


def _check_files(folder: Path, fetched: Fetched) -> None:
    """Refuse what an engine must never bring: links, devices, and what lies outside its folder."""
    if not fetched.files:
        raise SourceRefused("The download brought no file.")
    root = folder.resolve()
    for name in fetched.files:
        path = folder / name
        regular = path.exists() and stat.S_ISREG(path.lstat().st_mode)
        if not regular or not path.resolve().is_relative_to(root):
            raise SourceRefused("The download brought something that is no plain file.")


async def _check_content(folder: Path, fetched: Fetched, link: Link) -> None:
    """Refuse a file whose SHA-1 or MD5 is not the one its host tells; SHA-256 is the engines'."""
    method, wanted = ("sha1", link.sha1) if link.sha1 else ("md5", link.md5)
    if not wanted or link.sha256 or len(fetched.files) != 1:
        return

    def digest() -> str:
        with (folder / fetched.files[0]).open("rb") as file:
            return hashlib.file_digest(
                file, lambda: hashlib.new(method, usedforsecurity=False)
            ).hexdigest()

    if await asyncio.to_thread(digest) != wanted.strip().lower():
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise WrongContent(
            f"The file that came does not have the {method.upper()} that its host tells."
        )
