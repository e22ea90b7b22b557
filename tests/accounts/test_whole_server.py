"""Accounts as the whole server wires them: settings, first link, headers."""

from typing import Any

import httpx
import pytest

from shadow.accounts import service
from shadow.runtime.context import Runtime


class TestByDefault:
    async def test_a_new_server_offers_the_first_admins_link_and_nothing_else(
        self, runtime: Runtime, anonymous: httpx.AsyncClient
    ) -> None:
        async with runtime.database.transaction() as session:
            token = await service.ensure_first_admin_link(session, now=runtime.clock())
        welcome = (await anonymous.get("/api/auth/welcome")).json()
        assert (welcome["needs_admin"], welcome["guests_allowed"]) == (True, False)
        looked = await anonymous.get("/api/auth/link", params={"token": token})
        assert looked.headers["referrer-policy"] == "no-referrer"
        claim = {"token": token, "username": "ada", "password": "correct horse battery"}
        assert (await anonymous.post("/api/auth/claim", json=claim)).status_code == 200
        assert (await anonymous.get("/api/users")).json()["items"][0]["username"] == "ada"

    async def test_the_eleventh_guess_within_a_minute_is_refused(
        self, anonymous: httpx.AsyncClient
    ) -> None:
        guess = {"username": "ada", "password": "wrong guess"}
        answers = [await anonymous.post("/api/auth/login", json=guess) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]

    async def test_the_admin_needs_the_header_to_change_anything(
        self, client: httpx.AsyncClient
    ) -> None:
        del client.headers["x-shadow-csrf"]
        wanted = {"username": "eve", "password": "correct horse battery", "role": "admin"}
        assert (await client.post("/api/users", json=wanted)).status_code == 403
        assert len((await client.get("/api/users")).json()["items"]) == 1


class TestWithGuests:
    @pytest.fixture
    def given_settings(self) -> dict[str, Any]:
        return {"accounts": {"guests_allowed": True}, "public_url": "https://media.example.org"}

    async def test_settings_reach_the_routes(self, anonymous: httpx.AsyncClient) -> None:
        answer = await anonymous.post("/api/auth/guest")
        assert answer.json()["role"] == "guest"
        assert "; Secure" in answer.headers["set-cookie"]
