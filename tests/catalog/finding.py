"""Found files as a scan makes them, for tests and benchmarks of the catalogue."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from shadow.catalog.found import FoundFile, LocalArtwork
from shadow.catalog.ports import TitlePatch
from shadow.kit.naming import understand

ROOT = b"/library"


@dataclass(frozen=True)
class Stream:
    index: int
    type: str
    codec: str | None = None
    profile: str | None = None
    level: int | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bit_depth: int | None = None
    hdr: str | None = None
    channels: int | None = None
    sample_rate: int | None = None
    bitrate: int | None = None
    language: str | None = None
    title: str | None = None
    default: bool = False
    forced: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chapter:
    start: float
    end: float
    title: str | None = None


@dataclass(frozen=True)
class Facts:
    container: str = "matroska"
    duration: float | None = 5400.0
    bitrate: int | None = 4_000_000
    streams: tuple[Stream, ...] = (
        Stream(0, "video", "h264", width=1920, height=1080, fps=24.0, default=True),
        Stream(1, "audio", "aac", channels=2, sample_rate=48_000, language="en"),
        Stream(2, "subtitle", "subrip", language="de"),
    )
    chapters: tuple[Chapter, ...] = ()
    attachments: tuple[Any, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    cover: bool = False
    truncated: bool = False


def found(
    path: str | bytes,
    *,
    content: str | None = None,
    error: str | None = None,
    facts: Facts | None = None,
    mtime_ns: int = 1_700_000_000_000_000_000,
    moved_from: int | None = None,
    patch: TitlePatch | None = None,
    artwork: tuple[LocalArtwork, ...] = (),
    root_id: int = 1,
) -> FoundFile:
    """A file at a path relative to the library; `content` names its bytes, the path by default."""
    relative = path.encode() if isinstance(path, str) else path
    shown = relative.decode("utf-8", "replace")
    folder, _, name = shown.rpartition("/")
    folders = tuple(part for part in folder.split("/") if part)
    content = shown if content is None else content
    return FoundFile(
        root_id=root_id,
        folder=relative.rpartition(b"/")[0],
        path=ROOT + b"/" + relative,
        shown_path=f"/library/{shown}",
        size=1_000_000 + len(content),
        mtime_ns=mtime_ns,
        head_tail=hashlib.blake2b(content.encode(), digest_size=16).hexdigest(),
        parsed=understand(name, folders=folders),
        facts=None if error else facts or Facts(),
        error=error,
        moved_from=moved_from,
        patch=patch,
        artwork=artwork,
    )
