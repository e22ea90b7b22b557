"""What lies in a sandbox, as steps hand it to each other: plain JSON."""

import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final, NotRequired

from typing_extensions import TypedDict

from shadow.ingest.archives.kinds import ENDINGS
from shadow.ingest.archives.unpack import NESTED

_HEAD: Final = 16
_MAGIC: Final = (
    (4, b"ftyp", "mp4"), (0, b"\x1aE\xdf\xa3", "mkv"), (0, b"FLV", "flv"), (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"), (0, b"ID3", "mp3"), (8, b"AVI ", "avi"), (8, b"WAVE", "wav"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"), (0, b"\0\0\x01\xba", "mpg"),
)  # fmt: skip


class Piece(TypedDict):
    """A file: `path` relative to the sandbox, `size` in bytes, `name` as it came.

    The name has the folders that it came in, without those of ours. `sha256` is there where it was
    made on the way.
    """

    path: str
    size: int
    name: str
    sha256: NotRequired[str]


def ending_of(name: str) -> str:
    """Return what stands after the last dot of the last part, in lower case."""
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last.lstrip(".") else ""


def downloaded_name(path: str, engines: Collection[str]) -> str:
    """Return a fetched file's name without the folders that engines work in."""
    parts = path.split("/")
    if len(parts) > 2 and parts[0].isdigit() and parts[1] in engines:
        parts = parts[1:]
    return "/".join(parts[1:] if len(parts) > 1 and parts[0] in engines else parts)


def unpacked_name(archive: str, inner: str) -> str:
    """Return the name of a file of an archive: the archive's own name is a folder above it."""
    parts = [archive, *(part.removesuffix(f".{NESTED}") for part in inner.split("/")[:-1])]
    return "/".join((*(_without_ending(part) for part in parts), inner.rpartition("/")[2]))


def _without_ending(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    if stem and ending.lower() in ENDINGS:
        return _without_ending(stem)
    return name


def piece(sandbox: Path, path: str, name: str) -> Piece:
    """Describe a file that lies in the sandbox."""
    return Piece(path=path, size=(sandbox / path).stat(follow_symlinks=False).st_size, name=name)


def is_there(sandbox: Path, one: Piece) -> bool:
    """Tell whether a piece is there as it was described, a plain file."""
    try:
        found = (sandbox / one["path"]).stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == one["size"]


def sniffed_ending(path: Path) -> str:
    """Return the ending that a media file's first bytes ask for; empty for anything else."""
    head = read_head(path, _HEAD)
    return next((ending for at, mark, ending in _MAGIC if head[at:].startswith(mark)), "")


def read_head(path: Path, count: int) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as file:
        return file.read(count)
