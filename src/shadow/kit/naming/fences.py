"""Take out of a name what stands in fences of its own: ids, editions, checksums, sites."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shadow.kit.naming.text import Text

_ID = re.compile(
    r"\[ ?(tmdb|imdb|tvdb|anidb|anilist|mal|tvmaze)(?:id)?[\-=: ]{1,2}(tt\d{5,10}|\d{1,10}) ?\]"
)
_IMDB = re.compile(r"(?<![0-9a-z])tt\d{7,9}(?![0-9a-z])")
_EDITION = re.compile(r"\[edition[\-=]([^\]]{1,60})\]")
_CRC = re.compile(r"[\[(](?:[0-9a-f]{8}|[0-9]{8})[\])]")
_CRC_NAKED = re.compile(r"(?<=[ _\-])(?=[A-F]*\d)(?=\d*[A-F])[0-9A-F]{8}$")
_DOMAIN = (
    r"(?:com|org|net|tv|cd|me|info|to|in|pw|lol|is|cc|io|ms|mx|party|site|pics|vip|nu|eu|ws|la|se|"
    r"fr|ru)"
)
_SITE = re.compile(
    rf"^(?:[\[({{] ?(?:https?://)?(?:www[ .])?[\w-]{{2,30}}[ .]{_DOMAIN}(?:[ .]\w{{2,3}})? "
    rf"?[\])}}]|"
    r"(?:https?://)?www?[., ][\w-]{2,30}[., ]\w{2,10}(?:[. ]\w{2,10})?(?= ?-| _|_-)|"
    r"[\w-]{2,20}\.(?:com|org|net|tv|to)(?= - |_-_|@))[ _\-@]*"
)


@dataclass(slots=True)
class Fenced:
    """Hold a name without its fenced parts (blanked, so that positions stay), and the parts."""

    text: Text
    ends: list[int] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    edition: str | None = None


def take_fenced(text: Text) -> Fenced:
    """Blank ids, editions, checksums and a leading site; `ends` are where they stood."""
    flat, fenced = text.flat, Fenced(text)
    spans: list[tuple[int, int]] = []
    site = _SITE.match(text.shown.lower()) if len(text.shown.lower()) == len(flat) else None
    if site and site.end() < len(flat):
        spans.append(site.span())
    if "[" in flat or "(" in flat or "tt" in flat:
        spans += _identified(flat, fenced)
        edition = _EDITION.search(flat)
        if edition:
            fenced.edition = text.shown[edition.start(1) : edition.end(1)].strip() or None
            spans.append(edition.span())
        spans += [found.span() for found in _CRC.finditer(flat)]
    naked = _CRC_NAKED.search(text.shown)
    if naked:
        spans.append(naked.span())
    if spans:
        shown = text.shown
        for start, end in spans:
            shown = shown[:start] + " " * (end - start) + shown[end:]
            flat = flat[:start] + " " * (end - start) + flat[end:]
        fenced.text = Text(shown, flat, text.extension)
        fenced.ends = [start for start, _ in spans if start > 0]
    return fenced


def _identified(flat: str, fenced: Fenced) -> list[tuple[int, int]]:
    spans = []
    for pattern in (_ID, _IMDB):
        for found in pattern.finditer(flat):
            named = found.lastindex is not None
            fenced.ids.setdefault(found[1] if named else "imdb", found[2] if named else found[0])
            spans.append(found.span())
    return spans
