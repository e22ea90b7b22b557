"""Decide when a number that nothing names ("Show - 05", "[05]", "03 Name") is an episode."""

from __future__ import annotations

import re

from shadow.catalog.naming.marks import Mark, more_episodes
from shadow.catalog.naming.titles import Piece

_DASHED = re.compile(
    r" ?(?:- ?|~ )#?(\d{1,4})(?:v\d)?(?= ?(?:$|[\[(\x7f]| - |-|~| end(?![a-z])| fin(?![a-z])|&|\+|v\d))"
)
_LAST = re.compile(r"(?<=[ \-])#?(\d{1,4})(?:v\d)?(?: (?:end|fin|v\d))?[ \-]*$")
_BRACKET = re.compile(r"^ ?#?(\d{1,4})(?:v\d)?(?: ?[-~] ?(\d{1,4}))?(?: ?(?:end|fin|v\d|完|全集))? ?$")
_LEADING = re.compile(r"^[ \-\[(]{0,3}(\d{1,4})(?:v\d)?(?![0-9a-z])[\])]?(?=$|[ \-])")
_PADDED = re.compile(r"^(0\d{1,2}) ?(?:-|(?=[a-z]))")
_COMPACT = re.compile(r"(?<=[ \-])([1-9]\d?)([0-3]\d)(?= (?:hdtv|pdtv|dsr|dvdrip|720p|tvrip|hr |ws )|-?\x7f| \x7f|$)")
_EVEN = re.compile(r"^(\d{1,3})$")


def bare_number(flat: str, pieces: list[Piece], ends: list[int], *, in_series: bool, year: int | None) -> Mark | None:
    """Return the mark of an episode number without any word before it, or None."""
    grouped = len(pieces) > 1 and pieces[0].bracketed and pieces[0].start <= 1 and flat[:1] in "[("
    region = next(
        (piece for piece in pieces if not piece.bracketed and flat[piece.start : piece.end].strip(" -\x7f")), None
    )
    if region:
        start = region.start
        end = min([place for place in ends if start < place < region.end], default=region.end)
        found = _in_region(flat, start, end, grouped=grouped, in_series=in_series, year=year)
        if found:
            return found
    if grouped:
        return _in_brackets(flat, pieces)
    return None


def _in_region(flat: str, start: int, end: int, *, grouped: bool, in_series: bool, year: int | None) -> Mark | None:
    area = flat[start:end]
    if in_series:
        return _of_season(flat, start, end)
    for dashed in _DASHED.finditer(flat, start, end):
        number = dashed[1]
        spaced = dashed[0].startswith(" ")
        sure = grouped or len(number) >= 2
        if not spaced and not grouped or dashed.start() == start or not sure or _like_year(number):
            continue
        stop, episodes = more_episodes(flat, dashed.end(), int(number))
        return Mark(dashed.start(), stop, [], episodes)
    if grouped and year is None:
        last = _LAST.search(area)
        if last and re.search(r"[^\W\d_]", area[: last.start()]) and not _like_year(last[1]):
            return Mark(start + last.start(), start + last.end(), [], [int(last[1])])
    padded = _PADDED.match(area)
    if padded and start == 0 and year is None:
        return Mark(padded.start(), padded.end(1), [], [int(padded[1])])
    return None


def _of_season(flat: str, start: int, end: int) -> Mark | None:
    """Find the number of a file that stands in a season's folder: "03 - Name", "Show 03", "303"."""
    area = flat[start:end]
    leading = _LEADING.match(area)
    if leading and not _like_year(leading[1]):
        stop, episodes = more_episodes(flat, start + leading.end(1), int(leading[1]))
        return Mark(start, stop, [], episodes)
    for pattern in (_DASHED, _LAST):
        found = pattern.search(area)
        if found and not _like_year(found[1]):
            stop, episodes = more_episodes(flat, start + found.end(), int(found[1]))
            return Mark(start + found.start(), stop, [], episodes)
    middle = re.search(r"(?<= )(\d{2,3})(?= )", area)
    return Mark(start + middle.start(), start + middle.end(), [], [int(middle[1])]) if middle else None


def _in_brackets(flat: str, pieces: list[Piece]) -> Mark | None:
    for piece in pieces[1:]:
        if not piece.bracketed:
            continue
        found = _BRACKET.match(flat[piece.start : piece.end])
        if found and not _like_year(found[1]):
            stop, episodes = more_episodes(flat, piece.start + found.end(1), int(found[1]))
            return Mark(piece.start, max(stop, piece.start + found.end(1)), [], episodes)
    return None


def _like_year(number: str) -> bool:
    return len(number) == 4 and 1900 <= int(number) <= 2035
