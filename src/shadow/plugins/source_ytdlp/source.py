"""The engine that finds videos on web pages: yt-dlp in a process of its own."""

import asyncio
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from shadow.kit.file_names import safe_file_name
from shadow.plugins.source_ytdlp import guard
from shadow.plugins.source_ytdlp.failures import failure
from shadow.plugins.source_ytdlp.options import HARMLESS, PARTS, arguments
from shadow.plugins.source_ytdlp.output import Output
from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.runtime.files import Busy, alone
from shadow.runtime.filter_proxy import FilterProxy, Lease
from shadow.runtime.http import RequestRefused
from shadow.runtime.processes import ProgramTimedOut, follow_program

GUARD = Path(guard.__file__).resolve()
NOTES = ".ytdlp.json"
ENDING = re.compile(r"\.[a-z0-9]{1,8}")
UNKNOWN = ".unknown_video"
ONLY = re.compile(r" \(1\)$")
"""What yt-dlp appends to the title of the first video of a page, also when it is the only one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finished file: its name in the parts' folder, and the one it gets."""

    part: str
    name: str


class YtdlpSource:
    """Fetches the videos of web pages."""

    name = "ytdlp"

    def __init__(
        self, settings: YtdlpSettings, *, ffmpeg: Path, proxy: Callable[[], FilterProxy]
    ) -> None:
        """Fetch through the proxy that is asked for at the first fetch; join with this FFmpeg."""
        self._settings = settings
        self._ffmpeg = ffmpeg
        self._proxy = proxy

    def takes(self, link: Link) -> bool:
        """Tell whether the link is http or https, without secret headers."""
        harmless = all(
            name.lower() in HARMLESS and value.isprintable() for name, value in link.headers.items()
        )
        return link.scheme in {"http", "https"} and harmless

    async def fetch(self, link: Link, sandbox: Path, report: Report, *, key: str) -> Fetched:
        """Fetch what is on a page, going on where an earlier call with the key was.

        A page may hold several videos; each is a file named after its title.
        """
        if not self.takes(link):
            raise NotForThisSource("Only http:// and https:// links can be fetched this way.")
        try:
            with alone(sandbox / ".ytdlp.lock"):
                names = await self._fetch(link, sandbox, report, key)
        except Busy as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        except OSError as error:
            raise NoRoom(f"The download cannot be written: {error.strerror}.") from error
        return Fetched(tuple(names), self.name)

    async def _fetch(self, link: Link, sandbox: Path, report: Report, key: str) -> list[str]:
        notes = Notes(sandbox, key=key, url=link.url)
        if notes.found:
            return await asyncio.to_thread(notes.finish)
        await asyncio.to_thread(notes.begin)
        report(message="Looking for videos on the page.", details={"connections": 1})
        async with self._proxy().lease() as lease:
            files = await self._run(link, notes.parts, report, lease)
        found = _named(files, notes.parts, link)
        if link.sha256:
            await _check_content([notes.parts / one.part for one in found], link.sha256)
        notes.end(found)
        return await asyncio.to_thread(notes.finish)

    async def _run(
        self, link: Link, parts: Path, report: Report, lease: Lease
    ) -> list[dict[str, Any]]:
        told = arguments(link, self._settings, ffmpeg=self._ffmpeg, proxy=lease.url)
        task = {
            "port": lease.port,
            "folder": str(parts),
            "ffmpeg": str(self._ffmpeg),
            "arguments": told,
        }
        output = Output(report)
        try:
            ended = await follow_program(
                [sys.executable, "-I", "-B", GUARD],
                output.line,
                timeout=self._settings.total_seconds,
                given=json.dumps(task).encode(),
                environment={"HOME": str(parts), "TMPDIR": str(parts), "YTDLP_NO_PLUGINS": "1"},
            )
        except ProgramTimedOut as error:
            raise SourceUnavailable(error.detail) from error
        if ended.returncode != 0:
            if lease.refusals:
                raise RequestRefused(lease.refusals[0].detail)
            raise failure(ended.errors)
        if not output.files:
            raise SourceRefused(
                "There is no video on this web page that could be fetched: what is there is a "
                "live broadcast, or nothing."
            )
        return output.files


class Notes:
    """What is remembered beside the parts: whose they are, and how the finished files are called.

    They are written before the files get their names, so that a crash between the two is mended.
    """

    def __init__(self, sandbox: Path, *, key: str, url: str) -> None:
        """Take up what is there of this very download."""
        self._sandbox = sandbox
        self._whose = [key, url]
        self._file = sandbox / NOTES
        self.parts = sandbox / PARTS
        self._mine, self.found = self._read()

    def _read(self) -> tuple[bool, list[Found]]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            notes = json.loads(self._file.read_text())
            if notes["whose"] == self._whose:
                found = [Found(*pair) for pair in notes["found"]]
                there = [(self._sandbox / one.name).is_file() for one in found]
                waiting = [(self.parts / one.part).is_file() for one in found]
                whole = all(a or b for a, b in zip(there, waiting, strict=True))
                return True, found if whole else []
        return False, []

    def begin(self) -> None:
        """Make the folder of the parts; those of another download are dropped."""
        if not self._mine:
            shutil.rmtree(self.parts, ignore_errors=True)
        self.parts.mkdir(mode=0o700, exist_ok=True)
        self._write([])

    def end(self, found: Sequence[Found]) -> None:
        """Note what came."""
        self.found = list(found)
        self._write(self.found)

    def finish(self) -> list[str]:
        """Give the files their names, drop what is left of parts, and return the names."""
        for one in self.found:
            part = self.parts / one.part
            if part.is_file():
                part.replace(self._sandbox / one.name)
        shutil.rmtree(self.parts, ignore_errors=True)
        return [one.name for one in self.found]

    def _write(self, found: Sequence[Found]) -> None:
        pairs = [(one.part, one.name) for one in found]
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"whose": self._whose, "found": pairs}))
        fresh.replace(self._file)


def _named(files: Sequence[dict[str, Any]], parts: Path, link: Link) -> list[Found]:
    """Return the files that yt-dlp says it made, checked, with names that nobody chose for harm."""
    found: list[Found] = []
    taken: set[str] = set()
    for told in files:
        path = Path(str(told.get("filepath", "")))
        plain = (
            path.parent.resolve() == parts.resolve() and path.is_file() and not path.is_symlink()
        )
        ending = "" if path.suffix == UNKNOWN else path.suffix.lower()
        if not plain or (ending and not ENDING.fullmatch(ending)):
            raise SourceRefused("yt-dlp made something that is no plain file.")
        title = str(told.get("title") or "video")
        if len(files) == 1:
            title = link.name.removesuffix(ending) if link.name else ONLY.sub("", title)
        name, number = safe_file_name(f"{title}{ending}"), 2
        while name.lower() in taken:
            name, number = safe_file_name(f"{title} ({number}){ending}"), number + 1
        taken.add(name.lower())
        found.append(Found(path.name, name))
    return found


async def _check_content(paths: Sequence[Path], sha256: str) -> None:
    def digest(path: Path) -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    found = [await asyncio.to_thread(digest, path) for path in paths]
    if found != [sha256.strip().lower()]:
        for path in paths:
            path.unlink()
        raise WrongContent("The file that came does not have the SHA-256 that it must have.")
