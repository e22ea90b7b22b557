"""Take the folders above a file as evidence: series, season, disc, extras, release."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shadow.kit.naming.facts import ExtraKind
from shadow.kit.naming.reading import Reading, read
from shadow.kit.naming.text import Text, compact, flatten, prepare
from shadow.kit.naming.vocabulary import EXTRA_FOLDERS, FILM_SHELVES, OPAQUE, SHELVES

_DISC = re.compile(r"^(?:cd|disc|disk|dvd|part|pt|volume|vol) ?(\d{1,2})$")
_SPECIALS = re.compile(
    r"^(?:specials?|season 0{1,2}|s00|sp|ovas?|especiales|spéciaux|spezial|speciale?s?|"
    r"extras? specials?)$"
)
_SEASON_ONLY = re.compile(r"^(\d{1,2})$")
_HEXLIKE = re.compile(
    r"^(?:[0-9a-f]{8,}|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{12,}|[bcdfghjklmnpqrstvwxz0-9]{5,}|\d{5,})$"
)
_LEADING_NUMBER = re.compile(r"^(?:0\d{1,2}|[1-9]\d{0,2}(?= ?-| ?$))(?![0-9a-z])")


@dataclass(slots=True)
class Place:
    """Hold what the folders above a file say about it."""

    title: str = ""
    year: int | None = None
    sure: bool = False
    episodes: tuple[int, ...] = ()
    season: int | None = None
    part: int | None = None
    edition: str | None = None
    group: str | None = None
    extra: ExtraKind | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    reading: Reading | None = None
    names: tuple[str, ...] = ()
    among_films: bool = False

    def first(self, field_name: str) -> str | None:
        """Return a technical fact that the nearest telling folder gives."""
        return self.reading.first(field_name) if self.reading else None

    def looks_like_series(self, text: Text) -> bool:
        """Tell whether a bare number in the name can only be an episode of the folder's series."""
        if not self.title or self.reading is None:
            return False
        leading = _LEADING_NUMBER.match(text.flat)
        if not leading or compact(text.shown) == compact(self.title):
            return False
        return not compact(self.title).startswith(compact(leading[0])) and not self.reading.strong

    def wins(self, reading: Reading, own: str, above: str) -> bool:
        """Tell whether the folder's title is better than the name's own."""
        if self.season is not None and not (reading.year and reading.year != self.year):
            return True
        if is_opaque(own) or (own in above and (self.year is not None or len(own) < 4)):
            return reading.year in {None, self.year}
        if reading.bare and not reading.strong and above in own:
            return True
        return self.sure and reading.year is None and not reading.seasons and not reading.bare


def is_opaque(own: str) -> bool:
    """Tell whether a name (in compact form) says nothing: a hash, a number, "movie"."""
    return own in OPAQUE or bool(_HEXLIKE.match(own))


@functools.lru_cache(maxsize=1024)
def place_of(folders: tuple[str, ...]) -> Place:
    """Understand the folders above a file, nearest last, up to the one that names a title.

    Remembered, since a scan asks once for every file of a folder; the answer is not to be changed.
    """
    place = Place(names=folders)
    for number, folder in reversed(list(enumerate(folders))):
        text = prepare(folder, folder=True)
        word = text.flat.strip(" -")
        if _SEASON_ONLY.match(word) and number and not _is_shelf(folders[number - 1]):
            place.season = int(word) if place.season is None else place.season
            continue
        if not word or _structural(word, place) or _is_shelf(folder):
            continue
        if _take(place, read(text)):
            break
    if place.extra not in {None, "sample", "trailer"} and not place.title:
        place.extra = None  # "Movies/Shorts/..." is a shelf
    place.among_films = any(flatten(folder).strip() in FILM_SHELVES for folder in folders)
    return place


def _is_shelf(folder: str) -> bool:
    word = flatten(folder).strip(" -")
    return word.replace(" ", "-") in SHELVES or len(word) == 1


def _structural(word: str, place: Place) -> bool:
    """Take a folder that has a role and no title: extras, a disc, the specials, "Season 2"."""
    disc = _DISC.match(word)
    if disc:
        place.part = place.part or int(disc[1])
        return True
    if word in EXTRA_FOLDERS and (place.season is None or EXTRA_FOLDERS[word] != "other"):
        place.extra = place.extra or EXTRA_FOLDERS[word]
        return True
    if _SPECIALS.match(word):
        place.season = 0 if place.season is None else place.season
        return True
    return False


def _take(place: Place, reading: Reading) -> bool:
    """Take what a folder says; return whether it named the title."""
    if place.season is None and reading.seasons:
        place.season = reading.seasons[0]
    place.reading = place.reading or reading
    place.edition = place.edition or reading.edition
    place.group = place.group or reading.group
    place.ids = {**reading.ids, **place.ids}
    place.year = place.year or reading.year
    place.sure = place.sure or reading.sure_year or reading.strong or bool(reading.ids)
    place.episodes = place.episodes or tuple(reading.episodes)
    if not reading.title:
        return False
    place.title = reading.title
    return True
