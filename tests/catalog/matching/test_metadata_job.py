"""From found files to titles with metadata: what is applied, what is left to a person."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shadow.catalog.jobs import start_lookups, start_refresh
from shadow.catalog.metadata_models import Lookup
from shadow.catalog.models import Credit, Episode, Image, Person, Season, Title
from shadow.runtime.context import Runtime
from tests.catalog.matching.lookups import lookups_ended, record, titles
from tests.support.tmdb import Tmdb, failure, too_many
from tests.support.wire import plain


async def test_a_film_becomes_a_title_with_everything(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999, runtime=136)
    await record(runtime, "the.matrix.1999.1080p.mkv", minutes=136)
    (job,) = await lookups_ended(runtime)
    assert (job.result["matched"], sum(job.result.values())) == (1, 1)
    title = (await titles(runtime))["The Matrix"]
    assert (title.review, title.review_reason, title.year) == ("ok", None, 1999)
    assert title.overview == "The story of number 603."
    assert title.external_ids == {"tmdb": "603", "imdb": "tt0000603", "tvdb": "70603"}
    assert title.confidence >= 0.95
    assert title.refreshed_at is not None
    async with runtime.database.session() as session:
        poster = await session.get_one(Image, title.poster_id)
        assert (poster.origin, poster.width, poster.height) == ("provider", 300, 450)
        assert poster.source == f"{tmdb.served.url}/t/p/w780/p603.png"
        assert await session.scalar(select(func.count()).select_from(Credit)) == 2
        actor = await session.scalar(select(Person).where(Person.name == "Actor 603"))
        assert actor is not None
        assert actor.photo_id is not None


async def test_a_show_gets_its_episodes_and_its_pictures(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.show(1396, "Breaking Bad", 2008, [7, 13])
    await record(runtime, "Breaking Bad/Season 01/Breaking.Bad.S01E01.mkv")
    title = (await titles(runtime))["Breaking Bad"]
    assert title.review == "ok"
    async with runtime.database.session() as session:
        season = await session.scalar(select(Season).where(Season.number == 1))
        assert season is not None
        assert season.poster_id is not None
        query = select(Episode).where(Episode.season_id == season.id, Episode.number == 1)
        first = (await session.scalars(query)).one()
    assert (first.name, first.overview) == ("Episode 1x1", "What happens in 1x1.")
    assert first.still_id is not None
    assert "tv/1396/season/2" not in tmdb.asked


async def test_a_new_season_of_a_known_show_is_read_again(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.show(1396, "Breaking Bad", 2008, [7, 13])
    await record(runtime, "Breaking Bad/Breaking.Bad.S01E01.mkv")
    searches = tmdb.asked.count("search/tv")
    await record(runtime, "Breaking Bad/Breaking.Bad.S02E03.mkv")
    assert tmdb.asked.count("search/tv") == searches
    async with runtime.database.session() as session:
        names = set(await session.scalars(select(Episode.name)))
    assert "Episode 2x3" in names


async def test_an_episode_newer_than_the_cache_is_asked_for_anew(
    runtime: Runtime, tmdb: Tmdb
) -> None:
    tmdb.show(1396, "Breaking Bad", 2008, [3])
    await record(runtime, "Breaking Bad/Breaking.Bad.S01E03.mkv")
    tmdb.show(1396, "Breaking Bad", 2008, [4])
    await record(runtime, "Breaking Bad/Breaking.Bad.S01E04.mkv")
    async with runtime.database.session() as session:
        assert "Episode 1x4" in set(await session.scalars(select(Episode.name)))


async def test_a_doubtful_film_waits_for_a_person(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(841, "Dune", 1984)
    tmdb.film(438631, "Dune", 2021)
    await record(runtime, "Dune.mkv")
    title = (await titles(runtime))["Dune"]
    assert title.review == "doubtful"
    assert "1984" in str(title.review_reason)
    assert "2021" in str(title.review_reason)
    assert (title.refreshed_at, title.overview, title.poster_id) == (None, None, None)


async def test_an_unknown_film_stays_usable_and_says_why(runtime: Runtime, tmdb: Tmdb) -> None:
    await record(runtime, "Our Holiday in Spain (2019).mkv")
    title = (await titles(runtime))["Our Holiday in Spain"]
    assert (title.review, title.hidden) == ("unmatched", False)
    assert "Our Holiday in Spain" in str(title.review_reason)


async def test_an_unknown_film_is_not_asked_about_again_until_it_is_due(
    runtime: Runtime, tmdb: Tmdb
) -> None:
    await record(runtime, "Our Holiday in Spain (2019).mkv")
    asked = len(tmdb.asked)
    await start_lookups(runtime)
    await lookups_ended(runtime)
    assert len(tmdb.asked) == asked
    async with runtime.database.transaction() as session:
        lookup = (await session.scalars(select(Lookup))).one()
        assert lookup.due_at is not None
        assert lookup.due_at - lookup.asked_at == timedelta(days=7)
        lookup.due_at = lookup.asked_at
    tmdb.film(5, "Our Holiday in Spain", 2019)
    async with runtime.database.session() as session:
        title_id = await session.scalar(select(Title.id))
        assert title_id is not None
    await runtime.jobs.wait(await start_refresh(runtime, title_id))
    assert (await titles(runtime))["Our Holiday in Spain"].review == "ok"


async def test_an_id_in_the_name_wins(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    tmdb.film(841, "Dune", 1984)
    await record(runtime, "Dune (1984) [tmdbid-603]/Dune (1984) [tmdbid-603].mkv")
    assert (await titles(runtime))["The Matrix"].confidence == 1.0
    assert "search/movie" not in tmdb.asked


async def test_fields_that_a_person_locked_stay(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    await record(runtime, "The Matrix (1999).mkv")
    async with runtime.database.transaction() as session:
        title = (await session.scalars(select(Title))).one()
        title.overview, title.locked = "Mine.", ["overview", "poster"]
        kept, title_id = title.poster_id, title.id
    tmdb.film(603, "The Matrix", 1999, tagline="Fresh.", poster_path="/p9.png", overview="Theirs.")
    await runtime.jobs.wait(await start_refresh(runtime, title_id))
    title = (await titles(runtime))["The Matrix"]
    assert (title.overview, title.tagline, title.poster_id) == ("Mine.", "Fresh.", kept)


async def test_hostile_markup_is_stored_as_text(runtime: Runtime, tmdb: Tmdb) -> None:
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    tmdb.film(603, "The Matrix", 1999, overview=markup, poster_path="/../../x.png")
    await record(runtime, "The Matrix (1999).mkv")
    title = (await titles(runtime))["The Matrix"]
    assert title.overview == markup
    assert title.poster_id is None


HUGE = b"\x89PNG\r\n\x1a\n" + b"x" * 31_000_000


@pytest.mark.parametrize("picture", [b"<svg onload='alert(1)'/>", b"GIF89a...", b"", HUGE])
async def test_a_picture_that_is_refused_costs_only_the_picture(
    runtime: Runtime, tmdb: Tmdb, picture: bytes
) -> None:
    tmdb.film(603, "The Matrix", 1999)
    tmdb.images["/p603.png"] = picture or b"\x89PNG\r\n\x1a\n"
    await record(runtime, "The Matrix (1999).mkv")
    title = (await titles(runtime))["The Matrix"]
    assert (title.review, title.poster_id) == ("ok", None)
    assert title.backdrop_id is not None


async def test_trouble_that_passes_is_not_seen(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    tmdb.faults.extend([too_many("0"), plain(503)])
    await record(runtime, "The Matrix (1999).mkv")
    assert (await titles(runtime))["The Matrix"].review == "ok"


async def test_one_nonsense_answer_costs_one_title(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    tmdb.film(604, "Casablanca", 1942)
    tmdb.faults.append(plain(200, b"<html>"))
    await record(runtime, "The Matrix (1999).mkv", "Casablanca (1942).mkv")
    (job,) = await lookups_ended(runtime)
    assert (job.state, job.result["matched"], job.result["failed"]) == ("done", 1, 1)
    assert {title.review for title in (await titles(runtime)).values()} == {"ok", "unmatched"}


@pytest.mark.parametrize("tmdb_key", ["wrong"])
async def test_a_refused_key_fails_the_job_and_says_so_in_the_review(
    runtime: Runtime, tmdb: Tmdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.0)
    await record(runtime, "The Matrix (1999).mkv")
    (job,) = await lookups_ended(runtime)
    assert job.state == "failed"
    assert "SHADOW_METADATA__TMDB_KEY" in job.error
    assert "wrong" not in job.error
    title = (await titles(runtime))["The Matrix"]
    assert (title.review, title.hidden) == ("unmatched", False)
    assert "SHADOW_METADATA__TMDB_KEY" in str(title.review_reason)


async def test_an_outage_leaves_everything_due(
    runtime: Runtime, tmdb: Tmdb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("shadow.runtime.http_service.FIRST_PAUSE_SECONDS", 0.0)
    tmdb.film(603, "The Matrix", 1999)
    tmdb.faults.extend([failure(503, 9, "Service offline")] * 16)
    await record(runtime, "The Matrix (1999).mkv")
    (job,) = await lookups_ended(runtime)
    assert (job.state, (await titles(runtime))["The Matrix"].review) == ("failed", "unmatched")
    tmdb.faults.clear()
    await start_lookups(runtime)
    await lookups_ended(runtime)
    assert (await titles(runtime))["The Matrix"].review == "ok"


@pytest.mark.parametrize("tmdb_key", [""])
async def test_without_a_provider_nothing_is_asked_and_nothing_is_in_review(
    runtime: Runtime, tmdb: Tmdb
) -> None:
    await record(runtime, "The Matrix (1999).mkv")
    assert await lookups_ended(runtime) == []
    assert tmdb.served.asked == []
    assert (await titles(runtime))["The Matrix"].review == "ok"


async def test_a_second_lookup_is_served_from_the_cache(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    await record(runtime, "The Matrix (1999).mkv")
    asked = len(tmdb.served.asked)
    async with runtime.database.session() as session:
        title_id = await session.scalar(select(Title.id))
        assert title_id is not None
    await runtime.jobs.wait(await start_refresh(runtime, title_id, fresh=False))
    assert len(tmdb.served.asked) == asked
    await runtime.jobs.wait(await start_refresh(runtime, title_id, fresh=True))
    assert len(tmdb.served.asked) == asked + 1


async def test_many_titles_are_looked_up_in_batches(runtime: Runtime, tmdb: Tmdb) -> None:
    names = [f"Film Nummer {word}" for word in ["alpha", "beta", "gamma", "delta"]]
    names += [f"Werk {letter * 3}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    for number, name in enumerate(names, start=1):
        tmdb.film(number, name, 2000, credits={}, poster_path=None, backdrop_path=None)
    await record(runtime, *(f"{name} (2000).mkv" for name in names))
    (job,) = await lookups_ended(runtime)
    assert job.result["matched"] == len(names)
    assert (job.items_done, job.items_total) == (30, 30)


async def test_a_job_can_be_cancelled_and_the_rest_stays_due(runtime: Runtime, tmdb: Tmdb) -> None:
    tmdb.film(603, "The Matrix", 1999)
    tmdb.faults.extend([None] * 3)
    recording = asyncio.create_task(record(runtime, "The Matrix (1999).mkv"))
    await tmdb.was_asked.wait()
    (job,) = (await runtime.jobs.list(limit=5)).items
    await runtime.jobs.cancel(job.id)
    await recording
    assert (await runtime.jobs.get(job.id)).state == "cancelled"
    tmdb.faults.clear()
    await start_lookups(runtime)
    await lookups_ended(runtime)
    assert (await titles(runtime))["The Matrix"].review == "ok"
