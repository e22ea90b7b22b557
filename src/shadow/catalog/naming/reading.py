"""Read one name by itself: where its title ends, and what the rest says.

A release name is a title followed by facts. The title ends at the first thing that cannot be
part of one: an episode mark, a year, a strong tag, an id. What stands before it, less the group's
bracket, is the title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date as Date

from shadow.catalog.naming.facts import ExtraKind
from shadow.catalog.naming.marks import Mark, find_mark
from shadow.catalog.naming.numbers import Around, bare_number
from shadow.catalog.naming.tags import BROADCAST, Tag, find_tags
from shadow.catalog.naming.text import Text
from shadow.catalog.naming.titles import Piece, pieces_of, tidy, title_piece
from shadow.catalog.naming.vocabulary import COUNTRIES

FIRST_YEAR, LAST_YEAR = 1890, 2035

_ID = re.compile(r"\[ ?(tmdb|imdb|tvdb|anidb|anilist|mal|tvmaze)(?:id)?[\-=: ]{1,2}(tt\d{5,10}|\d{1,10}) ?\]")
_IMDB = re.compile(r"(?<![0-9a-z])tt\d{7,9}(?![0-9a-z])")
_EDITION = re.compile(r"\[edition[\-=]([^\]]{1,60})\]")
_CRC = re.compile(r"[\[(](?:[0-9a-f]{8}|[0-9]{8})[\])]")
_CAMERA = re.compile(r"^(?:vid|img|mvi|pxl|dsc|dscf|dscn|mov|gopr|gx|dji|p|whatsapp video|screen ?recording)[ \-]{0,2}\d{4,8}(?:[ \-]|$)")
_LEADING_YEAR = re.compile(r"^(?:19|20)\d\d - (?=[^\W\d_])")
_SPAN = re.compile(r"(?<![0-9a-z])(?:19|20)\d\d ?- ?(?=(?:19|20)\d\d(?![0-9a-z]))")
_CRC_NAKED = re.compile(r"(?<=[ _\-])(?=[A-F]*\d)(?=\d*[A-F])[0-9A-F]{8}$")
_YEAR = re.compile(r"(?<![0-9a-z])(?:19|20|18)\d\d(?![0-9a-z])")
_YEARS = re.compile(r"[(\[]?((?:19|20)\d\d) ?[-~] ?((?:19|20)?\d\d)?(?= ?[)\]]|$| (?:complete|s\d))")
_SITE = re.compile(
    r"^(?:[\[({] ?(?:https?://)?(?:www[ .])?[\w-]{2,30}[ .](?:com|org|net|tv|cd|me|info|to|in|pw|lol|is|cc|io|ms|mx|party|site|"
    r"pics|vip|nu|eu|ws|la|se|fr|ru)(?:[ .]\w{2,3})? ?[\])}]|(?:https?://)?www?[., ][\w-]{2,30}[., ]\w{2,10}(?:[. ]\w{2,10})?(?= ?-| _|_-)|"
    r"[\w-]{2,20}\.(?:com|org|net|tv|to)(?= - |_-_|@))[ _\-@]*",
)
_PART = re.compile(r"(?:(?<= - )|(?<=[ \-]))(?:(?:cd|disc|disk|dis[ck] )(\d{1,2})|(?:part|pt)(\d{1,2}))(?: ?of ?\d+)?$|(?<= - )(?:part|pt) ?(\d{1,2})$|(?<=[ \[(])cd ?(\d)(?= |\]|\))|(?<= )([1-9])cd(?= |$)")
_GROUP_TAIL = re.compile(r"-[ ]?([^\W_](?:[\w@&']{0,24}))(?: ?[\[({][^\])}]{0,40}[\])}])*[ .]*$")
_EXTRA_END = re.compile(
    r"(?:^|[ \-])(trailers?|teasers?|sample|behind ?the ?scenes|featurettes?|deleted ?scenes?)(?: ?\d{1,2})?$|"
    r"-(deleted|interview|scene|short|other|extra|theme|clip|bonus)\d{0,2}$"
)
_EXTRA_START = re.compile(r"^(sample|trailer|teaser)(?: ?\d{0,2}$| ?- ?)")
_EXTRA_ANIME = re.compile(r"(?<![0-9a-z])(?:nc ?-?(?:op|ed)|creditless (?:opening|ending)|clean (?:opening|ending))[ -]?\d{0,2}[a-z]?(?:v\d)?(?![0-9a-z])")
_EXTRA_KINDS: dict[str, ExtraKind] = {
    "trailer": "trailer", "teaser": "trailer", "sample": "sample", "behindthescenes": "behindthescenes",
    "featurette": "featurette", "deletedscene": "deleted", "deleted": "deleted", "interview": "interview",
    "scene": "scene", "short": "short", "other": "other", "extra": "other", "theme": "theme",
    "clip": "scene", "bonus": "other",
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """Hold what one name says by itself. `rest` is what stands after the episode mark."""

    title: str = ""
    rest: str = ""
    year: int | None = None
    seasons: list[int] = field(default_factory=list)
    episodes: list[int] = field(default_factory=list)
    day: Date | None = None
    bare: bool = False
    part: int | None = None
    edition: str | None = None
    group: str | None = None
    tags: list[Tag] = field(default_factory=list)
    extra: ExtraKind | None = None
    ids: dict[str, str] = field(default_factory=dict)
    country: str | None = None
    sure_year: bool = False
    camera: bool = False

    def first(self, field_name: str) -> str | None:
        """Return the value of the first tag of a field."""
        return next((tag.value for tag in self.tags if tag.field == field_name and tag.value), None)

    @property
    def complete_series(self) -> bool:
        """Tell whether the name says that it is a whole series."""
        return any(tag.field == "complete" and tag.strong for tag in self.tags)

    @property
    def strong(self) -> bool:
        """Tell whether a technical word that cannot be in a title stands in the name."""
        return any(tag.strong for tag in self.tags)


def read(text: Text, *, in_series: bool = False, series: str = "") -> Reading:
    """Understand one name.

    `in_series` says that it stands in a season's folder, so that any number may be its episode;
    `series` is that folder's title in lower case.
    """
    reading = Reading()
    if _CAMERA.match(text.flat):
        reading.title, reading.camera = tidy(text.shown), True
        return reading
    text, fences = _take_fenced(text, reading)
    tags = find_tags(text.flat)
    masked = _mask(text.flat, tags)
    pieces = pieces_of(text)
    mark = find_mark(masked)
    year = _find_year(masked, mark, tags)
    if mark and _names_a_film(masked, mark, film_year := _find_year(masked, None, tags)):
        mark, year = None, film_year
    ends = [tag.start for tag in tags if tag.strong] + fences
    if mark is None or not (mark.episodes or mark.day):
        held, mark = mark, _joined(text, masked, pieces, ends, tags, mark, year, Setting(in_series, series))
        reading.bare = mark is not held
        ends += [held.start] if held else []
    if mark:
        ends.append(mark.start)
        reading.seasons, reading.episodes, reading.day = mark.seasons, mark.episodes, mark.day
    if year is not None:
        reading.year = int(text.flat[year : year + 4])
        reading.sure_year = masked[year - 1 : year] in {"(", "["} or year == 0
        if year > 0:
            ends.append(year)
        else:
            pieces[0] = Piece(7, pieces[0].end, bracketed=False)
    _settle(text, reading, pieces, _absorb(ends, tags, text, mark), tags, mark)
    return reading


def _names_a_film(flat: str, mark: Mark, year: int | None) -> bool:
    """Tell "Star Wars Episode 1 ... 1999" from an episode: one digit, no season, a year after it."""
    return (
        year is not None
        and not mark.seasons
        and mark.day is None
        and mark.start < year
        and len(mark.episodes) == 1
        and bool(re.match(r"[eé]pisode [1-9](?!\d)", flat[mark.start : mark.end + 1]))
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold what the folders say before a name is read."""

    in_series: bool
    series: str


