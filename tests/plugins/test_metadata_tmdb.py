"""TMDB: what is asked, what is understood, what hostile answers do."""

import json
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.tmdb import KEY, TOKEN, Tmdb, failure, reply, running_tmdb, too_many
from tests.support.tmdb_provider import tmdb_provider
from tests.support.wire import plain

from shadow.catalog.ports import (
    CollectionPatch,
    EntryMissing,
    MetadataQuery,
    ProviderRefused,
    ProviderUnavailable,
)
from shadow.plugins.metadata_tmdb.entries import Reader
from shadow.plugins.metadata_tmdb.settings import TmdbSettings
from shadow.runtime.plugins import PluginOff
from shadow.runtime.settings import SettingsInvalid, load_settings

MATRIX = MetadataQuery("movie", "The Matrix", 1999)


@pytest.fixture
async def tmdb() -> Any:
    async with running_tmdb() as running:
        running.film(603, "The Matrix", 1999, tagline="Free your mind.", runtime=136)
        running.film(604, "The Matrix Reloaded", 2003)
        running.show(1396, "Breaking Bad", 2008, [7, 13])
        yield running


async def test_a_film_is_found_by_name_and_year(tmdb: Tmdb, tmp_path: Path) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        (found,) = await provider.search(MATRIX)
    assert (found.provider, found.id, found.title, found.year) == (
        "tmdb",
        "603",
        "The Matrix",
        1999,
    )
    assert found.poster_url == f"{tmdb.served.url}/t/p/w780/p603.png"
    assert not found.by_id


async def test_a_wrong_year_is_left_out_when_it_finds_nothing(tmdb: Tmdb, tmp_path: Path) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        found = await provider.search(MetadataQuery("movie", "Matrix", 2000))
    assert {one.id for one in found} == {"603", "604"}


@pytest.mark.parametrize(
    "ids",
    [{"tmdb": "1396"}, {"imdb": "tt0001396"}, {"tvdb": "71396"}, {"tmdb": "x", "tvdb": "71396"}],
)
async def test_a_stated_id_finds_its_entry_alone(
    tmdb: Tmdb, tmp_path: Path, ids: dict[str, str]
) -> None:
    assert tmdb.shows[1396]["external_ids"] == {"imdb_id": "tt0001396", "tvdb_id": 71396}
    async with tmdb_provider(tmdb, tmp_path) as provider:
        (found,) = await provider.search(MetadataQuery("show", "anything", external_ids=ids))
    assert (found.id, found.by_id) == ("1396", True)


async def test_an_id_that_does_not_exist_falls_back_to_the_name(tmdb: Tmdb, tmp_path: Path) -> None:
    ids = {"tmdb": "999999", "imdb": "../../etc", "tvdb": "1 OR 1"}
    query = MetadataQuery("movie", "The Matrix", 1999, external_ids=ids)
    async with tmdb_provider(tmdb, tmp_path) as provider:
        (found,) = await provider.search(query)
    assert found.id == "603"
    assert not any(".." in path or "OR" in path for path in tmdb.asked)


async def test_a_film_is_fetched_whole(tmdb: Tmdb, tmp_path: Path) -> None:
    tmdb.movies[603]["belongs_to_collection"] = {"id": 2344, "name": "The Matrix Collection"}
    tmdb.movies[603]["alternative_titles"] = {"titles": [{"iso_3166_1": "FR", "title": "Matrice"}]}
    async with tmdb_provider(tmdb, tmp_path) as provider:
        patch = await provider.fetch("movie", "603")
    assert (patch.title, patch.year, patch.runtime_minutes) == ("The Matrix", 1999, 136)
    assert patch.released == date(1999, 3, 31)
    assert (patch.tagline, patch.rating, patch.certification) == ("Free your mind.", 7.5, "R")
    assert patch.genres == ("Drama", "Science Fiction")
    assert patch.external_ids == {"tmdb": "603", "imdb": "tt0000603", "tvdb": "70603"}
    assert patch.alternative_titles == ("Matrice",)
    assert patch.collection == CollectionPatch("The Matrix Collection", "tmdb:2344")
    people = [(one.name, one.job, one.character, one.provider_key) for one in patch.credits]
    assert people == [
        ("Maker 603", "director", "", "tmdb:6031"),
        ("Actor 603", "actor", "The Hero", "tmdb:6030"),
    ]
    assert patch.backdrop_url == f"{tmdb.served.url}/t/p/w1280/b603.png"


