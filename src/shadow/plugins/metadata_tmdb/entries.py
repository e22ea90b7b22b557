"""Turn TMDB's JSON into candidates and patches. Pure; nothing of the answers is trusted.

Field names as in TMDB's reference: Search Movie and TV, Find by ID, Movie Details, TV Series
Details, TV Season Details, each with what `append_to_response` adds.
"""

import re
from dataclasses import dataclass
from typing import Any

from shadow.catalog.ports import (
    Candidate,
    CollectionPatch,
    CreditPatch,
    EpisodePatch,
    MetadataKind,
    SeasonPatch,
    TitlePatch,
)
from shadow.kit.loose_json import day, objects, part, real, text, whole

NAME, OVERVIEW, TAGLINE = 400, 20_000, 1_000  # characters that the catalogue keeps
MOST_ID = 1 << 53
CAST, CREW, TITLES, SEASONS, EPISODES = 40, 400, 60, 400, 2_000  # items looked at
IMAGE_PATH = re.compile(r"/[\w-]{1,100}\.(?:jpg|jpeg|png|webp)", re.ASCII)
SIZES = {"poster": "w780", "backdrop": "w1280", "still": "original", "profile": "h632"}
JOBS = {
    "Director": "director",
    "Writer": "writer",
    "Screenplay": "writer",
    "Story": "writer",
    "Novel": "author",
    "Producer": "producer",
    "Executive Producer": "producer",
    "Original Music Composer": "composer",
    "Director of Photography": "cinematographer",
    "Editor": "editor",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Read answers of one kind of entry. `image_base` ends in a slash; `region` is as `US`."""

    kind: MetadataKind
    image_base: str
    region: str = "US"

    def candidates(self, answer: Any) -> list[Candidate]:
        """Return the entries of a search, or of a list of `find`, in TMDB's order."""
        found = (self.candidate(one) for one in objects(part(answer, "results"), 20))
        return [one for one in found if one is not None]

    def candidate(self, entry: Any, *, by_id: bool = False) -> Candidate | None:
        """Return one entry of a search or its details; None when it has no id or title."""
        number = whole(part(entry, "id"), 1, MOST_ID)
        title = text(part(entry, self._name("title")), NAME)
        if number is None or title is None:
            return None
        released = day(part(entry, self._name("release_date")))
        return Candidate(
            provider="tmdb",
            id=str(number),
            kind=self.kind,
            title=title,
            original_title=text(part(entry, self._name("original_title")), NAME),
            alternative_titles=self._alternatives(entry),
            year=released.year if released else None,
            overview=text(part(entry, "overview"), OVERVIEW),
            poster_url=self._image("poster", part(entry, "poster_path")),
            runtime_minutes=whole(part(entry, "runtime"), 1, 2_000),
            season_sizes=_season_sizes(entry),
            popularity=real(part(entry, "popularity"), 0, 1e9) or 0.0,
            by_id=by_id,
        )

    def patch(self, entry: Any, seasons: dict[int, Any]) -> TitlePatch:
        """Return all that the details, and the answers for these seasons, say of a title."""
        released = day(part(entry, self._name("release_date")))
        votes = whole(part(entry, "vote_count"), 1, MOST_ID)
        genres = (text(part(one, "name"), 80) for one in objects(part(entry, "genres"), 20))
        return TitlePatch(
            title=text(part(entry, self._name("title")), NAME),
            original_title=text(part(entry, self._name("original_title")), NAME),
            alternative_titles=self._alternatives(entry),
            year=released.year if released else None,
            overview=text(part(entry, "overview"), OVERVIEW),
            tagline=text(part(entry, "tagline"), TAGLINE),
            runtime_minutes=self._runtime(entry),
            rating=real(part(entry, "vote_average"), 0, 10) if votes else None,
            certification=self._certification(entry),
            released=released,
            genres=tuple(dict.fromkeys(genre for genre in genres if genre)),
            external_ids=_external_ids(entry),
            credits=self._credits(entry),
            seasons={number: self._season(answer) for number, answer in seasons.items()},
            season_sizes=_season_sizes(entry),
            poster_url=self._image("poster", part(entry, "poster_path")),
            backdrop_url=self._image("backdrop", part(entry, "backdrop_path")),
            collection=_collection(entry),
        )

    def _name(self, film_field: str) -> str:
        """Return the name under which a show has what a film has under `film_field`."""
        if self.kind == "movie":
            return film_field
        return {
            "title": "name",
            "original_title": "original_name",
            "release_date": "first_air_date",
        }[film_field]

    def _runtime(self, entry: Any) -> int | None:
        if self.kind == "movie":
            return whole(part(entry, "runtime"), 1, 2_000)
        lengths = part(entry, "episode_run_time")
        return whole(lengths[0], 1, 2_000) if isinstance(lengths, list) and lengths else None

    def _alternatives(self, entry: Any) -> tuple[str, ...]:
        held = part(entry, "alternative_titles")
        listed = part(held, "titles") or part(held, "results")
        titles = (text(part(one, "title"), NAME) for one in objects(listed, TITLES))
        return tuple(dict.fromkeys(title for title in titles if title))

    def _certification(self, entry: Any) -> str | None:
        """Return the age rating of the region, else of the United States, else the first."""
        listed = part(entry, "release_dates", "results") or part(
            entry, "content_ratings", "results"
        )
        found: dict[str, str] = {}
        for country in objects(listed, 300):
            ratings = [part(country, "rating")]
            ratings += [
                part(one, "certification") for one in objects(part(country, "release_dates"), 50)
            ]
            rating = next((kept for kept in (text(one, 16) for one in ratings) if kept), None)
            name = text(part(country, "iso_3166_1"), 2)
            if rating and name:
                found.setdefault(name, rating)
        return found.get(self.region) or found.get("US") or next(iter(found.values()), None)

    def _credits(self, entry: Any) -> tuple[CreditPatch, ...]:
        held = part(entry, "aggregate_credits") or part(entry, "credits")
        cast = [self._credit(one, "actor") for one in objects(part(held, "cast"), CAST)]
        makers = [self._credit(one, "creator") for one in objects(part(entry, "created_by"), 10)]
        crew = [
            self._credit(one, JOBS[job])
            for one in objects(part(held, "crew"), CREW)
            for job in _jobs(one)
            if job in JOBS
        ]
        known: dict[tuple[str | None, str, str], CreditPatch] = {}
        for credit in (*makers, *crew, *cast):
            if credit is not None:
                known.setdefault((credit.provider_key, credit.job, credit.character), credit)
        return tuple(known.values())

    def _credit(self, entry: dict[str, Any], job: str) -> CreditPatch | None:
        name = text(entry.get("name"), NAME)
        number = whole(entry.get("id"), 1, MOST_ID)
        if name is None or number is None:
            return None
        roles = [text(part(one, "character"), NAME) for one in objects(entry.get("roles"), 5)]
        played = text(entry.get("character"), NAME) or next((one for one in roles if one), None)
        return CreditPatch(
            name=name,
            job=job,
            character=(played or "") if job == "actor" else "",
            position=whole(entry.get("order"), 0, 10_000) or 0,
            provider_key=f"tmdb:{number}",
            photo_url=self._image("profile", entry.get("profile_path")),
        )

    def _season(self, answer: Any) -> SeasonPatch:
        episodes: dict[int, EpisodePatch] = {}
        for one in objects(part(answer, "episodes"), EPISODES):
            number = whole(one.get("episode_number"), 0, 100_000)
            if number is not None:
                episodes[number] = EpisodePatch(
                    name=text(one.get("name"), NAME),
                    overview=text(one.get("overview"), OVERVIEW),
                    air_date=day(one.get("air_date")),
                    runtime_minutes=whole(one.get("runtime"), 1, 2_000),
                    still_url=self._image("still", one.get("still_path")),
                )
        return SeasonPatch(
            name=text(part(answer, "name"), NAME),
            overview=text(part(answer, "overview"), OVERVIEW),
            poster_url=self._image("poster", part(answer, "poster_path")),
            episodes=episodes,
        )

    def _image(self, what: str, path: Any) -> str | None:
        if not isinstance(path, str) or not IMAGE_PATH.fullmatch(path):
            return None
        return f"{self.image_base}{SIZES[what]}{path}"


def _jobs(entry: dict[str, Any]) -> list[str]:
    """Return a crew member's jobs: one in `credits`, a list in `aggregate_credits`."""
    listed = [part(one, "job") for one in objects(entry.get("jobs"), 20)]
    return [job for job in (*listed, entry.get("job")) if isinstance(job, str)]


def _season_sizes(entry: Any) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for one in objects(part(entry, "seasons"), SEASONS):
        number = whole(one.get("season_number"), 0, 10_000)
        count = whole(one.get("episode_count"), 0, 100_000)
        if number is not None and count is not None:
            sizes[number] = count
    return sizes


def _external_ids(entry: Any) -> dict[str, str]:
    ids: dict[str, str] = {}
    if number := whole(part(entry, "id"), 1, MOST_ID):
        ids["tmdb"] = str(number)
    imdb = part(entry, "imdb_id") or part(entry, "external_ids", "imdb_id")
    if isinstance(imdb, str) and re.fullmatch(r"tt[0-9]{5,12}", imdb):
        ids["imdb"] = imdb
    if tvdb := whole(part(entry, "external_ids", "tvdb_id"), 1, MOST_ID):
        ids["tvdb"] = str(tvdb)
    return ids


def _collection(entry: Any) -> CollectionPatch | None:
    held = part(entry, "belongs_to_collection")
    name, number = text(part(held, "name"), NAME), whole(part(held, "id"), 1, MOST_ID)
    return CollectionPatch(name, f"tmdb:{number}") if name and number else None
