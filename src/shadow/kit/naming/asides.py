"""Read what stands beside the title: the group, the part of a film, the kind of an extra."""

from __future__ import annotations

import re

from shadow.kit.naming.facts import ExtraKind
from shadow.kit.naming.tags import Tag
from shadow.kit.naming.text import Text
from shadow.kit.naming.titles import Piece

_PART = re.compile(
    r"(?<=[ \-])(?:(?:cd|disc|disk|dis[ck] )(\d{1,2})|(?:part|pt)(\d{1,2}))(?: ?of ?\d+)?$|"
    r"(?<= - )(?:part|pt) ?(\d{1,2})$|(?<=[ \[(])(?:cd|disc|disk) ?(\d)(?= |\]|\)|$)|"
    r"(?<=[\[(])([12]) of 2(?=[\])])"
)
_GROUP_TAIL = re.compile(r"-[ ]?([^\W_](?:[\w@&']{0,24}))(?: ?[\[({][^\])}]{0,40}[\])}])*[ .]*$")
_LETTER = re.compile(r"[^\W\d_]")
_EXTRA_END = re.compile(
    r"(?:^|[ \-])(trailers?|teasers?|sample|behind ?the ?scenes|featurettes?|deleted ?scenes?)"
    r"(?: ?\d{1,2})?$|-(deleted|interview|scene|short|other|extra|theme|clip|bonus)\d{0,2}$"
)
_EXTRA_START = re.compile(r"^(sample|trailer|teaser)(?: ?\d{0,2}$| ?- ?)")
_EXTRA_ANIME = re.compile(
    r"(?<![0-9a-z])(?:nc ?-?(?:op|ed)|(?:creditless|clean) (?:opening|ending))"
    r"[ -]?\d{0,2}[a-z]?(?:v\d)?(?![0-9a-z])|(?<= )(?:op|ed)\d{1,2}[a-z]?(?= {0,2}[\[(])"
)
_ARTICLE = re.compile(r"(?:the|a|an|my) ")  # "The Trailer" is a film's title
_EXTRA_PREVIEW = re.compile(r"^[\[(].*? - pv ?\d{0,2}(?= {0,2}(?:$|[\[(]))")
_EXTRA_TAGGED = re.compile(r"(?<![0-9a-z])(sample|trailer)(?![0-9a-z])")
_KINDS: dict[str, ExtraKind] = {
    "trailer": "trailer",
    "teaser": "trailer",
    "sample": "sample",
    "behindthescene": "behindthescenes",
    "featurette": "featurette",
    "deletedscene": "deleted",
    "deleted": "deleted",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "theme": "theme",
    "clip": "scene",
}


def find_part(flat: str) -> tuple[int, int] | None:
    """Return the number of a film's piece ("cd1", "- part2") and where it stands."""
    found = _PART.search(flat)
    if found is None or found.start() == 0:
        return None
    return int(next(number for number in found.groups() if number)), found.start()


def find_extra(flat: str, edge: int) -> tuple[ExtraKind, int, int] | None:
    """Return the kind of an extra and the span of the word that says so.

    `edge` is where the title ends: behind it "sample" and "trailer" are never part of a title.
    """
    found = _EXTRA_END.search(flat) or _EXTRA_START.search(flat)
    if found and not _ARTICLE.fullmatch(flat, 0, found.start() + 1):
        word = next(word for word in found.groups() if word).replace(" ", "").rstrip("s")
        return _KINDS.get(word, "other"), found.start(), found.end()
    found = _EXTRA_ANIME.search(flat)
    if found:
        return "theme", found.start(), found.end()
    found = _EXTRA_PREVIEW.search(flat)
    if found:
        return "trailer", found[0].rindex(" - ") + found.start(), found.end()
    found = _EXTRA_TAGGED.search(flat, edge)
    return (_KINDS[found[1]], found.start(), found.end()) if found else None


def find_group(text: Text, pieces: list[Piece], tags: list[Tag], edge: int) -> str | None:
    """Return the releasing group: after the last hyphen, else in the first or last bracket."""
    strong = [tag for tag in tags if tag.strong]
    tail = _GROUP_TAIL.search(text.shown, max(0, edge - 1)) if edge < len(text.shown) else None
    if tail and _is_group(text.shown, tail, strong):
        return tail[1]
    bracketed = [
        piece
        for piece in pieces
        if piece.bracketed and not any(piece.start <= tag.start < piece.end for tag in strong)
    ]
    for piece in (bracketed[0], bracketed[-1]) if bracketed else ():
        content = text.shown[piece.start : piece.end].strip()
        alone = piece.start <= 1 or piece.end >= len(text.shown) - 1
        if alone and len(content) <= 40 and _LETTER.search(content):
            return content
    return None


def _is_group(shown: str, tail: re.Match[str], strong: list[Tag]) -> bool:
    """Tell a group from an episode's name or number after the last hyphen."""
    if not _LETTER.search(tail[1]) or any(tag.start <= tail.start(1) < tag.end for tag in strong):
        return False
    tagged = any(tag.start < tail.start() for tag in strong)
    return tagged or (shown[tail.start() - 1 : tail.start()] != " " and " " not in tail[0][:2])