async def test_a_show_is_fetched_with_the_seasons_asked_for(tmdb: Tmdb, tmp_path: Path) -> None:
    tmdb.shows[1396]["aggregate_credits"] = {
        "cast": [{"id": 1, "name": "A", "order": 2, "roles": [{"character": "Walter"}]}],
        "crew": [{"id": 2, "name": "B", "jobs": [{"job": "Writer"}, {"job": "Grip"}]}],
    }
    async with tmdb_provider(tmdb, tmp_path) as provider:
        patch = await provider.fetch("show", "1396", seasons=[2, 9])
    assert patch.season_sizes == {1: 7, 2: 13}
    assert list(patch.seasons) == [2]
    assert len(patch.seasons[2].episodes) == 13
    third = patch.seasons[2].episodes[3]
    assert (third.name, third.air_date, third.runtime_minutes) == (
        "Episode 2x3",
        date(2019, 2, 3),
        44,
    )
    assert third.still_url == f"{tmdb.served.url}/t/p/original/e1396-2-3.png"
    assert [(one.name, one.job, one.character) for one in patch.credits] == [
        ("B", "writer", ""),
        ("A", "actor", "Walter"),
    ]
    assert patch.certification == "TV-14"


@pytest.mark.parametrize("entry_id", ["424242", "x", "", "603/credits", "-1", "６０３"])
async def test_an_entry_that_is_not_there_is_missing(
    tmdb: Tmdb, tmp_path: Path, entry_id: str
) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        with pytest.raises(EntryMissing):
            await provider.fetch("movie", entry_id)


async def test_the_language_is_asked_for_and_its_region_chooses_the_rating(
    tmdb: Tmdb, tmp_path: Path
) -> None:
    async with tmdb_provider(tmdb, tmp_path, tmdb_language="de-DE") as provider:
        patch = await provider.fetch("movie", "603")
    assert patch.certification == "16"
    assert all("language=de-DE" in one.target for one in tmdb.served.asked)