def _joined(text: Text, masked: str, pieces: list[Piece], ends: list[int], tags: list[Tag], mark: Mark | None, year: int | None, setting: Setting) -> Mark | None:
    """Look for a bare episode number and join it to the season found before."""
    grouped = len(pieces) > 1 and pieces[0].bracketed and pieces[0].start <= 1
    bracketed_year = year is not None and masked[year - 1 : year] in {"(", "["}
    around = Around(
        grouped=grouped,
        dated=year is not None and not bracketed_year,
        in_series=setting.in_series,
        series=setting.series,
        broadcast=next((tag.start for tag in tags if tag.value in BROADCAST), None),
        file=bool(text.extension),
        season_end=mark.end if mark and not mark.day else None,
    )
    bare = bare_number(masked, pieces, ends, around)
    if bare is None:
        return mark
    return Mark(bare.start, bare.end, (mark.seasons if mark else []) or bare.seasons, bare.episodes)


def _known(position: int | None) -> list[int]:
    return [] if position is None else [position]


def _take_fenced(text: Text, reading: Reading) -> tuple[Text, list[int]]:
    """Take ids, editions and checksums in brackets out; return where they stood."""
    fences: list[tuple[int, int]] = []
    flat = text.flat
    site = _SITE.match(text.shown.lower()) if len(text.shown.lower()) == len(flat) else None
    if site and site.end() < len(flat):
        fences.append(site.span())
    if "[" in flat or "(" in flat or "tt" in flat:
        for pattern in (_ID, _IMDB):
            for found in pattern.finditer(flat):
                reading.ids.setdefault(found[1] if found.lastindex else "imdb", found[found.lastindex or 0])
                fences.append(found.span())
        edition = _EDITION.search(flat)
        if edition:
            reading.edition = text.shown[edition.start(1) : edition.end(1)].strip()
            fences.append(edition.span())
        fences += [found.span() for found in _CRC.finditer(flat)]
    naked = _CRC_NAKED.search(text.shown)
    if naked:
        fences.append(naked.span())
    if not fences:
        return text, []
    shown = text.shown
    for start, end in fences:
        shown = shown[:start] + " " * (end - start) + shown[end:]
        flat = flat[:start] + " " * (end - start) + flat[end:]
    return Text(shown, flat, text.extension), [start for start, _ in fences if start > 0]


