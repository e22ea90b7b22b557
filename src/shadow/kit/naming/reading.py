"""Read one name by itself: where its title ends, and what the rest says.

A release name is a title followed by facts. The title ends at the first thing that cannot be
part of one: an episode mark, a year, a strong tag, an id. What stands before it, less the group's
bracket, is the title.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

from shadow.kit.naming.asides import find_extra, find_group, find_part
from shadow.kit.naming.facts import ExtraKind
from shadow.kit.naming.fences import take_fenced
from shadow.kit.naming.marks import Mark, find_mark
from shadow.kit.naming.numbers import Around, bare_number
from shadow.kit.naming.tags import BROADCAST, Tag, find_tags
from shadow.kit.naming.text import Text
from shadow.kit.naming.titles import Piece, pieces_of, tidy, title_piece
from shadow.kit.naming.vocabulary import COUNTRIES
from shadow.kit.naming.years import find_year, in_brackets, is_year

_CAMERA = re.compile(
    r"^(?:vid|img|mvi|pxl|dsc|dscf|dscn|mov|gopr|gx|dji|p|whatsapp video|screen ?recording)"
    r"[ \-]{0,2}\d{4,8}(?:[ \-]|$)"
)
_FILM_EPISODE = re.compile(r"[eé]pisode [1-9](?!\d)")
_ORDER = re.compile(r"^(?:(?:0\d{1,2}|\d{4}) - |\d{1,2}  )(?=[^\W\d_])")
_EDITIONS_BEFORE = frozenset({"Extended", "Unrated", "Uncut", "Uncensored", "Remastered"})
_THE_GERMAN = ("the", "good", "a", "my")


@dataclass(slots=True)
class Reading:
    """Hold what one name says by itself. `rest` is what stands after the episode mark."""

    title: str = ""
    rest: str = ""
    year: int | None = None
    sure_year: bool = False
    seasons: list[int] = field(default_factory=list)
    episodes: list[int] = field(default_factory=list)
    day: datetime.date | None = None
    bare: bool = False
    part: int | None = None
    edition: str | None = None
    group: str | None = None
    country: str | None = None
    camera: bool = False
    extra: ExtraKind | None = None
    tags: list[Tag] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def first(self, field_name: str) -> str | None:
        """Return the value of the first tag of a field."""
        return next((tag.value for tag in self.tags if tag.field == field_name and tag.value), None)

    @property
    def complete_series(self) -> bool:
        """Tell whether the name says that it is a whole series."""
        return any(tag.field == "complete" and "serie" in tag.value for tag in self.tags)

    @property
    def strong(self) -> bool:
        """Tell whether a technical word that cannot be in a title stands in the name."""
        return any(tag.strong for tag in self.tags)


@dataclass(slots=True)
class Draft:
    """Hold a name while it is being read; all positions are in `text.flat`.

    `masked` is the flat text without its strong tags, so that no number in "1920x1080" or "5.1"
    is taken for an episode; `ends` are the places where a title must have ended.
    """

    text: Text
    tags: list[Tag]
    masked: str
    pieces: list[Piece]
    ends: list[int]
    mark: Mark | None = None
    year: int | None = None


def read(
    text: Text, *, in_series: bool = False, series: str = "", among_films: bool = False
) -> Reading:
    """Understand one name.

    `in_series` says that it stands in a season's folder, so that any number may be its episode;
    `series` is that folder's title in lower case. `among_films` says that it stands on a shelf of
    films, where no bare number is one.
    """
    if _CAMERA.match(text.flat):
        return Reading(title=tidy(text.shown), camera=True)
    fenced = take_fenced(text)
    draft = _draft(fenced.text, fenced.ends)
    reading = Reading(ids=fenced.ids, edition=fenced.edition)
    if not among_films and (draft.mark is None or not (draft.mark.episodes or draft.mark.day)):
        reading.bare = _find_bare(draft, in_series=in_series, series=series)
    if draft.mark:
        draft.ends.append(draft.mark.start)
        reading.seasons, reading.episodes = draft.mark.seasons, draft.mark.episodes
        reading.day = draft.mark.day
    if draft.year is not None:
        reading.year = int(draft.text.flat[draft.year : draft.year + 4])
        reading.sure_year = draft.year == 0 or in_brackets(draft.masked, draft.year)
        order = _ORDER.match(draft.text.flat) if draft.mark is None else None
        if draft.year > 0:
            draft.ends.append(draft.year)
        if order and (draft.year == 0 or order.end() < 7):  # "1922 - X", "07 - X (1922)"
            draft.pieces[0] = Piece(order.end(), draft.pieces[0].end, bracketed=False)
    _absorb(draft)
    _settle(draft, reading)
    return reading


def _draft(text: Text, fences: list[int]) -> Draft:
    tags = find_tags(text.flat)
    masked = text.flat
    for tag in tags:
        if tag.strong:
            masked = masked[: tag.start] + "\x7f" * (tag.end - tag.start) + masked[tag.end :]
    pieces, lead = pieces_of(text), 0
    for tag in tags:  # "1080p Film 2010": skip what stands before the title
        if tag.strong and not masked[lead : tag.start].strip(" -") and masked[tag.end :].strip():
            lead = tag.end
    if lead and lead < pieces[0].end and not pieces[0].bracketed:
        pieces[0] = Piece(lead, pieces[0].end, bracketed=False)
    ends = [tag.start for tag in tags if tag.strong and tag.start >= lead] + fences
    draft = Draft(text, tags, masked, pieces, ends, find_mark(masked))
    if draft.mark and draft.mark.day and _is_bare_day(draft.mark, masked):
        draft.mark = None
    draft.year = find_year(masked, draft.mark, tags)
    if draft.mark and _FILM_EPISODE.match(masked, draft.mark.start) and not draft.mark.seasons:
        year = find_year(masked, None, tags)
        if year is not None and year > draft.mark.start:  # "Star Wars Episode 1 ... 1999"
            draft.mark, draft.year = None, year
    return draft


def _is_bare_day(mark: Mark, masked: str) -> bool:
    """Tell a film called "22 July" of 2018 from a show of that day: it has no other title."""
    before, after = masked[: mark.start], masked[mark.end :].strip(" [(")
    return not before.strip(" -[(") and (not after or after.startswith("\x7f"))


def _find_bare(draft: Draft, *, in_series: bool, series: str) -> bool:
    """Look for a number that nothing names, and join it to the season found before."""
    held, first = draft.mark, draft.pieces[0] if draft.pieces else None
    around = Around(
        grouped=first is not None and first.bracketed and first.start <= 1 < len(draft.pieces),
        year=draft.year is not None,
        dated=draft.year is not None and not in_brackets(draft.masked, draft.year),
        in_series=in_series,
        series=series,
        broadcast=next((tag.start for tag in draft.tags if tag.value in BROADCAST), None),
        fansub=next((tag.start for tag in draft.tags if tag.strong and tag.value == "fr"), None),
        file=bool(draft.text.extension),
        season_end=held.end if held else None,
    )
    bare = bare_number(draft.masked, draft.pieces, draft.ends, around)
    if bare is None:
        return False
    seasons = (held.seasons if held else []) or bare.seasons
    draft.mark = Mark(bare.start, bare.end, seasons, bare.episodes)
    draft.ends += [held.start] if held else []
    return True


def _absorb(draft: Draft) -> None:
    """Move ends back over weak tags that stand directly before them ("... FRENCH DVDRip")."""
    flat, ends = draft.text.flat, sorted(draft.ends)
    mark = draft.mark.start if draft.mark else -1
    for tag in reversed(draft.tags):
        if tag.strong or tag.start == 0:
            continue
        for place, end in enumerate(ends):
            gap = flat[tag.end : end]
            if tag.end > end or len(gap) > 4 or gap.strip(" -[]()+,&/"):
                continue
            fixed = end == mark or is_year(flat, end)
            if not fixed or _belongs_before(draft.text, tag, end, series=mark >= end):
                ends[place] = tag.start
    draft.ends = ends


def _belongs_before(text: Text, tag: Tag, end: int, *, series: bool) -> bool:
    """Tell whether a weak tag directly before a year or an episode is no word of the title."""
    flat, word = text.flat, text.flat[tag.start : tag.end]
    if word == "german" and is_year(flat, end):  # German groups write the language there
        return not flat[: tag.start].rstrip().endswith(_THE_GERMAN)
    if word in COUNTRIES:
        upper = text.shown[tag.start : tag.end].isupper() and not text.shown.isupper()
        return upper and series and flat[tag.start - 1] != "("
    return tag.field == "complete" or " " in word or tag.value in _EDITIONS_BEFORE


def _settle(draft: Draft, reading: Reading) -> None:
    """Fill in the title and the facts once it is known where the title ends."""
    text, mark = draft.text, draft.mark
    chosen = None  # "Episode 5 - Name": what follows the mark is the episode's name
    if mark is None or text.flat[: mark.start].strip(" -[]()"):
        chosen = title_piece(text, draft.pieces, draft.ends, mark.start if mark else None)
    start, end = (chosen.start, chosen.end) if chosen else (0, 0)
    reading.title = tidy(text.shown[start:end])
    edge = min((place for place in draft.ends if place >= end), default=len(text.flat))
    for tag in draft.tags:
        if tag.strong or tag.start >= edge or tag.end <= start:
            reading.tags.append(tag)
        if tag.start == end and text.flat[tag.start : tag.end] in COUNTRIES:
            reading.country = text.shown[tag.start : tag.end].upper()
    if mark:
        after = [place for place in draft.ends if place >= mark.end]
        reading.rest = tidy(text.shown[mark.end : min(after, default=len(text.flat))])
    reading.edition = reading.edition or reading.first("edition")
    others = [piece for piece in draft.pieces if not piece.start <= start < piece.end]
    reading.group = find_group(text, others, reading.tags, edge)
    _settle_asides(text, reading, start, edge)


def _settle_asides(text: Text, reading: Reading, start: int, edge: int) -> None:
    """Take the part and the extra's word, which may stand inside what looked like the title."""
    part = find_part(text.flat)
    if part:
        reading.part = part[0]
        if start < part[1] < edge:
            reading.title = tidy(text.shown[start : part[1]])
    extra = find_extra(text.flat, edge)
    if extra:
        reading.extra, at, until = extra
        if start <= at < edge or at == 0:
            before, after = text.shown[start:at], text.shown[until : max(edge, until)]
            reading.title = tidy(before) or tidy(after)