async def test_a_v3_key_goes_in_the_query_and_a_v4_token_in_a_header(
    tmdb: Tmdb, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (KEY, TOKEN):
        async with tmdb_provider(tmdb, tmp_path / key[:3], key=key) as provider:
            await provider.fetch("movie", "603")
    assert any(f"api_key={KEY}" in one.target for one in tmdb.served.asked)
    assert tmdb.served.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in tmdb.served.asked[-1].target
    said = " ".join(record.getMessage() for record in caplog.records if "shadow" in record.name)
    assert KEY not in said
    assert TOKEN not in said


async def test_a_refused_key_is_named(tmdb: Tmdb, tmp_path: Path) -> None:
    async with tmdb_provider(tmdb, tmp_path, key="wrong-key") as provider:
        with pytest.raises(ProviderRefused, match="SHADOW_METADATA__TMDB_KEY") as refused:
            await provider.search(MATRIX)
    assert "wrong-key" not in str(refused.value)


async def test_without_a_key_the_plugin_is_off(tmdb: Tmdb, tmp_path: Path) -> None:
    with pytest.raises(PluginOff, match="SHADOW_METADATA__TMDB_KEY"):
        async with tmdb_provider(tmdb, tmp_path, key=""):
            pass
    assert tmdb.served.asked == []


async def test_the_second_lookup_is_served_from_the_cache(tmdb: Tmdb, tmp_path: Path) -> None:
    for _ in range(2):  # a restart in between changes nothing
        async with tmdb_provider(tmdb, tmp_path) as provider:
            await provider.search(MATRIX)
            await provider.fetch("show", "1396", seasons=[1, 2])
    assert tmdb.asked == ["search/movie", "tv/1396", "tv/1396/season/1", "tv/1396/season/2"]
    async with tmdb_provider(tmdb, tmp_path) as provider:
        await provider.fetch("show", "1396", fresh=True)
    assert tmdb.asked[4:] == ["tv/1396"]


async def test_an_expired_entry_is_asked_for_again(tmdb: Tmdb, tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with tmdb_provider(tmdb, tmp_path, clock=lambda: now, tmdb_cache_days=3) as provider:
        await provider.fetch("movie", "603")
        now += timedelta(days=2)
        await provider.fetch("movie", "603")
        assert tmdb.asked == ["movie/603"]
        now += timedelta(days=1, seconds=1)
        tmdb.movies[603]["tagline"] = "Changed."
        assert (await provider.fetch("movie", "603")).tagline == "Changed."


async def test_a_busy_tmdb_is_waited_for_and_a_failing_one_tried_again(
    tmdb: Tmdb, tmp_path: Path
) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        tmdb.faults.extend([too_many("0"), plain(502)])
        assert await provider.search(MATRIX)


async def test_a_tmdb_that_asks_for_a_long_pause_is_unavailable(tmdb: Tmdb, tmp_path: Path) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        tmdb.faults.append(too_many("600"))
        with pytest.raises(ProviderUnavailable) as busy:
            await provider.search(MATRIX)
    assert busy.value.retry_after == 601


@pytest.mark.parametrize(
    "answer",
    [plain(200, b"<html>captcha</html>"), plain(200, b"{"), failure(400, 22, "Invalid page")],
)
async def test_nonsense_is_refused(tmdb: Tmdb, tmp_path: Path, answer: bytes) -> None:
    async with tmdb_provider(tmdb, tmp_path) as provider:
        tmdb.faults.append(answer)
        with pytest.raises(ProviderRefused):
            await provider.search(MATRIX)


async def test_a_private_address_needs_the_operators_word(tmdb: Tmdb, tmp_path: Path) -> None:
    url = tmdb.url.replace("127.0.0.1", "10.255.255.1")
    async with tmdb_provider(tmdb, tmp_path, tmdb_url=url) as provider:
        with pytest.raises(ProviderRefused, match="SHADOW_NETWORK__ALLOW_PRIVATE"):
            await provider.search(MATRIX)


ODD_ANSWERS: list[Any] = [None, [], "text", 3, {}, {"results": None}, {"results": {}}]
ODD_ENTRIES: list[Any] = [
    None, 1, "x", [], {"id": None, "title": "x"}, {"id": True, "title": "x"}, {"id": 5},
    {"id": 5, "title": ["x"]}, {"id": -5, "title": "x"}, {"id": 1e999, "title": "x"},
]  # fmt: skip


@pytest.mark.parametrize("answer", [*ODD_ANSWERS, {"results": ODD_ENTRIES}])
def test_a_search_answer_of_any_shape_is_survived(answer: Any) -> None:
    assert Reader("movie", "http://i/").candidates(answer) == []


HOSTILE_TEXT = "<script>alert(1)</script>\x00\x1b[31m\ud800" + "x" * 100_000


def test_hostile_values_stay_text_and_stay_short() -> None:
    entry = {
        "id": 5, "name": HOSTILE_TEXT, "original_name": 7, "overview": HOSTILE_TEXT, "tagline": {},
        "first_air_date": "2020-99-99", "episode_run_time": ["x"], "vote_average": "NaN",
        "vote_count": 3, "popularity": float("nan"), "genres": "no",
        "seasons": [{}, {"season_number": -1}],
        "poster_path": "/../../etc/passwd", "backdrop_path": "//evil.example/x.png",
        "external_ids": {"imdb_id": "tt1' OR 1", "tvdb_id": "x"}, "alternative_titles": [],
        "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "R" * 99}, 3, None]},
        "credits": {"cast": [{"id": 1, "name": "A", "character": HOSTILE_TEXT, "order": "x"}]},
        "belongs_to_collection": {"id": "x", "name": "y"}, "created_by": {"a": 1},
    }  # fmt: skip
    season = {"episodes": [{"episode_number": "1"}, {"episode_number": 1, "name": HOSTILE_TEXT}, 5]}
    patch = Reader("show", "http://i/").patch(entry, {1: season})
    assert patch.title is not None
    assert patch.overview is not None
    assert patch.title.startswith("<script>alert(1)</script>[31m")
    assert (len(patch.title), len(patch.overview)) == (400, 20_000)
    assert "\x00" not in patch.overview
    patch.overview.encode("utf-8")
    assert (patch.poster_url, patch.backdrop_url, patch.year, patch.rating) == (None,) * 4
    assert patch.external_ids == {"tmdb": "5"}
    assert patch.certification == "R" * 16
    assert len(patch.credits[0].character) == 400
    assert list(patch.seasons[1].episodes) == [1]


async def test_images_come_from_a_valid_address_only(tmdb: Tmdb, tmp_path: Path) -> None:
    odd = {"images": {"secure_base_url": "file:///etc/", "base_url": 5}}
    entry = tmdb.movies[603]
    async with tmdb_provider(tmdb, tmp_path) as provider:
        tmdb.faults.extend([reply(entry), reply(odd)])
        patch = await provider.fetch("movie", "603")
    assert patch.poster_url == "https://image.tmdb.org/t/p/w780/p603.png"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://127.0.0.1:8099", "http://127.0.0.1:8099/3"),
        ("http://127.0.0.1:8099/", "http://127.0.0.1:8099/3"),
        ("https://proxy.example/tmdb/3/", "https://proxy.example/tmdb/3"),
    ],
)
def test_the_base_address_may_leave_the_version_out(given: str, used: str) -> None:
    assert TmdbSettings(tmdb_url=given).tmdb_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [("tmdb_url", "ftp://x"), ("tmdb_language", "english"), ("tmdb_cache_days", 365)],
)
def test_a_wrong_setting_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsInvalid, match=f"SHADOW_METADATA__{name.upper()}"):
        load_settings({"metadata": TmdbSettings}, given={"metadata": {name: value}})


def test_answers_of_the_local_server_are_json(tmp_path: Path) -> None:
    head, _, body = reply({"a": 1}).partition(b"\r\n\r\n")
    assert b"application/json" in head
    assert json.loads(body) == {"a": 1}
