"""Read the names of books, comics and sound files, which follow other customs than films."""

from __future__ import annotations

import re

from shadow.kit.naming.facts import ParsedName
from shadow.kit.naming.folders import Place
from shadow.kit.naming.marks import RANGE
from shadow.kit.naming.text import BOOK, Text, compact
from shadow.kit.naming.titles import tidy

_COMIC = frozenset({"cbz", "cbr", "cb7", "cbt"})
_EDGE = r"(?<![0-9a-z])"
_VOLUME = re.compile(
    _EDGE + r"(?:v|vol|volume|vols|tome|band|t(?=\d\d))[ #]{0,2}(\d{1,3})(?![0-9a-z])|"
    r"第? ?(\d{1,3}) ?[巻卷]"
)
_CHAPTER = re.compile(
    _EDGE + r"(?:c(?=\d\d)|ch|chap|chapters?|kapitel|chapitre|cap[ií]tulo|issue|"
    r"no)[ #]{0,2}(\d{1,4})(?:-(\d{1,4}))?(?![0-9a-z])|"
    r"#(\d{1,4})(?![0-9a-z])|第? ?(\d{1,4}) ?[話话章回]"
)
_ISSUE = re.compile(r"(?<= )(\d{3,4})(?= ?[(\[]| ?$)")
_YEAR = re.compile(r"[(\[]((?:1[5-9]|20)\d\d)[)\]]")
_BRACKET = re.compile(r"[(\[]")
_TRACK = re.compile(r"^(?:\d{1,2}-\d{2}(?=[ .])|0\d{1,2}(?=\D)|\d{1,3}(?= ?[\-.] ))[ .\-_]*(?=.)")


def printed_or_heard(shown: str, text: Text, place: Place) -> ParsedName:
    """Say what the name of a book (volume, chapters) or of a sound file means."""
    if text.extension not in BOOK:
        track = _TRACK.match(text.shown)
        body = text.cut(track.end(), len(text.shown)) if track else text
        title, sure = _without_person(_until_bracket(body, len(body.flat)), place), 0.5
        return ParsedName(
            name=shown, kind="audio", title=title or shown, year=_year(body), confidence=sure
        )
    volume, chapter = _VOLUME.search(text.flat), _CHAPTER.search(text.flat)
    if not chapter and not volume and text.extension in _COMIC:
        chapter = _ISSUE.search(text.flat)
    marks = [found.start() for found in (volume, chapter) if found]
    own = _without_person(_until_bracket(text, min(marks, default=len(text.flat))), place)
    same = bool(place.title) and compact(own) in {"", compact(place.title)}
    return ParsedName(
        name=shown,
        kind="book",
        title=(place.title if same else own) or shown or "Untitled",
        year=_year(text) or (place.year if same else None),
        part=int(next(filter(None, volume.groups()))) if volume else None,
        episodes=_chapters(chapter),
        ids=dict(place.ids) if same else {},
        confidence=0.8 if same else 0.5,
    )


def _chapters(found: re.Match[str] | None) -> tuple[int, ...]:
    if found is None:
        return ()
    numbers = [int(number) for number in found.groups() if number]
    last = min(numbers[-1], numbers[0] + RANGE - 1)
    return tuple(range(numbers[0], last + 1)) or (numbers[0],)


def _year(text: Text) -> int | None:
    found = _YEAR.search(text.flat)
    return int(found[1]) if found else None


def _until_bracket(text: Text, end: int) -> str:
    bracket = _BRACKET.search(text.flat, 1)
    return tidy(text.shown[: min(end, bracket.start() if bracket else end)])


def _without_person(title: str, place: Place) -> str:
    """Take the author or the artist out of "Person - Title", whichever side the folders name."""
    parts = [part.strip() for part in title.split(" - ") if part.strip()]
    if len(parts) < 2:
        return title
    known = {compact(name) for name in place.names}
    rest = [part for part in parts if compact(part) not in known]
    if 0 < len(rest) < len(parts):
        return " - ".join(rest)
    titled = [part for part in parts if compact(part) in known]
    return titled[0] if titled else " - ".join(parts[1:])