def _mask(flat: str, tags: list[Tag]) -> str:
    """Hide the strong tags, so that no number in "1920x1080" or "5.1" is taken for an episode."""
    for tag in tags:
        if tag.strong:
            flat = flat[: tag.start] + "\x7f" * (tag.end - tag.start) + flat[tag.end :]
    return flat


def _find_year(flat: str, mark: Mark | None, tags: list[Tag]) -> int | None:
    """Return where the year of release stands.

    In brackets it is sure. Else it is the last one before the technical words, and never the
    first word, since films are called 2012 and "2001 A Space Odyssey".
    """
    first_tag = next((tag.start for tag in tags if tag.strong and tag.start > 0), len(flat))
    plain: list[int] = []
    for found in _YEAR.finditer(flat):
        place = found.start()
        if not FIRST_YEAR <= int(found[0]) <= LAST_YEAR or (mark and mark.start <= place < mark.end):
            continue
        before, after = flat[place - 1 : place], flat[place + 4 : place + 5]
        if before in {"(", "["} and after in {")", "]", ",", " ", "-"}:
            return place
        if after in {")", "]"} and flat[place - 2 : place] in {"/ ", ", "}:
            return place
        if place > 0 and _stands_as_year(flat, place, mark, first_tag):
            plain.append(place)
    if not plain:
        return 0 if mark is None and _LEADING_YEAR.match(flat) else None
    return plain[-2] if len(plain) > 1 and _SPAN.match(flat, plain[-2]) else plain[-1]


def _stands_as_year(flat: str, place: int, mark: Mark | None, first_tag: int) -> bool:
    if place > first_tag and not _SPAN.match(flat, place):
        return bool(re.match(r"[ \[(]{1,3}\x7f", flat[place + 4 : place + 8]))
    if mark is None or place < mark.start:
        return bool(re.search(r"[^\W_]", flat[:place]))
    if re.search(r"[^\W_]", flat[mark.end : place]):
        return False
    return not mark.episodes or flat[place + 4 : place + 8].strip(" -[(").startswith("\x7f")


def _absorb(ends: list[int], tags: list[Tag], text: Text, mark: Mark | None) -> list[int]:
    """Move ends back over weak tags that stand directly before them ("... FRENCH DVDRip")."""
    ends = sorted(ends)
    for tag in reversed(tags):
        if tag.strong or tag.start == 0:
            continue
        for place, end in enumerate(ends):
            gap = text.flat[tag.end : end]
            if tag.end <= end and len(gap) <= 4 and not gap.strip(" -[]()+,&/"):
                fixed = (mark is not None and end == mark.start) or bool(_YEAR.match(text.flat, end))
                if not fixed or _belongs_before(text, tag, end):
                    ends[place] = tag.start
    return ends


