"""What a name is understood as, and what a person may say about it beforehand."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["movie", "episode", "extra", "book", "audio", "unknown"]
ExtraKind = Literal[
    "trailer",
    "sample",
    "featurette",
    "behindthescenes",
    "deleted",
    "interview",
    "scene",
    "short",
    "theme",
    "other",
]


@dataclass(frozen=True, slots=True)
class Hints:
    """Say what a person knows about a file; every given fact wins over the name.

    `episode_offset` is added to every episode number, for releases that count on from an
    earlier season (offset -12 makes 13 the first). An empty title counts as not given.
    """

    title: str | None = None
    year: int | None = None
    kind: Kind | None = None
    season: int | None = None
    episode_offset: int = 0


@dataclass(frozen=True, slots=True)
class ParsedName:
    """Hold the facts of one file or release name; absent facts are None or empty.

    `episodes` are the numbers as written. Where they were written without a season they stand in
    `absolute` too, for nothing in the name tells which of both they are. `season` is the first of
    `seasons`, which has more than one member for packs only. `languages` are ISO 639-1 codes of
    sound or subtitles the name speaks of. `part` is the number of a piece of one film (CD 2) or
    the volume of a book, whose chapters stand in `episodes`. `country` ("US") tells apart series
    of one title. `owner` is the title of the film or series an extra is of. `confidence` goes
    from 0 (a guess) to 1 (said by a person); 0.85 and more means that name and folder agree.
    """

    name: str
    kind: Kind
    title: str
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    absolute: tuple[int, ...] = ()
    date: datetime.date | None = None
    part: int | None = None
    edition: str | None = None
    resolution: str | None = None
    source: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    group: str | None = None
    languages: tuple[str, ...] = ()
    proper: bool = False
    seasons: tuple[int, ...] = ()
    country: str | None = None
    extra_kind: ExtraKind | None = None
    owner: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Give the pinned fields of `shadow parse --json`, ready for `json.dumps`."""
        return {
            "name": self.name,
            "kind": self.kind,
            "title": self.title,
            "year": self.year,
            "season": self.season,
            "episodes": list(self.episodes),
            "absolute": list(self.absolute),
            "date": self.date.isoformat() if self.date else None,
            "part": self.part,
            "edition": self.edition,
            "resolution": self.resolution,
            "source": self.source,
            "video_codec": self.video_codec,
            "audio_codec": self.audio_codec,
            "group": self.group,
            "languages": list(self.languages),
            "proper": self.proper,
        }
