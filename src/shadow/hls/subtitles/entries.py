"""What lies in the cache for one file: the shape of an entry, written by workers, read here.

An entry is a folder with `entry.json` and, per track, `{index}.cues` (packed cues), `{index}.ass`,
`{index}.sup`, `{index}.sub` and `{index}.idx`, or `{n}.font`. Texts are compressed.
"""

import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

import orjson
from annotated_types import Interval, MaxLen
from pydantic import TypeAdapter, ValidationError

from shadow.hls.subtitles.cues import Cue, from_bytes

VERSION: Final = 1
"""Goes up when entries come to hold more or other things: older ones are made anew."""
MOST_UNPACKED: Final = 64 << 20
"""Bytes of one text, unpacked."""
MANIFEST: Final = "entry.json"
Part = Literal["cues", "ass", "sup", "sub", "idx"]


@dataclass(frozen=True, slots=True)
class Font:
    """A font that the file carries: kept as `{number}.font`."""

    number: Annotated[int, Interval(ge=0, le=9_999)]
    name: Annotated[str, MaxLen(400)]
    media_type: Annotated[str, MaxLen(100)]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in an entry. `origin` is the container's start in ms: all times count from it."""

    origin: Annotated[int, Interval(ge=-(2**53), le=2**53)] = 0
    tracks: Annotated[dict[int, list[Part]], MaxLen(512)] = field(default_factory=dict)
    fonts: Annotated[list[Font], MaxLen(512)] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        plain = asdict(self)
        return orjson.dumps(plain, option=orjson.OPT_NON_STR_KEYS)


_MANIFESTS: Final = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the cache, as it can be read."""

    folder: Path
    manifest: Manifest

    @staticmethod
    def opened(folder: Path) -> "Entry | None":
        """Open an entry; None when there is none, or it is spoiled."""
        try:
            return Entry(folder, _MANIFESTS.validate_json((folder / MANIFEST).read_bytes()))
        except (OSError, ValidationError):
            return None

    def has(self, index: int, part: Part) -> bool:
        """Tell whether a track is there in that form."""
        return part in self.manifest.tracks.get(index, ())

    def path(self, index: int, part: Part) -> Path:
        """Return where a part of a track lies."""
        return self.folder / f"{index}.{part}"

    def text(self, index: int, part: Part) -> str:
        """Return a compressed text, unpacked."""
        return unpacked(self.path(index, part).read_bytes()).decode("utf-8", "replace")

    def cues(self, index: int) -> list[Cue]:
        """Return a track's cues. Raises `NotCues` when the file is spoiled."""
        return from_bytes(unpacked(self.path(index, "cues").read_bytes()))


def packed(content: bytes) -> bytes:
    """Compress a text."""
    return zlib.compress(content, 6)


def unpacked(content: bytes) -> bytes:
    """Undo `packed`; a text that is too long is cut."""
    return zlib.decompressobj().decompress(content, MOST_UNPACKED)
