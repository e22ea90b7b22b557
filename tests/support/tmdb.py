"""A local server that speaks TMDB's JSON (API v3), with the entries a test gives it."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.pictures import png
from tests.support.wire import Asked, Served, plain, serving

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJsb2NhbCJ9.c2lnbmF0dXJl"  # the shape of a v4 token
SEARCHED = (
    *("id", "adult", "title", "name", "original_title", "original_name", "overview", "popularity"),
    *("poster_path", "backdrop_path", "release_date", "first_air_date", "vote_average"),
    "vote_count",
)
"""Which fields of an entry a search shows."""


@dataclass
class Tmdb:
    """The server's entries, and what it was asked."""

    served: Served = field(default_factory=lambda: Served(0))
    movies: dict[int, dict[str, Any]] = field(default_factory=dict)
    shows: dict[int, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    """Pictures by path, such as `/p603.png`; others named by entries are made up."""
    faults: deque[bytes | None] = field(default_factory=deque)
    """Whole answers given before anything else; None is a connection that stays silent."""
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each request."""

    @property
    def url(self) -> str:
        """What `SHADOW_METADATA__TMDB_URL` is set to."""
        return f"{self.served.url}/3"

    @property
    def asked(self) -> list[str]:
        """The paths of the API calls so far, without pictures and configuration."""
        paths = [urlsplit(one.target).path for one in self.served.asked]
        calls = [path.removeprefix("/3/") for path in paths if path.startswith("/3/")]
        return [call for call in calls if call != "configuration"]

    async def asked_times(self, number: int) -> None:
        """Wait until there have been this many requests."""
        while len(self.served.asked) < number:
            self.was_asked.clear()
            await self.was_asked.wait()

    def film(self, number: int, title: str, year: int, **more: Any) -> None:
        """Add a film; `more` overrides fields of its details."""
        entry = _common(number) | {
            "title": title,
            "original_title": title,
            "release_date": f"{year}-03-31",
            "runtime": 100,
            "imdb_id": f"tt{number:07}",
            "belongs_to_collection": None,
            "alternative_titles": {"titles": []},
            "release_dates": {
                "results": [
                    {"iso_3166_1": "DE", "release_dates": [{"certification": "16", "type": 3}]},
                    {"iso_3166_1": "US", "release_dates": [{"certification": "R", "type": 3}]},
                ]
            },
        }
        self.movies[number] = entry | more

    def show(self, number: int, name: str, year: int, sizes: list[int], **more: Any) -> None:
        """Add a show whose seasons 1, 2, … have so many episodes."""
        seasons = [
            {"id": number * 100 + n, "season_number": n, "episode_count": count}
            | {"name": f"Season {n}", "overview": "", "poster_path": f"/s{number}-{n}.png"}
            for n, count in enumerate(sizes, start=1)
        ]
        entry = _common(number) | {
            "name": name,
            "original_name": name,
            "first_air_date": f"{year}-09-01",
            "episode_run_time": [45],
            "number_of_seasons": len(sizes),
            "number_of_episodes": sum(sizes),
            "seasons": seasons,
            "alternative_titles": {"results": []},
            "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "TV-14"}]},
        }
        self.shows[number] = entry | more

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Write the answer to one request."""
        self.was_asked.set()
        url = urlsplit(asked.target)
        question = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path.startswith("/t/p/"):
            writer.write(self._image(url.path))
        elif self.faults:
            fault = self.faults.popleft()
            if fault is None:
                await asyncio.Event().wait()
            writer.write(fault or b"")
        elif question.get("api_key") != KEY and asked.headers.get("authorization") != (
            f"Bearer {TOKEN}"
        ):
            writer.write(failure(401, 7, "Invalid API key: You must be granted a valid key."))
        else:
            writer.write(self._call(unquote(url.path).removeprefix("/3/"), question))

    def _call(self, path: str, question: dict[str, str]) -> bytes:
        if path == "configuration":
            base = f"{self.served.url}/t/p/"
            return reply({"images": {"base_url": base, "secure_base_url": base}})
        if path in {"search/movie", "search/tv"}:
            return reply(self._search(path, question))
        if found := re.fullmatch(r"find/(\w+)", path):
            return reply(self._find(found[1], question.get("external_source", "")))
        if found := re.fullmatch(r"(movie|tv)/(\d+)", path):
            entries = self.movies if found[1] == "movie" else self.shows
            entry = entries.get(int(found[2]))
            return reply(entry) if entry else missing()
        if found := re.fullmatch(r"tv/(\d+)/season/(\d+)", path):
            season = self._season(int(found[1]), int(found[2]))
            return reply(season) if season else missing()
        return missing()

    def _search(self, path: str, question: dict[str, str]) -> dict[str, Any]:
        entries = self.movies if path == "search/movie" else self.shows
        year = question.get("year") or question.get("first_air_date_year")
        words = set(re.findall(r"\w+", question["query"].lower()))
        results = [
            {name: entry[name] for name in SEARCHED if name in entry}
            for entry in entries.values()
            if words & _words(entry) and (year is None or _date(entry).startswith(year))
        ]
        results.sort(key=lambda entry: (-len(words & _words(entry)), -entry["popularity"]))
        return {"page": 1, "results": results, "total_pages": 1, "total_results": len(results)}

    def _find(self, external_id: str, source: str) -> dict[str, Any]:
        found: dict[str, Any] = {"person_results": [], "tv_season_results": []}
        for name, entries in (("movie_results", self.movies), ("tv_results", self.shows)):
            found[name] = [
                entry
                for entry in entries.values()
                if external_id in (entry.get("imdb_id"), str(entry["external_ids"].get(source)))
            ]
        return found

    def _season(self, number: int, season: int) -> dict[str, Any] | None:
        sizes = {s["season_number"]: s for s in self.shows.get(number, {}).get("seasons", [])}
        if season not in sizes:
            return None
        episodes = [
            {"id": number * 10_000 + season * 100 + n, "episode_number": n, "season_number": season}
            | {"name": f"Episode {season}x{n}", "overview": f"What happens in {season}x{n}."}
            | {"air_date": f"2019-{season:02}-{n:02}", "runtime": 44}
            | {"still_path": f"/e{number}-{season}-{n}.png", "vote_average": 8.1}
            for n in range(1, sizes[season]["episode_count"] + 1)
        ]
        return sizes[season] | {"_id": "x", "air_date": "2019-01-01", "episodes": episodes}

    def _image(self, path: str) -> bytes:
        name = "/" + path.rsplit("/", 1)[-1]
        wide = name.startswith(("/b", "/e"))
        picture = self.images.get(name) or (png(640, 360) if wide else png(300, 450))
        return plain(200, picture, Content_Type="image/png")


def _common(number: int) -> dict[str, Any]:
    person = {"id": number * 10, "name": f"Actor {number}", "profile_path": f"/a{number}.png"}
    maker = {"id": number * 10 + 1, "name": f"Maker {number}", "profile_path": None}
    return {
        "id": number,
        "adult": False,
        "overview": f"The story of number {number}.",
        "tagline": "One line.",
        "popularity": 10.0,
        "poster_path": f"/p{number}.png",
        "backdrop_path": f"/b{number}.png",
        "vote_average": 7.5,
        "vote_count": 1000,
        "genres": [{"id": 18, "name": "Drama"}, {"id": 878, "name": "Science Fiction"}],
        "external_ids": {"imdb_id": f"tt{number:07}", "tvdb_id": number + 70_000},
        "credits": {
            "cast": [person | {"character": "The Hero", "order": 0}],
            "crew": [maker | {"job": "Director", "department": "Directing"}],
        },
    }


def _words(entry: dict[str, Any]) -> set[str]:
    names = ("title", "name", "original_title", "original_name")
    return set(re.findall(r"\w+", " ".join(str(entry.get(name, "")) for name in names).lower()))


def _date(entry: dict[str, Any]) -> str:
    return str(entry.get("release_date") or entry.get("first_air_date") or "")


def reply(body: Any) -> bytes:
    """Return a whole JSON answer."""
    return plain(200, json.dumps(body).encode(), Content_Type="application/json")


def failure(status: int, code: int, message: str, **headers: str) -> bytes:
    """Return an error as TMDB writes it."""
    body = {"success": False, "status_code": code, "status_message": message}
    return plain(status, json.dumps(body).encode(), **headers)


def missing() -> bytes:
    """Return TMDB's answer for what it does not have."""
    return failure(404, 34, "The resource you requested could not be found.")


def too_many(retry_after: str) -> bytes:
    """Return TMDB's answer to a client that asks too often."""
    text = "Your request count (41) is over the allowed limit of 40."
    return failure(429, 25, text, Retry_After=retry_after)


@asynccontextmanager
async def running_tmdb() -> AsyncIterator[Tmdb]:
    """Serve an empty TMDB on a free loopback port until the block ends."""
    tmdb = Tmdb()
    async with serving(tmdb.answer) as served:
        tmdb.served = served
        yield tmdb
