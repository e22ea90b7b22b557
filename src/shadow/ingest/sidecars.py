"""Files beside media: which there are, and which of them belong to a media file.

Names follow Kodi's and Jellyfin's conventions. Pure functions over names: nothing is opened.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shadow.ingest.signatures import Entry
from shadow.kit.naming import ParsedName, understand

PICTURES = (b"jpg", b"jpeg", b"png", b"webp")
SIDECAR_ENDINGS = frozenset({b"nfo", *PICTURES})
SUBTITLE_ENDINGS = frozenset({b"srt", b"ass", b"ssa", b"vtt", b"sub", b"sup"})
POSTERS = (b"poster", b"folder", b"cover", b"movie", b"default")
BACKDROPS = (b"fanart", b"backdrop", b"background", b"landscape")
GENERAL = (*POSTERS, *BACKDROPS, b"tvshow")
SEASON_FOLDER = re.compile(
    rb"(season|series|staffel|saison|temporada|stagione|seizoen|s)[ ._-]*\d{1,4}\b.*"
    rb"|specials?|\d{1,2}",
    re.IGNORECASE,
)
SEASON_POSTER = re.compile(rb"season[ ._-]?(\d{1,4}|-specials|specials)(-poster)?", re.IGNORECASE)
FEW = 4
"""A folder with more media files than this is a shelf of several films, and has none of its own."""

Where = Literal["here", "above"]
Kind = Literal["poster", "backdrop", "still", "season_poster", "cover"]


class Chosen(NamedTuple):
    """A picture that belongs to a media file, by its place in the list of names given."""

    kind: Kind
    where: Where
    place: int
    season: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a media file, as bytes names.

    `here` are the `.nfo` and picture files in its folder, `above` those in the folder above,
    `media` the media files in its folder. `folder` is relative to the root, empty for the root.
    """

    folder: bytes
    here: Sequence[bytes]
    above: Sequence[bytes]
    media: Sequence[bytes]

    @property
    def in_season_folder(self) -> bool:
        """Tell whether the folder's name says that it holds one season."""
        return SEASON_FOLDER.fullmatch(self.folder.rpartition(b"/")[2]) is not None

    def own_film(self) -> bool:
        """Tell whether pictures without a file's name in the folder are those of its one film."""
        if not self.folder or len(self.media) > FEW:
            return False
        if len(self.media) == 1:
            return True
        parts = [understand(shown(name), folders=folder_names(self.folder)) for name in self.media]
        titles = {(one.title.casefold(), one.year) for one in parts if one.kind != "extra"}
        return len(titles) <= 1


def ending(name: bytes) -> bytes:
    """Return what stands after the last dot, in lower case; empty without a dot."""
    _, dot, last = name.rpartition(b".")
    return last.lower() if dot else b""


def stem(name: bytes) -> bytes:
    """Return the name without its ending."""
    return name.rpartition(b".")[0] or name


def shown(name: bytes) -> str:
    """Decode a name for reading: what is not UTF-8 becomes U+FFFD."""
    return name.decode("utf-8", "replace")


def folder_names(folder: bytes) -> list[str]:
    """Return the names of a relative folder's parts, nearest last."""
    return [shown(part) for part in folder.split(b"/") if part]


def beside(sidecars: Iterable[Entry], files: Iterable[Entry]) -> list[bytes]:
    """Return the names of those sidecars that can belong to these media files, sorted.

    A folder may hold thousands; a batch of files needs its own and the general ones.
    """
    own = {stem(file.name).lower() for file in files}
    ends = (b"-poster", b"-thumb", *(b"-" + kind for kind in BACKDROPS))
    wanted = {*own, *(one + end for one in own for end in ends), *GENERAL}
    names = ((stem(one.name).lower(), one.name) for one in sidecars)
    return sorted(
        name for first, name in names if first in wanted or SEASON_POSTER.fullmatch(first)
    )


