"""Join what a name says, what the folders above it say, and what a person said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadow.kit.naming.facts import Hints, Kind, ParsedName
from shadow.kit.naming.folders import Place, is_opaque, place_of
from shadow.kit.naming.printed import printed_or_heard
from shadow.kit.naming.reading import Reading, read
from shadow.kit.naming.tags import find_tags
from shadow.kit.naming.text import AUDIO, BOOK, LONGEST, Text, clean, compact, flatten, prepare

NEAREST = 6  # folders that are looked at; further up are only shelves


def understand(name: str, *, folders: Sequence[str] = (), hints: Hints | None = None) -> ParsedName:
    """Say what a file or release name means.

    Args:
        name: a file name (with or without extension) or a release name; anything is taken.
        folders: names of the folders above the file below the library's root, nearest last.
        hints: facts from a person; they win over everything.

    Returns:
        The facts; `title` is never empty. The work is bounded by the first 300 characters of
        each name, whatever they hold.
    """
    text = prepare(name)
    if text.extension in AUDIO and any(
        tag.strong and tag.field != "audio" for tag in find_tags(text.flat)
    ):
        text = prepare(name, folder=True)  # "Show.S01E02.WEB-DL.x264.AAC" has no extension
    place = place_of(tuple(folder[:LONGEST] for folder in folders[-NEAREST:]))
    shown = clean(name)
    if text.extension in BOOK or text.extension in AUDIO:
        parsed = printed_or_heard(shown, text, place)
    else:
        in_series = place.season is not None or place.looks_like_series(text)
        reading = read(
            text,
            in_series=in_series,
            series=flatten(place.title),
            among_films=place.among_films and place.season is None,
        )
        parsed = _join(shown, text, reading, place)
    return _with_hints(parsed, hints) if hints else parsed


def _join(shown: str, text: Text, reading: Reading, place: Place) -> ParsedName:
    seasons = tuple(reading.seasons) or ((place.season,) if place.season is not None else ())
    episodes = _within_season(text, reading, place) or (() if reading.day else place.episodes)
    kind = _kind(reading, place, numbered=bool(seasons or episodes or reading.day))
    title, year, sure = _title(reading, place, kind)
    languages = dict.fromkeys(tag.value for tag in reading.tags if tag.field == "language")
    return ParsedName(
        name=shown,
        kind=kind,
        title=title or place.title or text.shown.strip() or shown or "Untitled",
        year=year,
        season=seasons[0] if seasons else None,
        episodes=episodes,
        absolute=episodes if episodes and not seasons else (),
        date=reading.day,
        part=reading.part or place.part,
        edition=reading.edition or place.edition,
        resolution=reading.first("resolution") or place.first("resolution"),
        source=reading.first("source") or place.first("source"),
        video_codec=reading.first("video") or place.first("video"),
        audio_codec=reading.first("audio") or place.first("audio"),
        group=reading.group or place.group,
        languages=tuple(languages),
        proper=reading.first("proper") is not None,
        seasons=seasons,
        country=reading.country,
        extra_kind=reading.extra or place.extra,
        owner=(place.title or title or None) if kind == "extra" else None,
        ids={**place.ids, **reading.ids},
        confidence=sure,
    )


def _within_season(text: Text, reading: Reading, place: Place) -> tuple[int, ...]:
    """Read "Season 2/213 - Name" as the thirteenth; fansubs ("[Group] Show - 213") count on."""
    season = place.season or 0
    numbers = tuple(reading.episodes)
    written = reading.bare and not reading.seasons and not text.flat.startswith("[")
    if season and written and all(number // 100 == season and number % 100 for number in numbers):
        return tuple(number % 100 for number in numbers)
    return numbers


def _kind(reading: Reading, place: Place, *, numbered: bool) -> Kind:
    if reading.extra or place.extra:
        return "extra"
    if numbered or reading.complete_series:
        return "episode"
    return "unknown" if reading.camera else "movie"


def _title(reading: Reading, place: Place, kind: Kind) -> tuple[str, int | None, float]:
    """Choose between the name's title and the folder's; say how sure that is."""
    own, above = compact(reading.title), compact(place.title)
    if not above or reading.camera:
        sure = (
            0.75
            if reading.year or reading.seasons or reading.day
            else 0.6
            if reading.strong
            else 0.4
        )
        return reading.title or reading.rest, reading.year, sure if reading.title else 0.2
    if own == above:
        return place.title, reading.year or place.year, 0.95
    if kind == "extra" and own and own not in above and above not in own and not is_opaque(own):
        return reading.title, reading.year, 0.6
    if not own or place.wins(reading, own, above):
        return place.title, place.year or reading.year, 0.85
    return reading.title, reading.year, 0.7


def _with_hints(parsed: ParsedName, hints: Hints) -> ParsedName:
    """Let what a person said win."""
    shift = hints.episode_offset
    season = hints.season if hints.season is not None else parsed.season
    episodes = tuple(max(0, number + shift) for number in parsed.episodes)
    return replace(
        parsed,
        title=(hints.title or "").strip() or parsed.title,
        year=hints.year if hints.year is not None else parsed.year,
        kind=hints.kind or parsed.kind,
        season=season,
        seasons=(hints.season,) if hints.season is not None else parsed.seasons,
        episodes=episodes,
        absolute=episodes if parsed.absolute and hints.season is None else (),
        confidence=1.0 if (hints.title or "").strip() else parsed.confidence,
    )
