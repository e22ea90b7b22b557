import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shadow.accounts import service as accounts
from shadow.catalog.models import File
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.support.stored_files import catalogue_file

FILE = "Ab3dE9x"
ADDRESS = f"/api/files/{FILE}/markers"
CHAPTERS = [
    {"title": "Opening", "start": 60.0, "end": 150.0},
    {"title": "Part A", "start": 150.0, "end": 1290.0},
    {"title": "Ending", "start": 1290.0, "end": 1380.0},
]
FROM_CHAPTERS = [
    {"kind": "intro", "start": 60.0, "end": 150.0, "origin": "chapters"},
    {"kind": "credits", "start": 1290.0, "end": 1380.0, "origin": "chapters"},
]


@pytest.fixture
async def film(runtime: Runtime, tmp_path: Path) -> None:
    async with runtime.database.transaction() as session:
        await catalogue_file(session, tmp_path / "film.mkv", public_id=FILE)
        told = {"duration": 1440.0, "probe_facts": {"chapters": CHAPTERS}}
        await session.execute(update(File).values(**told))


async def put(client: httpx.AsyncClient, markers: Any) -> httpx.Response:
    return await client.put(ADDRESS, json={"markers": markers})


@pytest.mark.usefixtures("film")
class TestMarkers:
    async def test_they_come_from_the_chapters(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(ADDRESS)
        assert answer.json() == {"markers": FROM_CHAPTERS}

    async def test_a_person_replaces_them_all(self, client: httpx.AsyncClient) -> None:
        answer = await put(client, [{"kind": "recap", "start": 0, "end": 42.5}])
        expected = [{"kind": "recap", "start": 0.0, "end": 42.5, "origin": "person"}]
        assert answer.json() == {"markers": expected}
        assert (await client.get(ADDRESS)).json() == {"markers": expected}

    async def test_a_person_can_say_that_there_is_nothing(self, client: httpx.AsyncClient) -> None:
        assert (await put(client, [])).json() == {"markers": []}
        assert (await client.get(ADDRESS)).json() == {"markers": []}

    async def test_null_goes_back_to_the_chapters(self, client: httpx.AsyncClient) -> None:
        await put(client, [])
        assert (await put(client, None)).json() == {"markers": FROM_CHAPTERS}

    @pytest.mark.parametrize(
        "markers",
        [
            [{"kind": "intro", "start": 20, "end": 10}],
            [{"kind": "intro", "start": -1, "end": 10}],
            [{"kind": "intro", "start": 0, "end": 5000}],
            [{"kind": "intro", "start": 0, "end": 10}, {"kind": "intro", "start": 20, "end": 30}],
            [{"kind": "nap", "start": 0, "end": 10}],
            [{"kind": "intro", "start": "NaN", "end": 10}],
            [{"kind": "intro", "start": 0, "end": "Infinity"}],
        ],
    )
    async def test_impossible_stretches_are_refused_and_change_nothing(
        self, client: httpx.AsyncClient, markers: list[dict[str, Any]]
    ) -> None:
        assert (await put(client, markers)).status_code == 422
        assert (await client.get(ADDRESS)).json() == {"markers": FROM_CHAPTERS}

    async def test_only_editors_set_them(
        self, runtime: Runtime, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
    ) -> None:
        async with runtime.database.transaction() as session:
            await accounts.create_user(
                session, name="eve", password="correct horse battery", role=Role.free
            )
        login = {"username": "eve", "password": "correct horse battery"}
        await anonymous.post("/api/auth/login", json=login)
        assert (await put(anonymous, [])).status_code == 403
        assert (await anonymous.get(ADDRESS)).json() == {"markers": FROM_CHAPTERS}

    async def test_two_editors_at_once_leave_one_answer(self, client: httpx.AsyncClient) -> None:
        lists = [[{"kind": "intro", "start": 0, "end": float(end)}] for end in range(10, 18)]
        answers = await asyncio.gather(*(put(client, one) for one in lists))
        assert {one.status_code for one in answers} <= {200, 503}
        stored = (await client.get(ADDRESS)).json()["markers"]
        assert [one["kind"] for one in stored] == ["intro"]


async def test_an_unknown_file_has_none(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/files/zzzzzzz/markers")
    assert answer.status_code == 404
    assert answer.json()["code"] == "streaming.file_missing"


async def test_strangers_see_none(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get(ADDRESS)).status_code == 401
