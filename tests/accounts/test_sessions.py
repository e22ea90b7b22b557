"""Sessions: how long they live, who may end them, and that a forged one is nothing."""

import asyncio
from datetime import datetime
from itertools import islice

import httpx
import pytest
from sqlalchemy import select, update

from shadow.accounts.models import SignInSession, User
from tests.accounts.conftest import CSRF, MakeSite, Site, code_of

ME = "/api/auth/me"
SESSIONS = "/api/auth/sessions"


async def seen(site: Site) -> datetime:
    async with site.database.session() as session:
        return (await session.scalars(select(SignInSession.last_seen_at))).one()


async def test_a_forged_cookie_is_nobody(site: Site) -> None:
    await site.user("ada")
    await site.signed_in("ada")
    for cookie in ("", "x", "0" * 43, "' OR 1=1 --", "%00", "é", "a" * 5000, "None", "1"):
        answer = await site.browser().get(
            ME, headers={"cookie": f"shadow_session={cookie}".encode("latin-1")}
        )
        assert (answer.status_code, code_of(answer)) == (401, "accounts.unauthenticated")


async def test_a_session_ends_after_days_without_a_visit(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    site.clock.forward(days=30)
    assert (await browser.get(ME)).status_code == 401


async def test_visits_prolong_a_session_but_not_beyond_its_cap(make_site: MakeSite) -> None:
    site = make_site(session_days=30, session_max_days=60)
    await site.user("ada")
    browser = await site.signed_in("ada")
    for _ in range(2):
        site.clock.forward(days=29)
        assert (await browser.get(ME)).status_code == 200
    site.clock.forward(days=2)
    assert (await browser.get(ME)).status_code == 401


async def test_a_cap_made_shorter_ends_sessions_that_are_older(make_site: MakeSite) -> None:
    site = make_site(session_days=200)
    await site.user("ada")
    browser = await site.signed_in("ada")
    stricter = make_site(session_max_days=7)
    stricter.clock.now = site.clock.now
    stricter.clock.forward(days=7)
    cookie = browser.cookies["shadow_session"]
    assert await stricter.accounts(cookie=cookie, bearer=None) is None


async def test_a_visit_is_written_down_once_a_minute(site: Site) -> None:
    user = await site.user("ada")
    start = site.clock()
    browser = await site.signed_in("ada")
    site.clock.forward(seconds=59)
    await browser.get(ME)
    assert await seen(site) == start
    site.clock.forward(seconds=1)
    await browser.get(ME)
    assert await seen(site) == site.clock()
    async with site.database.session() as session:
        assert (await session.get_one(User, user.id)).last_seen_at == site.clock()


async def test_of_many_requests_at_once_one_writes_the_visit_and_the_rest_do_not_wait(
    site: Site,
) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    site.clock.forward(minutes=1)
    async with site.database.transaction() as session:
        await session.execute(update(SignInSession).values(user_agent="locked"))
        asked = [asyncio.create_task(browser.get(ME)) for _ in range(10)]
        async with asyncio.timeout(60):
            for answer in islice(asyncio.as_completed(asked), 9):
                assert (await answer).status_code == 200
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    assert await seen(site) == site.clock()


async def test_signing_out_ends_the_session_and_clears_the_cookie(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    cookie = browser.cookies["shadow_session"]
    answer = await browser.post("/api/auth/logout")
    assert answer.status_code == 204
    assert "shadow_session" not in browser.cookies
    replay = await site.browser().get(ME, headers={"cookie": f"shadow_session={cookie}"})
    assert replay.status_code == 401


async def test_signing_out_without_a_session_is_no_error(site: Site) -> None:
    assert (await site.browser().post("/api/auth/logout")).status_code == 204


async def test_one_sees_and_ends_ones_own_sessions_only(site: Site) -> None:
    for name in ("ada", "eve"):
        await site.user(name)
    ada, eve = await site.signed_in("ada"), await site.signed_in("eve")
    site.clock.forward(seconds=1)
    phone = await site.signed_in("ada")
    listed = (await ada.get(SESSIONS)).json()["items"]
    assert [item["current"] for item in listed] == [False, True]
    theirs = await eve.delete(f"{SESSIONS}/{listed[0]['id']}")
    nobodys = await eve.delete(f"{SESSIONS}/999999")
    assert (theirs.status_code, theirs.text) == (404, nobodys.text)
    assert (await phone.get(ME)).status_code == 200
    assert (await ada.delete(f"{SESSIONS}/{listed[0]['id']}")).status_code == 204
    assert (await phone.get(ME)).status_code == 401


async def test_a_session_id_that_cannot_be_is_refused_politely(site: Site) -> None:
    await site.user("ada")
    ada = await site.signed_in("ada")
    for bad in ("0", "-1", "x", "99999999999999999999", "..%2f1", "1%00"):
        answer = await ada.delete(f"{SESSIONS}/{bad}")
        assert answer.status_code in (404, 422)
        assert code_of(answer)


async def test_a_browsers_name_is_shown_shortened_and_without_control_characters(
    site: Site,
) -> None:
    await site.user("ada")
    browser = site.browser()
    browser.headers["user-agent"] = "Fire\tfox" + "x" * 300
    answer = await browser.post(
        "/api/auth/login", json={"username": "ada", "password": "correct horse battery"}
    )
    assert answer.status_code == 200
    shown = (await browser.get(SESSIONS)).json()["items"][0]["user_agent"]
    assert shown == "Firefox" + "x" * 193


class TestCrossSiteRequests:
    async def changes(self, client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post("/api/tokens", json={"name": "x"}),
            await client.put("/api/auth/password", json={"current": "x", "new": "y" * 8}),
            await client.delete(f"{SESSIONS}/1"),
            await client.post("/api/auth/logout"),
            await client.post("/api/auth/guest"),
        ]

    async def test_a_cookie_changes_nothing_without_the_header(self, site: Site) -> None:
        await site.user("ada")
        browser = await site.signed_in("ada")
        del browser.headers["x-shadow-csrf"]
        for answer in await self.changes(browser):
            assert (answer.status_code, code_of(answer)) == (403, "runtime.cross_site")
        assert (await browser.get(ME)).status_code == 200

    @pytest.mark.parametrize("site_", ["cross-site", "same-site"])
    async def test_a_cookie_changes_nothing_from_another_site(self, site: Site, site_: str) -> None:
        await site.user("ada")
        browser = await site.signed_in("ada")
        browser.headers["sec-fetch-site"] = site_
        for answer in await self.changes(browser):
            assert (answer.status_code, code_of(answer)) == (403, "runtime.cross_site")

    async def test_a_token_needs_no_header_as_no_browser_sends_it_unasked(self, site: Site) -> None:
        token = await site.token(await site.user("ada"))
        program = site.browser()
        del program.headers["x-shadow-csrf"]
        answer = await program.post(
            "/api/tokens", json={"name": "x"}, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 201

    async def test_a_wrong_token_does_not_lend_its_exemption_to_the_cookie(
        self, site: Site
    ) -> None:
        await site.user("ada")
        browser = await site.signed_in("ada")
        for credential in ("Bearer shd_wrong", "Bearer ", "bearer"):
            answer = await browser.get(ME, headers={"authorization": credential, **CSRF})
            assert answer.status_code == 401
