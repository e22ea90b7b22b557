"""What a found file is, read from its name: its title's identity, its role, its episodes."""

import hashlib
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Literal

import orjson

from shadow.catalog import folding
from shadow.catalog.bulk import Row
from shadow.catalog.found import FoundFile
from shadow.catalog.identity import match_key, path_key
from shadow.kit.naming.facts import ParsedName

DOUBTFUL_BELOW = 0.5
"""Confidence under which a name alone is not trusted: a bare name without year or episode."""
STREAM_COLUMNS = (
    *("index", "type", "codec", "profile", "level", "width", "height", "fps", "bit_depth", "hdr"),
    *("channels", "sample_rate", "bitrate", "language", "title", "default", "forced", "details"),
)
LARGEST = 2**31 - 1
_KINDS = {"movie": "movie", "episode": "show", "book": "book", "audio": "audio"}


@dataclass(frozen=True, slots=True)
class Identity:
    """The title a name speaks of."""

    kind: str
    name_key: str
    year: int | None
    title: str
    confidence: float
    external_ids: tuple[tuple[str, str], ...]

    @property
    def match_key(self) -> str:
        """Return the title's key, as `identity.match_key` makes it."""
        return f"{self.kind}:{self.name_key}:{self.year if self.year is not None else ''}"


def identity_of(found: FoundFile) -> Identity:
    """Return the identity of the title that a file belongs to by its name."""
    parsed = found.parsed
    title = folding.clean(parsed.title)[:400].strip() or "?"
    return Identity(
        kind=kind_of(found),
        name_key=folding.name_key(title),
        year=parsed.year,
        title=title,
        confidence=parsed.confidence,
        external_ids=tuple(
            (folding.clean(name), folding.clean(value)) for name, value in parsed.ids.items()
        ),
    )


def kind_of(found: FoundFile) -> str:
    """Return the kind of title: what the name says, else what the streams look like."""
    known = _KINDS.get(found.parsed.kind)
    if known or found.facts is None:
        return known or "movie"
    types = {stream.type for stream in found.facts.streams}
    return "audio" if "audio" in types and "video" not in types else "movie"


def role_of(parsed: ParsedName) -> Literal["main", "extra", "trailer", "sample"]:
    """Return the part a file plays in its title."""
    if parsed.kind != "extra":
        return "main"
    if parsed.extra_kind == "trailer":
        return "trailer"
    return "sample" if parsed.extra_kind == "sample" else "extra"


def episodes_of(parsed: ParsedName) -> tuple[int | None, list[tuple[int, int | None]]]:
    """Return the season and its (number, absolute number) pairs, in order.

    Numbers without a season count in season 1. A dated episode is number YYYYMMDD of the season
    of its year.
    """
    if parsed.kind != "episode":
        return None, []
    if parsed.date and not parsed.episodes:
        return parsed.date.year, [(int(parsed.date.strftime("%Y%m%d")), None)]
    absolute: tuple[int | None, ...] = parsed.absolute
    numbers = parsed.episodes or parsed.absolute
    if len(absolute) != len(numbers):
        absolute = (None,) * len(numbers)
    pairs = {
        number: beside
        for number, beside in zip(numbers, absolute, strict=True)
        if 0 <= number <= LARGEST
    }
    season = parsed.season if parsed.season is not None or not pairs else 1
    return season, list(pairs.items())


def understood_as(found: FoundFile) -> str:
    """Return one line for all that the name says of the file's place, to notice when it changes."""
    parsed = found.parsed
    role = role_of(parsed)
    kind = kind_of(found) if role == "main" else role
    season, pairs = episodes_of(parsed)
    numbers = ",".join(str(number) for number, _ in pairs[:50])
    key = match_key(kind, folding.clean(parsed.title)[:400].strip() or "?", parsed.year)
    return f"{key}|{'' if season is None else season}|{numbers}"


def file_columns(found: FoundFile) -> Row:
    """Return the columns of `files` that the file alone decides (all but title, state, times)."""
    parsed, facts = found.parsed, found.facts
    shown = folding.clean(found.shown_path)
    columns: Row = {
        "storage": found.storage,
        "root_id": found.root_id,
        "folder": found.folder,
        "folder_key": path_key(found.folder),
        "path": found.path,
        "path_key": path_key(found.path),
        "shown_path": shown,
        "sort_path": folding.fold("/".join(shown.split("/")[-2:]))[:400],
        "size": found.size,
        "mtime_ns": found.mtime_ns,
        "head_tail": found.head_tail,
        "role": role_of(parsed),
        "error": folding.clean(found.error)[:1000] if found.error else None,
        "container": facts.container if facts else None,
        "duration": facts.duration if facts else None,
        "bitrate": facts.bitrate if facts else None,
        "part": None if parsed.part is None else str(parsed.part)[:40],
        "edition": _text(parsed.edition, 80),
        "resolution": _text(parsed.resolution, 16),
        "source": _text(parsed.source, 40),
        "release_group": _text(parsed.group, 80),
        "probe_facts": _rarer_facts(found),
        "understood": understood_as(found),
    }
    return columns


def stream_rows(found: FoundFile) -> list[Row]:
    """Return the rows of `streams`, without the file's id."""
    if found.facts is None:
        return []
    unique = {stream.index: stream for stream in found.facts.streams}
    return [{name: getattr(stream, name) for name in STREAM_COLUMNS} for stream in unique.values()]


def facts_key(columns: Row, streams: list[Row]) -> str:
    """Return a hash of the technical facts and of what the name says of the version."""
    told = [columns[name] for name in _TOLD]
    packed = orjson.dumps([told, streams], default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


_TOLD = (
    *("role", "error", "container", "duration", "bitrate", "part", "edition", "resolution"),
    *("source", "release_group", "probe_facts"),
)


def _rarer_facts(found: FoundFile) -> dict[str, Any]:
    facts = found.facts
    if facts is None:
        return {}
    return {
        "chapters": [_plain(chapter) for chapter in facts.chapters],
        "attachments": [_plain(attachment) for attachment in facts.attachments],
        "tags": {folding.clean(name): folding.clean(text) for name, text in facts.tags.items()},
        "cover": facts.cover,
        "truncated": facts.truncated,
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value)


def _text(value: str | None, longest: int) -> str | None:
    return folding.clean(value)[:longest] or None if value else None
