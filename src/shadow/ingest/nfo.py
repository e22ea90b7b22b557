"""Read `.nfo` files as Kodi and Jellyfin write them. Runs in a worker process only.

An `.nfo` is XML with `<movie>`, `<tvshow>` or one or more `<episodedetails>` at the top, a plain
text that names a page of a database, or the one followed by the other. It is untrusted: entities
and DTDs are refused, its size is capped, and so is everything taken from it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shadow.catalog.ports import CreditPatch, EpisodePatch, SeasonPatch, TitlePatch

MOST_BYTES = 1 << 20
MOST_CREDITS = 60
MOST_GENRES = 20
ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding=[\"']([\w.-]{1,40})[\"']")
DECLARATION = re.compile(r"<\?xml.{0,300}?\?>", re.DOTALL)
IDS_IN_TEXT = (
    ("imdb", re.compile(r"imdb\.com/title/(tt\d{5,10})")),
    ("tmdb", re.compile(r"themoviedb\.org/(?:movie|tv)/(\d{1,9})")),
    ("tvdb", re.compile(r"thetvdb\.com/\S{0,60}?[?&/](?:id=|series/)(\d{1,9})")),
)
ID_TAGS = {
    "tmdb": ("tmdbid",),
    "imdb": ("imdbid", "imdb_id"),
    "tvdb": ("tvdbid",),
}
ID_NAME, ID_VALUE = re.compile(r"[a-z]{2,20}"), re.compile(r"[\w-]{1,40}")
TOPS = {"movie": "movie", "tvshow": "show", "episodedetails": "episode"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one `.nfo` says. `kind` is `movie`, `show`, `episode` or empty when it is only ids.

    For an episode file `patch.title` is absent and `seasons` of the patch has the episodes;
    `season` and `episodes` are its numbers, in order.
    """

    kind: str = ""
    patch: TitlePatch = field(default_factory=TitlePatch)
    show_title: str | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()


def read_nfo(content: bytes) -> Told:
    """Say what an `.nfo` file tells; what cannot be understood in it tells nothing."""
    text = _decode(content[:MOST_BYTES])
    tops = [top for top in _elements(text) if top.tag in TOPS]
    if not tops:
        return Told(patch=TitlePatch(external_ids=_ids_in(text)))
    kind = TOPS[tops[0].tag]
    if kind != "episode":
        return Told(kind=kind, patch=_title_patch(tops[0], text))
    return _episodes([top for top in tops if top.tag == "episodedetails"])


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    named = ENCODING.search(content[:400])
    try:
        return content.decode(named[1].decode() if named else "utf-8-sig", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _elements(text: str) -> list[Element]:
    # Several <episodedetails> in one file, or an address after the end, are not well-formed XML:
    # a wrapper makes them so.
    bare = DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    try:
        return list(fromstring(f"<nfo>{bare}</nfo>", forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        pass
    end = bare.rfind("</")
    try:
        whole = bare[: bare.index(">", end) + 1] if end >= 0 else bare
        return list(fromstring(f"<nfo>{whole}</nfo>", forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return []


def _title_patch(top: Element, text: str) -> TitlePatch:
    released = _date(top, "premiered", "releasedate", "aired")
    return TitlePatch(
        title=_text(top, 400, "title", "name"),
        original_title=_text(top, 400, "originaltitle"),
        year=_number(top, "year", most=2200) or (released.year if released else None),
        overview=_text(top, 10_000, "plot", "outline", "overview"),
        tagline=_text(top, 400, "tagline"),
        runtime_minutes=_number(top, "runtime", most=6000),
        rating=_rating(top),
        certification=_text(top, 16, "mpaa", "certification"),
        released=released,
        genres=tuple(dict.fromkeys(_genres(top)))[:MOST_GENRES],
        external_ids={**_ids_in(text), **_ids(top)},
        credits=tuple(_credits(top))[:MOST_CREDITS],
    )


def _episodes(tops: list[Element]) -> Told:
    seasons: dict[int, dict[int, EpisodePatch]] = {}
    numbers = []
    for top in tops:
        season, number = _number(top, "season", most=9999), _number(top, "episode", most=99_999_999)
        if season is None or number is None:
            continue
        numbers.append(number)
        seasons.setdefault(season, {})[number] = EpisodePatch(
            name=_text(top, 400, "title"),
            overview=_text(top, 10_000, "plot", "outline"),
            air_date=_date(top, "aired", "premiered"),
            runtime_minutes=_number(top, "runtime", most=6000),
        )
    first = next(iter(seasons), None)
    return Told(
        kind="episode",
        patch=TitlePatch(
            seasons={number: SeasonPatch(episodes=of) for number, of in seasons.items()}
        ),
        show_title=_text(tops[0], 400, "showtitle"),
        season=first if len(seasons) == 1 else None,
        episodes=tuple(numbers) if len(seasons) == 1 else (),
    )


def _text(top: Element, longest: int, *tags: str) -> str | None:
    for tag in tags:
        found = top.find(tag)
        if found is not None and found.text and (clean := found.text.replace("\0", "").strip()):
            return clean[:longest]
    return None


def _number(top: Element, tag: str, *, most: int) -> int | None:
    match = re.match(r"\d{1,9}", _text(top, 20, tag) or "")
    return int(match[0]) if match and int(match[0]) <= most else None


def _date(top: Element, *tags: str) -> date | None:
    try:
        return date.fromisoformat((_text(top, 10, *tags) or "")[:10])
    except ValueError:
        return None


def _rating(top: Element) -> float | None:
    places = [*top.iterfind("ratings/rating/value"), *top.iterfind("rating")]
    for place in places:
        try:
            value = float((place.text or "").strip()[:12].replace(",", "."))
        except ValueError:
            continue
        if 0 < value <= 10:
            return value
    return None


def _genres(top: Element) -> Iterator[str]:
    for element in top.iterfind("genre"):
        for part in re.split(r"[/|,;]", element.text or ""):
            if name := part.strip()[:80]:
                yield name


def _ids_in(text: str) -> dict[str, str]:
    found = ((name, pattern.search(text)) for name, pattern in IDS_IN_TEXT)
    return {name: match[1] for name, match in found if match}


def _ids(top: Element) -> dict[str, str]:
    ids: dict[str, str] = {}
    for element in top.iterfind("uniqueid"):
        _keep(ids, (element.get("type") or "").strip().lower(), element.text)
    for name, tags in ID_TAGS.items():
        if name not in ids:
            _keep(ids, name, _text(top, 40, *tags))
    legacy = _text(top, 40, "id") or ""
    if "imdb" not in ids and re.fullmatch(r"tt\d{5,10}", legacy):
        ids["imdb"] = legacy
    return ids


def _keep(ids: dict[str, str], name: str, value: str | None) -> None:
    value = (value or "").strip()
    if ID_NAME.fullmatch(name) and ID_VALUE.fullmatch(value) and len(ids) < 20:
        ids[name] = value


def _credits(top: Element) -> Iterator[CreditPatch]:
    for position, actor in enumerate(list(top.iterfind("actor"))[:MOST_CREDITS]):
        if name := _text(actor, 400, "name"):
            role = _text(actor, 400, "role") or ""
            yield CreditPatch(name=name, job="actor", character=role, position=position)
    for tag, job in (("director", "director"), ("credits", "writer")):
        for position, element in enumerate(list(top.iterfind(tag))[:MOST_GENRES]):
            if name := (element.text or "").strip()[:400]:
                yield CreditPatch(name=name, job=job, position=position)
