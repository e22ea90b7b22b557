"""Correcting matches over HTTP."""

import httpx
import pytest

from shadow.runtime.context import Runtime
from tests.catalog.matching.lookups import lookups_ended, record, titles
from tests.support.tmdb import Tmdb


async def test_a_person_chooses_among_candidates_and_the_choice_stands(
    runtime: Runtime, tmdb: Tmdb, client: httpx.AsyncClient
) -> None:
    tmdb.film(841, "Dune", 1984)
    tmdb.film(438631, "Dune", 2021)
    await record(runtime, "Dune.mkv")
    public_id = (await titles(runtime))["Dune"].public_id
    listed = await client.get(f"/api/titles/{public_id}/candidates")
    assert listed.status_code == 200, listed.text
    offered = listed.json()
    assert offered["provider_configured"] is True
    assert {(one["id"], one["year"]) for one in offered["items"]} == {
        ("841", 1984),
        ("438631", 2021),
    }
    poster = offered["items"][0]["poster_url"]
    assert poster.startswith("/api/proxy/image/")
    assert (await client.get(poster)).headers["content-type"] == "image/webp"
    chosen = await client.put(
        f"/api/titles/{public_id}/match", json={"provider": "tmdb", "id": "841"}
    )
    assert chosen.status_code == 200, chosen.text
    assert (chosen.json()["year"], chosen.json()["review"]) == (1984, "ok")
    await lookups_ended(runtime)
    title = (await titles(runtime))["Dune"]
    assert (title.confidence, title.external_ids["tmdb"]) == (1.0, "841")
    assert title.poster_id is not None
    refreshed = await client.post(f"/api/titles/{public_id}/refresh")
    assert refreshed.status_code == 202
    await runtime.jobs.wait(refreshed.json()["id"])
    assert (await titles(runtime))["Dune"].year == 1984


async def test_other_words_and_another_year_can_be_searched_for(
    runtime: Runtime, tmdb: Tmdb, client: httpx.AsyncClient
) -> None:
    tmdb.film(603, "The Matrix", 1999)
    await record(runtime, "mtrx-final-cut.mkv")
    (title,) = (await titles(runtime)).values()
    listed = await client.get(
        f"/api/titles/{title.public_id}/candidates", params={"q": "The Matrix", "year": 1999}
    )
    (found,) = listed.json()["items"]
    assert (found["id"], found["confidence"]) == ("603", 1.0)


async def test_what_cannot_be_chosen_is_refused(
    runtime: Runtime, tmdb: Tmdb, client: httpx.AsyncClient
) -> None:
    await record(runtime, "Dune (1984).mkv")
    public_id = (await titles(runtime))["Dune"].public_id
    for body, status in (
        ({"provider": "tmdb", "id": "999"}, 404),
        ({"provider": "tmdb", "id": "../configuration"}, 404),
        ({"provider": "nobody", "id": "1"}, 422),
        ({"provider": "tmdb"}, 422),
        ({"provider": "x" * 99, "id": "1"}, 422),
    ):
        answer = await client.put(f"/api/titles/{public_id}/match", json=body)
        assert answer.status_code == status, answer.text
    assert (await client.get("/api/titles/zzzzzzz/candidates")).status_code == 404
    assert (await client.post("/api/titles/zzzzzzz/refresh")).status_code == 404


@pytest.mark.parametrize("tmdb_key", [""])
async def test_without_a_provider_the_list_says_so(
    runtime: Runtime, tmdb: Tmdb, client: httpx.AsyncClient
) -> None:
    await record(runtime, "Dune (1984).mkv")
    public_id = (await titles(runtime))["Dune"].public_id
    listed = await client.get(f"/api/titles/{public_id}/candidates")
    assert listed.json() == {"items": [], "provider_configured": False}


async def test_matching_is_for_editors(anonymous: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "candidates"),
        ("PUT", "match"),
        ("POST", "refresh"),
    ):
        answer = await anonymous.request(method, f"/api/titles/abcdefg/{path}", json={})
        assert answer.status_code == 401