def nfo_names(name: bytes, around: Surroundings) -> list[tuple[Where, int]]:
    """Return the `.nfo` files that speak of a media file, the most particular first."""
    here = _by_stem(around.here, (b"nfo",))
    above = _by_stem(around.above, (b"nfo",))
    found: list[tuple[Where, int]] = []
    if (own := here.get(stem(name).lower())) is not None:
        found.append(("here", own))
    elif (movie := here.get(b"movie")) is not None and around.own_film():
        found.append(("here", movie))
    if (show := here.get(b"tvshow")) is not None:
        found.append(("here", show))
    elif (show := above.get(b"tvshow")) is not None:
        found.append(("above", show))
    return found


def pictures_of(name: bytes, parsed: ParsedName, around: Surroundings) -> list[Chosen]:
    """Return the pictures beside a media file that belong to it, its title or its season."""
    here = _by_stem(around.here, PICTURES)
    if parsed.kind == "episode":
        return _episode_pictures(stem(name).lower(), parsed, around, here)
    if parsed.kind == "extra":
        return []
    own = stem(name).lower()
    general = around.own_film() or (parsed.kind == "audio" and bool(around.folder))
    posters = [own + b"-poster", own, *(POSTERS if general else ())]
    backdrops = [own + b"-" + kind for kind in BACKDROPS] + list(BACKDROPS if general else ())
    kind: Kind = "cover" if parsed.kind in {"audio", "book"} else "poster"
    return _first(kind, posters, "here", here) + _first("backdrop", backdrops, "here", here)


def _episode_pictures(
    own: bytes, parsed: ParsedName, around: Surroundings, here: dict[bytes, int]
) -> list[Chosen]:
    found = _first("still", [own + b"-thumb", own], "here", here)
    where: Where = "here"
    of_show = here
    if around.in_season_folder:
        found += _first("season_poster", POSTERS, "here", here, parsed.season)
        where, of_show = "above", _by_stem(around.above, PICTURES)
    elif not around.folder:
        return found
    found += _first("poster", POSTERS, where, of_show)
    found += _first("backdrop", BACKDROPS, where, of_show)
    if parsed.season is not None and not any(one.kind == "season_poster" for one in found):
        found += _numbered_season(parsed.season, where, of_show)
    return found


def _numbered_season(season: int, where: Where, pictures: dict[bytes, int]) -> list[Chosen]:
    for name, index in pictures.items():
        match = SEASON_POSTER.fullmatch(name)
        if match and (int(match[1]) if match[1].isdigit() else 0) == season:
            return [Chosen("season_poster", where, index, season)]
    return []


def _first(
    kind: Kind,
    names: Iterable[bytes],
    where: Where,
    pictures: dict[bytes, int],
    season: int | None = None,
) -> list[Chosen]:
    for name in names:
        if name in pictures:
            return [Chosen(kind, where, pictures[name], season)]
    return []


def _by_stem(names: Sequence[bytes], endings: Sequence[bytes]) -> dict[bytes, int]:
    """Return each stem's place in the list; of one stem, the ending that comes first wins."""
    found: dict[bytes, int] = {}
    for wanted in endings:
        for index, name in enumerate(names):
            if ending(name) == wanted:
                found.setdefault(stem(name).lower(), index)
    return found


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """A subtitle file beside a media file. `words` are the parts of its name between the dots.

    `Film.de.forced.srt` beside `Film.mkv` has the words `("de", "forced")`.
    """

    path: bytes
    format: str
    words: tuple[str, ...]


def subtitles_beside(path: bytes) -> list[SubtitleFile]:
    """List the subtitle files that lie beside a media file and bear its name, sorted by name.

    An unreadable folder has none.
    """
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 names are bytes, which Path cannot hold
    except OSError:
        return []
    own = stem(name)
    found = []
    for other in names:
        rest = other[len(own) :] if other.startswith(own + b".") else b""
        if ending(other) in SUBTITLE_ENDINGS and rest:
            words = tuple(shown(part) for part in rest.split(b".")[1:-1] if part)
            found.append(
                SubtitleFile(os.path.join(folder, other), shown(ending(other)), words)  # noqa: PTH118 bytes
            )
    return found
