"""Decide when a number that nothing names ("Show - 05", "[05]", "03 Name") is an episode."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shadow.kit.naming.marks import Mark, more_episodes
from shadow.kit.naming.titles import Piece


@dataclass(frozen=True, slots=True)
class Around:
    """Hold what is known of a name before its bare numbers are looked at.

    `grouped`: it begins with a group's bracket; `year`: it has a year, `dated`: outside brackets;
    `in_series`: it stands in a season's folder; `file`: it has an extension; `season_end`: where
    a season's mark ended; `broadcast`: where a television source ("HDTV") stands, `fansub`:
    where "VOSTFR"; `series`: the
    folder's title in lower case.
    """

    grouped: bool
    year: bool
    dated: bool
    in_series: bool
    file: bool
    season_end: int | None = None
    broadcast: int | None = None
    fansub: int | None = None
    series: str = ""


_DASHED = re.compile(
    r"(?:^| )- ?#?(?:ep? ?)?(\d{1,4})[a-c]?(?:v\d)?(?= ?(?:$|[\[(\x7f]| - |-|~|"
    r" (?:end|fin|raw|final|uncut)(?![a-z])|&|\+|,|v\d))"
)
_TIGHT = re.compile(r"(?<=[^\W\d_])- ?(\d{2,3})(?:v\d)?(?= ?(?:$|[\[(\x7f]))")
_LAST = re.compile(
    r"(?:(?<=[ \-])|^)#?(\d{1,4})[a-c]?(?:v\d)?(?:[-~](\d{1,4}))?(?: (?:end|fin|v\d))?[ \-]*$"
)
_RANGE_LAST = re.compile(r"(?<= )(\d{1,4}) ?[-~] ?(\d{2,4})[ \-]*$")
_HALF = re.compile(r"(?<=[ \-a-z])(\d\d) (\d)(?: ?-.*)?[ \-]*$")
_BRACKET = re.compile(
    r"^ ?#?(\d{1,4})(?:v\d)?(?: ?[-~] ?(\d{1,4}))? ?\(?(?:end|fin|v\d|完|"
    r"全集)?\)?(?: ?\+ ?[a-z ]{1,20})? ?$"
)
_LEADING = re.compile(r"^[ \-\[(]{0,3}(\d{1,4})(?:v\d)?(?![0-9a-z])[\])]?(?=$|[ \-])")
_PADDED = re.compile(r"^(0\d{1,2}) ?(?:-|(?=[a-z]))")
_SPECIAL = re.compile(r" - ?(?:sp|ex|ova|oad|ona|special|extra) ?(\d{1,2})(?:v\d)?[ \-]*$")
_VOLUME = re.compile(r" (?:- )?vol(?:ume)? {0,2}(\d{1,3})(?:v\d)?(?=[ &-]|$)")
_COMPACT = re.compile(r"(?<=[ \-])([1-9]\d?)([0-3]\d)[ \-]*$")
_FANSUB = re.compile(r"(?<=[ \-])(0\d|\d{3,4})[ \-]*$")
_AFTER_SEASON = re.compile(r"^[ \-]{1,3}(\d{2,4})[a-c]?(?:v\d)?(?![0-9a-z])")
_PAIR_LAST = re.compile(r"(?<=[ \-])(\d\d)[ \-](\d\d)(?:[ -]f)?$")


def bare_number(flat: str, pieces: list[Piece], ends: list[int], around: Around) -> Mark | None:
    """Return the mark of an episode number without any word before it, or None."""
    open_pieces = [
        piece
        for piece in pieces
        if not piece.bracketed and flat[piece.start : piece.end].strip(" -\x7f")
    ]
    if around.season_end is not None:
        found = _after_season(flat, pieces, around.season_end)
        if found:
            return found
    for number, piece in enumerate(open_pieces[:3]):
        start = piece.start
        end = min([place for place in ends if start < place < piece.end], default=piece.end)
        found = _in_region(flat, start, end, around, first=number == 0)
        if found:
            return found
    return _in_brackets(flat, pieces, around) if around.grouped or len(pieces) > 1 else None


def _after_season(flat: str, pieces: list[Piece], end: int) -> Mark | None:
    """Find the number in "2nd Season - 05", "S03 - Part 1 - 13", "S01.07"."""
    piece = next((piece for piece in pieces if piece.start <= end <= piece.end), None)
    if piece is None or piece.bracketed:
        return None
    found = _AFTER_SEASON.match(flat[end : piece.end])
    if found and not _like_year(found[1]):
        stop, episodes = more_episodes(flat, end + found.end(), int(found[1]))
        return Mark(end, stop, [], episodes)
    return _dashed(flat, end, piece.end)


def _in_region(flat: str, start: int, end: int, around: Around, *, first: bool) -> Mark | None:
    area = flat[start:end]
    if around.in_series and first:
        skip = len(around.series) if area.startswith(around.series) and area != around.series else 0
        return _of_season(flat, start + skip, end)
    dashed = _dashed(flat, start, end, sure=around.grouped)
    if dashed and (not first or dashed.start > start):
        return dashed
    if around.grouped:
        found = _of_group(flat, start, end, around, first=first)
        if found:
            return found
    last = _RANGE_LAST.search(area)
    if last and end < len(flat) and not around.year and _is_range(last[1], last[2]):
        stop, episodes = more_episodes(flat, start + last.end(1), int(last[1]))
        return Mark(start + last.start(), stop, [], episodes)
    compact = _COMPACT.search(area) if end == around.broadcast and not around.dated else None
    if compact:
        place = start + compact.start()
        return Mark(place, start + compact.end(), [int(compact[1])], [int(compact[2])])
    fansub = _FANSUB.search(area) if end == around.fansub and not around.year else None
    if fansub:
        return Mark(start + fansub.start(), start + fansub.end(), [], [int(fansub[1])])
    return _at_an_end(flat, start, end, around)


def _at_an_end(flat: str, start: int, end: int, around: Around) -> Mark | None:
    area = flat[start:end]
    padded = _PADDED.match(area)
    if padded and start == 0 and not around.year:
        return Mark(padded.start(), padded.end(1), [], [int(padded[1])])
    pair = _PAIR_LAST.search(area)
    if pair and around.file and end == len(flat) and int(pair[1]) < 40:
        return Mark(start + pair.start(), start + pair.end(), [int(pair[1])], [int(pair[2])])
    return None


def _of_group(flat: str, start: int, end: int, around: Around, *, first: bool) -> Mark | None:
    """Find the number of a fansub: the last one, a half ("07.5"), a special or a volume."""
    area = flat[start:end]
    half, special, volume = _HALF.search(area), _SPECIAL.search(area), _VOLUME.search(area)
    if special:
        return Mark(start + special.start(), start + special.end(), [0], [int(special[1])])
    if half and first:
        return Mark(start + half.start(), start + half.end(), [0], [])
    if volume and first:
        return Mark(start + volume.start(), start + volume.end())
    last = _LAST.search(area)
    if not last or _like_year(last[1]) or (first and around.dated):
        return None
    if (
        first
        and area[: last.start()].strip(" -")
        and not re.search(r"[^\W\d_]", area[: last.start()])
    ):
        return None
    if re.search(r"(?:movie|part|no|film|pt|the) $", area[: last.start()]):
        return None
    stop, episodes = more_episodes(flat, start + last.end(1), int(last[1]))
    return Mark(start + last.start(), stop, [], episodes)


def _dashed(flat: str, start: int, end: int, *, sure: bool = False) -> Mark | None:
    for pattern in (_DASHED, _TIGHT) if sure else (_DASHED,):
        for found in pattern.finditer(flat, start, end):
            if (len(found[1]) >= 2 or sure) and not _like_year(found[1]):
                stop, episodes = more_episodes(flat, found.end(), int(found[1]))
                return Mark(found.start(), stop, [], episodes)
    return None


def _of_season(flat: str, start: int, end: int) -> Mark | None:
    """Find the number of a file that stands in a season's folder: "03 - Name", "Show 03", "303"."""
    area = flat[start:end]
    leading = _LEADING.match(area)
    if leading and not _like_year(leading[1]):
        stop, episodes = more_episodes(flat, start + leading.end(1), int(leading[1]))
        return Mark(start, stop, [], episodes)
    dashed = _dashed(flat, start, end, sure=True)
    if dashed:
        return dashed
    found = _LAST.search(area) or re.search(r"(?<= )(\d{2,3})(?= )", area)
    if found and not _like_year(found[1]):
        stop, episodes = more_episodes(flat, start + found.end(1), int(found[1]))
        return Mark(start + found.start(), stop, [], episodes)
    return None


def _in_brackets(flat: str, pieces: list[Piece], around: Around) -> Mark | None:
    for piece in pieces[1:]:
        if not piece.bracketed:
            continue
        found = _BRACKET.match(flat[piece.start : piece.end].replace("\x7f", " "))
        if found and not _like_year(found[1]) and (len(found[1]) > 1 or around.grouped):
            stop, episodes = more_episodes(flat, piece.start + found.end(1), int(found[1]))
            return Mark(piece.start, max(stop, piece.start + found.end(1)), [], episodes)
    return None


def _is_range(first: str, last: str) -> bool:
    """Tell "13-15" of a pack from the "9-11" of a title."""
    return len(first) == len(last) and int(first) < int(last) and not _like_year(first)


def _like_year(number: str) -> bool:
    return len(number) == 4 and 1900 <= int(number) <= 2035
