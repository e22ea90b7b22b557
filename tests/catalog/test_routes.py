"""The catalogue over HTTP."""

import httpx
import pytest

from shadow.accounts import service as accounts
from shadow.catalog.ports import TitlePatch
from shadow.catalog.service import record_files
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.catalog.finding import found


@pytest.fixture
async def library(runtime: Runtime) -> None:
    """Two films and a series."""
    async with runtime.database.transaction() as session:
        await record_files(
            session,
            [
                found("Heat (1995).mkv", patch=TitlePatch(genres=("Crime",))),
                found("Solaris (1972).mkv"),
                found("Lost/Lost - S01E01.mkv"),
                found("broken.mkv", error="It is damaged."),
            ],
        )


async def test_the_library_is_listed_searched_and_shown(
    client: httpx.AsyncClient, library: None
) -> None:
    movies = (await client.get("/api/library/movies?limit=1")).json()
    assert (movies["total"], movies["items"][0]["title"]) == (2, "Heat")
    more = await client.get("/api/library/movies", params={"cursor": movies["next_cursor"]})
    assert [one["title"] for one in more.json()["items"]] == ["Solaris"]
    assert (await client.get("/api/library/shows")).json()["items"][0]["episodes"] == 1
    for kind in ("books", "audio"):
        answer = await client.get(f"/api/library/{kind}")
        assert answer.json() == {"items": [], "next_cursor": None, "total": 0}
    genres = await client.get("/api/library/genres?kind=movie")
    assert genres.json() == {"items": [{"name": "Crime", "count": 1}]}
    files = (await client.get("/api/library/media-files?state=failed")).json()
    assert [one["error"] for one in files["items"]] == ["It is damaged."]
    hits = (await client.get("/api/search?q=solarsi")).json()["items"]
    assert [(one["title"], one["matched"]) for one in hits] == [("Solaris", "title")]
    title = (await client.get(f"/api/titles/{hits[0]['id']}")).json()
    assert title["files"][0]["streams"][0]["codec"] == "h264"


async def test_a_title_is_edited_removed_and_restored(
    client: httpx.AsyncClient, library: None
) -> None:
    (found_,) = (await client.get("/api/search?q=heat")).json()["items"]
    path = f"/api/titles/{found_['id']}"
    changed = await client.patch(path, json={"title": "Heißes L.A."})
    assert (changed.json()["title"], changed.json()["locked"]) == ("Heißes L.A.", ["title"])
    assert (await client.delete(path)).status_code == 204
    assert (await client.get("/api/library/movies")).json()["total"] == 1
    assert (await client.post(f"{path}/restore")).status_code == 204
    file_id = (await client.get(path)).json()["files"][0]["id"]
    assert (await client.delete(f"/api/files/{file_id}")).status_code == 204
    assert (await client.get("/api/library/movies")).json()["total"] == 1
    assert (await client.post(f"/api/files/{file_id}/restore")).status_code == 204
    assert (await client.get("/api/library/movies")).json()["total"] == 2


async def test_a_review_is_settled(client: httpx.AsyncClient, runtime: Runtime) -> None:
    async with runtime.database.transaction() as session:
        await record_files(session, [found("clip.mkv")])
    (item,) = (await client.get("/api/review")).json()["items"]
    settled = await client.post(f"/api/review/{item['id']}", json={"decision": "accept"})
    assert settled.status_code == 204
    assert (await client.get("/api/review")).json()["items"] == []


WRONG = [
    ("/api/titles/aaaaaaa", 404, "catalog.title_missing"),
    ("/api/titles/%00", 404, "catalog.title_missing"),
    ("/api/people/aaaaaaa", 404, "catalog.person_missing"),
    ("/api/library/movies?sort=colour", 422, "catalog.list_refused"),
    ("/api/library/movies?cursor=x", 422, "kit.cursor_invalid"),
    ("/api/library/media-files?state=x", 422, "catalog.list_refused"),
]


async def test_what_is_wrong_is_said_as_a_problem(client: httpx.AsyncClient) -> None:
    for path, status, code in WRONG:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert answer.headers["content-type"] == "application/problem+json"


OUT_OF_RANGE = [
    "/api/library/movies?limit=0",
    "/api/library/movies?limit=201",
    "/api/library/movies?year=99999",
    "/api/library/genres?kind=films",
    "/api/search?limit=1000",
]


async def test_parameters_out_of_range_are_refused(client: httpx.AsyncClient) -> None:
    for path in OUT_OF_RANGE:
        assert (await client.get(path)).status_code == 422, path


async def test_guests_may_look_but_only_moderators_may_change(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: None
) -> None:
    assert (await anonymous.get("/api/library/movies")).status_code == 401
    async with runtime.database.transaction() as session:
        await accounts.create_user(
            session, name="eve", password="correct horse battery", role=Role.free
        )
    await anonymous.post(
        "/api/auth/login", json={"username": "eve", "password": "correct horse battery"}
    )
    (found_,) = (await anonymous.get("/api/search?q=heat")).json()["items"]
    path = f"/api/titles/{found_['id']}"
    assert (await anonymous.patch(path, json={"title": "x"})).status_code == 403
    assert (await anonymous.delete(path)).status_code == 403
    assert (await anonymous.get("/api/review")).status_code == 403
