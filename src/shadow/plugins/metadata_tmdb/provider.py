"""TMDB as a metadata provider: which questions are asked, and what their failures mean."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shadow.catalog.ports import (
    Candidate,
    EntryMissing,
    MetadataKind,
    MetadataQuery,
    ProviderRefused,
    ProviderUnavailable,
    TitlePatch,
)
from shadow.kit.loose_json import objects, part
from shadow.plugins.metadata_tmdb.entries import Reader
from shadow.runtime.http import AnswerRefused, RequestRefused, Unreachable, checked_url
from shadow.runtime.http_service import JsonService, ServiceDenied

KINDS: frozenset[MetadataKind] = frozenset({"movie", "show"})
PATHS = {"movie": "movie", "show": "tv"}
ADDED = {
    "movie": "credits,external_ids,release_dates,alternative_titles",
    "show": "aggregate_credits,credits,external_ids,content_ratings,alternative_titles",
}
YEAR = {"movie": "year", "show": "first_air_date_year"}
IMAGES = "https://image.tmdb.org/t/p/"
SEARCH_LIFETIME = timedelta(days=2)  # new entries should be found soon
CONFIGURATION_LIFETIME = timedelta(days=7)
MOST_SEASONS = 100  # of one entry, asked for in one fetch


class TmdbProvider:
    """Ask TMDB. Safe to use from many tasks at once."""

    def __init__(self, service: JsonService, *, language: str, lifetime: timedelta) -> None:
        """Take the service and how long an entry's answers are kept."""
        self._service = service
        self._language = language
        self._lifetime = lifetime
        self._image_base: str | None = None

    @property
    def name(self) -> str:
        """Return `tmdb`."""
        return "tmdb"

    @property
    def kinds(self) -> frozenset[MetadataKind]:
        """Return films and shows."""
        return KINDS

    async def search(self, query: MetadataQuery) -> list[Candidate]:
        """Return the entry of a known id alone, else what the search finds, see the port."""
        if query.kind not in KINDS:
            return []
        reader = await self._reader(query.kind)
        known = await self._by_id(reader, query)
        if known is not None:
            return [known]
        if not query.title.strip():
            return []
        found = await self._by_name(reader, query, year=query.year)
        if not found and query.year is not None:  # the file's year is often off by one
            found = await self._by_name(reader, query, year=None)
        return found

    async def fetch(
        self,
        kind: MetadataKind,
        entry_id: str,
        *,
        seasons: Sequence[int] = (),
        fresh: bool = False,
    ) -> TitlePatch:
        """Return all TMDB says of an entry, see the port."""
        entry = await self._details(kind, entry_id, fresh=fresh)
        if entry is None:
            raise EntryMissing(f"TMDB has no {kind} with the number {entry_id[:20]}.")
        answers: dict[int, Any] = {}
        wanted = sorted(set(seasons))[:MOST_SEASONS] if kind == "show" else []
        for number in wanted:
            path = f"tv/{entry_id}/season/{number:d}"
            answer = await self._ask(path, lifetime=self._lifetime, fresh=fresh)
            if isinstance(answer, dict):
                answers[number] = answer
        reader = await self._reader(kind)
        return reader.patch(entry, answers)

    async def _by_name(
        self, reader: Reader, query: MetadataQuery, *, year: int | None
    ) -> list[Candidate]:
        question = {"query": query.title[:200], "include_adult": "false", "page": "1"}
        if year is not None:
            question[YEAR[query.kind]] = str(year)
        path = f"search/{PATHS[query.kind]}"
        answer = await self._ask(path, question, lifetime=SEARCH_LIFETIME, fresh=query.fresh)
        return reader.candidates(answer)

    async def _by_id(self, reader: Reader, query: MetadataQuery) -> Candidate | None:
        ids = query.external_ids
        if "tmdb" in ids:
            entry = await self._details(query.kind, ids["tmdb"], fresh=query.fresh)
            if entry is not None:
                return reader.candidate(entry, by_id=True)
        for name, pattern in (("imdb", r"tt[0-9]{5,12}"), ("tvdb", r"[0-9]{1,12}")):
            if re.fullmatch(pattern, ids.get(name, ""), re.ASCII):
                question = {"external_source": f"{name}_id"}
                found = await self._ask(
                    f"find/{ids[name]}", question, lifetime=SEARCH_LIFETIME, fresh=query.fresh
                )
                for entry in objects(part(found, f"{PATHS[query.kind]}_results"), 1):
                    return reader.candidate(entry, by_id=True)
        return None

    async def _details(
        self, kind: MetadataKind, entry_id: str, *, fresh: bool = False
    ) -> dict[str, Any] | None:
        if kind not in KINDS or not re.fullmatch(r"[0-9]{1,15}", entry_id, re.ASCII):
            return None
        question = {"append_to_response": ADDED[kind]}
        path = f"{PATHS[kind]}/{entry_id}"
        entry = await self._ask(path, question, lifetime=self._lifetime, fresh=fresh)
        return entry if isinstance(entry, dict) else None

    async def _reader(self, kind: MetadataKind) -> Reader:
        if self._image_base is None:
            answer = await self._ask("configuration", lifetime=CONFIGURATION_LIFETIME)
            self._image_base = _image_base(answer)
        region = self._language.partition("-")[2] or "US"
        return Reader(kind, self._image_base, region)

    async def _ask(
        self,
        path: str,
        question: dict[str, str] | None = None,
        *,
        lifetime: timedelta,
        fresh: bool = False,
    ) -> Any:
        asked = {"language": self._language, **(question or {})}
        try:
            return await self._service.get(path, asked, lifetime=lifetime, fresh=fresh)
        except ServiceDenied as error:
            raise ProviderRefused(
                "TMDB refuses the key. Check SHADOW_METADATA__TMDB_KEY."
            ) from error
        except Unreachable as error:
            raise ProviderUnavailable(error.detail, retry_after=error.retry_after) from error
        except (AnswerRefused, RequestRefused) as error:
            raise ProviderRefused(error.detail) from error


def _image_base(configuration: Any) -> str:
    """Return where images lie: what the configuration says, if it is an address, else TMDB's."""
    for name in ("secure_base_url", "base_url"):
        said = part(configuration, "images", name)
        if isinstance(said, str):
            try:
                return str(checked_url(said)).rstrip("/") + "/"
            except RequestRefused:
                continue
    return IMAGES
