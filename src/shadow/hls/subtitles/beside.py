"""Subtitle files that lie beside a media file: listed when asked for, so never out of date."""

import asyncio
import hashlib
import os
from dataclasses import dataclass
from typing import Final

import structlog

from shadow.hls.subtitles.names import NamedSubtitle, said_by
from shadow.ingest.service import SubtitleFile as FoundBeside
from shadow.ingest.service import subtitles_beside
from shadow.kit.ids import ALPHABET, PUBLIC_ID_LENGTH

log = structlog.get_logger(__name__)
FOLDERS: Final = (b"Subs", b"subs", b"Subtitles", b"subtitles")
LOOK_SECONDS: Final = 3.0
"""How long a disk may take to answer; a film plays without its side-cars rather than not at all."""
MOST: Final = 200
ENDINGS: Final = frozenset({b"srt", b"ass", b"ssa", b"vtt", b"sub", b"sup"})
FORMATS: Final = {"ssa": "ass"}


@dataclass(frozen=True, slots=True)
class BesideFile:
    """A subtitle file beside a film. `format` is `srt`, `ass`, `vtt`, `sup`, `sub` or `text`.

    `public_id` is made from the path: the same file has the same one always. `stamp` changes when
    the file does.
    """

    public_id: str
    path: bytes
    format: str
    stamp: str
    said: NamedSubtitle


async def files_beside(path: bytes, *, only_film: bool) -> list[BesideFile]:
    """List the subtitle files of a media file, by path; none when the disk does not answer.

    They bear its name, in its folder or in `Subs` or `Subtitles` below that. `only_film`: it is
    alone in its folder, so all that lies in `Subs` is its own, whatever it is called.
    """
    listing = asyncio.to_thread(_listed, path, only_film=only_film)
    try:
        return await asyncio.wait_for(listing, LOOK_SECONDS)
    except TimeoutError:
        log.warning("hls.disk_silent", folder=os.path.dirname(path))  # noqa: PTH120 bytes
        return []


def _listed(path: bytes, *, only_film: bool) -> list[BesideFile]:
    folder, name = os.path.split(path)
    stem = name.rpartition(b".")[0] or name
    found: dict[bytes, FoundBeside] = {one.path: one for one in subtitles_beside(path)}
    for below in FOLDERS:
        place = os.path.join(folder, below)  # noqa: PTH118 bytes
        found.update((one.path, one) for one in subtitles_beside(os.path.join(place, name)))  # noqa: PTH118 bytes
        found.update((one.path, one) for one in _all_in(os.path.join(place, stem)))  # noqa: PTH118 bytes
        if only_film:
            found.update((one.path, one) for one in _all_in(place))
    made = (_made(one) for _, one in sorted(found.items())[:MOST])
    unique: dict[tuple[int, int], BesideFile] = {}
    for one in made:
        if one is not None:  # `Subs` and `subs` are one folder on some disks
            unique.setdefault(one[0], one[1])
    return list(unique.values())


def _all_in(folder: bytes) -> list[FoundBeside]:
    """Return all subtitle files of a folder, each with the words of its whole name."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 bytes
    except OSError:
        return []
    kinds = [(name, name.rpartition(b".")[2].lower()) for name in names]
    return [
        FoundBeside(os.path.join(folder, name), kind.decode(), name_words(name))  # noqa: PTH118 bytes
        for name, kind in kinds
        if kind in ENDINGS
    ]


def name_words(name: bytes) -> tuple[str, ...]:
    """Return the words of a file's name, without its ending."""
    stem = name.rpartition(b".")[0]
    return tuple(part.decode("utf-8", "replace") for part in stem.split(b".") if part)


def _made(found: FoundBeside) -> tuple[tuple[int, int], BesideFile] | None:
    try:
        status = os.stat(found.path)  # noqa: PTH116 bytes
    except OSError:
        return None
    kind = FORMATS.get(found.format, found.format)
    if kind == "sub" and not os.path.exists(idx_beside(found.path)):  # noqa: PTH110 bytes
        kind = "text"  # MicroDVD and its like
    file = BesideFile(
        public_id=_public_id(found.path),
        path=found.path,
        format=kind,
        stamp=f"{status.st_size}-{status.st_mtime_ns}",
        said=said_by(found.words),
    )
    return (status.st_dev, status.st_ino), file


def idx_beside(path: bytes) -> bytes:
    """Return where the index of a VobSub file lies."""
    return path[:-4] + b".idx"


def _public_id(path: bytes) -> str:
    number = int.from_bytes(hashlib.sha256(b"beside\0" + path).digest()[:8], "big")
    letters = []
    for _ in range(PUBLIC_ID_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