def _belongs_before(text: Text, tag: Tag, end: int) -> bool:
    """Tell whether a weak tag directly before a year or an episode is no word of the title."""
    flat, word = text.flat, text.flat[tag.start : tag.end]
    if word == "german" and _YEAR.match(flat, end):
        return not flat[: tag.start].rstrip().endswith(("the", "good", "a", "my"))
    if word in COUNTRIES:
        return (
            text.shown[tag.start : tag.end].isupper()
            and not text.shown.isupper()
            and flat[tag.start - 1] != "("
            and not _YEAR.match(flat, end)
        )
    return tag.field == "complete" or " " in word or tag.value in _EDITIONS_BEFORE


_EDITIONS_BEFORE = frozenset({"Extended", "Unrated", "Uncut", "Uncensored", "Remastered"})


def _settle(text: Text, reading: Reading, pieces: list[Piece], ends: list[int], tags: list[Tag], mark: Mark | None) -> None:
    """Fill in the title, the group and the facts once it is known where the title ends."""
    if mark and not text.flat[: mark.start].strip(" -[]()"):
        chosen = None  # "Episode 5 - Name": what follows is the episode's name
    else:
        chosen = title_piece(text, pieces, ends, mark.start if mark else None)
    start, end = (chosen.start, chosen.end) if chosen else (0, 0)
    reading.title = tidy(text.shown[start:end])
    ends_after = [place for place in ends if place >= end] or [len(text.flat)]
    edge = min(ends_after)
    reading.tags = [tag for tag in tags if tag.strong or tag.start >= edge or tag.end <= start]
    if mark:
        following = [place for place in ends if place >= mark.end] or [len(text.flat)]
        reading.rest = tidy(text.shown[mark.end : min(following)])
    reading.edition = reading.edition or reading.first("edition")
    country = next((tag for tag in tags if tag.start == end and text.flat[tag.start : tag.end] in COUNTRIES), None)
    reading.country = text.shown[country.start : country.end].upper() if country else None
    reading.group = _group(text, reading, pieces, edge)
    part = _PART.search(text.flat)
    if part and part.start() > 0:
        reading.part = int(next(number for number in part.groups() if number)) if not part[5] else None
        if part.start() < end and start < part.start():
            reading.title = tidy(text.shown[start : part.start()])
    _extra(text, reading, start, edge)


def _group(text: Text, reading: Reading, pieces: list[Piece], edge: int) -> str | None:
    tail = _GROUP_TAIL.search(text.shown, max(0, edge - 1))
    if tail and (reading.strong or reading.episodes or reading.seasons) and not any(
        tag.strong and tag.start <= tail.start(1) < tag.end for tag in reading.tags
    ):
        return tail[1]
    bracketed = [piece for piece in pieces if piece.bracketed and not any(
        tag.strong and piece.start <= tag.start < piece.end for tag in reading.tags
    )]
    for piece in (bracketed[0], bracketed[-1]) if bracketed else ():
        content = text.shown[piece.start : piece.end].strip()
        lone = piece.start <= 1 or piece.end >= len(text.shown) - 1
        if lone and len(content) <= 40 and not content.isdigit() and content != reading.title and re.search(r"[^\W\d_]", content):
            return content
    return None


def _extra(text: Text, reading: Reading, start: int, edge: int) -> None:
    found = _EXTRA_END.search(text.flat) or _EXTRA_START.search(text.flat)
    if found:
        word = next(word for word in found.groups() if word).replace(" ", "").rstrip("s")
        reading.extra = _EXTRA_KINDS.get("behindthescenes" if word.startswith("behind") else word, "other")
        if start <= found.start() < edge or found.start() == 0:
            cut = tidy(text.shown[start : max(start, found.start())]) or tidy(text.shown[found.end() : max(edge, found.end())])
            reading.title = cut
        return
    anime = _EXTRA_ANIME.search(text.flat)
    if anime:
        reading.extra = "theme"
        if start < anime.start() < edge:
            reading.title = tidy(text.shown[start : anime.start()])
    elif re.search(r"(?<![0-9a-z])(?:sample|trailer)(?![0-9a-z])", text.flat[edge:]):
        reading.extra = "sample" if "sample" in text.flat[edge:] else "trailer"
