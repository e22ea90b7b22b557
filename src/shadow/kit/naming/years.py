"""Find the year of release, and leave alone the years that are titles."""

from __future__ import annotations

import re

from shadow.kit.naming.marks import Mark
from shadow.kit.naming.tags import Tag

FIRST_YEAR, LAST_YEAR = 1890, 2035  # "Blade Runner 2049" is no film of 2049

_YEAR = re.compile(r"(?<![0-9a-z])(?:18|19|20)\d\d(?![0-9a-z])")
_LEADING = re.compile(r"^(?:19|20)\d\d - (?=[^\W\d_])")
_SPAN = re.compile(r"(?<![0-9a-z])(?:19|20)\d\d ?- ?(?=(?:19|20)\d\d(?![0-9a-z]))")
_WORD = re.compile(r"[^\W_]")
_TAG_NEXT = re.compile(r"[ \-\[(]{1,3}\x7f")


def is_year(flat: str, place: int) -> bool:
    """Tell whether a year stands at a position."""
    return _YEAR.match(flat, place) is not None


def find_year(flat: str, mark: Mark | None, tags: list[Tag]) -> int | None:
    """Return where the year of release stands in a text whose strong tags are masked.

    In brackets it is sure. Else it is the last one before the technical words, and never the
    first word, since films are called 2012 and "2001 A Space Odyssey"; but "1922 - Nosferatu"
    begins with its year.
    """
    strong = (tag.start for tag in tags if tag.strong and flat[: tag.start].strip("\x7f -[("))
    first_tag = next(strong, len(flat))
    plain: list[int] = []
    for found in _YEAR.finditer(flat):
        place = found.start()
        if not FIRST_YEAR <= int(found[0]) <= LAST_YEAR:
            continue
        if mark and mark.start <= place < mark.end:
            continue
        if in_brackets(flat, place):
            return place
        if place > 0 and _stands_as_year(flat, place, mark, first_tag):
            plain.append(place)
    if not plain:
        return 0 if mark is None and _LEADING.match(flat) else None
    return plain[-2] if len(plain) > 1 and _SPAN.match(flat, plain[-2]) else plain[-1]


def in_brackets(flat: str, place: int) -> bool:
    """Tell whether a year stands in brackets, by itself or as a list's first or last."""
    before, after = flat[max(0, place - 1) : place], flat[place + 4 : place + 5]
    if before in {"(", "["}:
        return after in {")", "]", ",", " ", "-"}
    return after in {")", "]"} and flat[max(0, place - 2) : place] in {"/ ", ", "}


def _stands_as_year(flat: str, place: int, mark: Mark | None, first_tag: int) -> bool:
    if place > first_tag and not _SPAN.match(flat, place):
        return bool(_TAG_NEXT.match(flat, place + 4)) or _ends_the_tags(flat, first_tag, place)
    if mark is None or place < mark.start:
        return bool(_WORD.search(flat, 0, place))
    if _WORD.search(flat, mark.end, place):
        return False
    return not mark.episodes or bool(_TAG_NEXT.match(flat, place + 4))


def _ends_the_tags(flat: str, first_tag: int, place: int) -> bool:
    """Tell whether a year closes a name after nothing but tags: "Film 1080p 2010"."""
    return not flat[place + 4 :].strip(" )]") and not flat[first_tag:place].strip("\x7f -([")
