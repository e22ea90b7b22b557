"""Subtitles found by a provider, from the search to the screen, through the whole application."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.hls.subtitles.conftest import SRT
from tests.support.opensubtitles import KEY, Server, running_opensubtitles

Ids = dict[str, str]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running_opensubtitles() as running:
        film = {"title": "Texts", "year": 2001}
        running.add(1, SRT, feature=film, language="de", hearing_impaired=True)
        running.add(2, b"<html>Not today</html>", feature=film, language="de")
        yield running


@pytest.fixture
def given_settings(server: Server) -> dict[str, Any]:
    return {
        "hls": {"index_after_scan": False, "previews": "off"},
        "subtitles": {"opensubtitles_key": KEY, "opensubtitles_url": server.url},
        "network": {"allow_private": "127.0.0.0/8"},
    }


def at(file_id: str, rest: str = "") -> str:
    return f"/api/files/{file_id}/subtitles{rest}"


async def test_a_find_is_fetched_kept_and_shown(
    client: httpx.AsyncClient, server: Server, ids: Ids
) -> None:
    found = (await client.get(at(ids["Texts"], "/search"), params={"language": "de"})).json()
    assert [(one["provider"], one["id"], one["sdh"]) for one in found] == [
        ("opensubtitles", "1~de~s", True),
        ("opensubtitles", "2~de~", False),
    ]
    assert "moviehash=" in server.served.asked[0].target
    wish = {"provider": "opensubtitles", "id": found[0]["id"]}
    answer = await client.post(at(ids["Texts"], "/fetch"), json=wish)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["language"], made["sdh"], made["origin"]) == ("de", True, "found")
    assert made in (await client.get(at(ids["Texts"]))).json()
    assert "Hello" in (await client.get(made["url"])).text
    again = await client.post(at(ids["Texts"], "/fetch"), json=wish)
    assert again.json()["id"] == made["id"]


async def test_what_a_provider_sends_is_examined_like_an_upload(
    client: httpx.AsyncClient, ids: Ids
) -> None:
    wish = {"provider": "opensubtitles", "id": "2~de~"}
    answer = await client.post(at(ids["Texts"], "/fetch"), json=wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "hls.subtitle_unreadable")


async def test_the_providers_troubles_are_told_as_they_are(
    client: httpx.AsyncClient, server: Server, ids: Ids
) -> None:
    async def fetched(provider: str, subtitle_id: str) -> tuple[int, str]:
        wish = {"provider": provider, "id": subtitle_id}
        answer = await client.post(at(ids["Texts"], "/fetch"), json=wish)
        return answer.status_code, answer.json()["code"]

    assert await fetched("nobody", "1") == (404, "hls.subtitle_missing")
    assert await fetched("opensubtitles", "77") == (404, "hls.subtitle_gone")
    server.allowed = 0
    assert await fetched("opensubtitles", "1") == (429, "hls.provider_quota")
    wrong = await client.get(at(ids["Texts"], "/search"), params={"language": "?"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "hls.language_unknown")
