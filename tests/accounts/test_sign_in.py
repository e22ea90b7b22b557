"""Signing in with name and password, and what the cookie is."""

import asyncio

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from shadow.accounts import passwords
from shadow.accounts.models import SignInSession, User
from shadow.accounts.sessions import MAX_SESSIONS
from tests.accounts.conftest import PASSWORD, MakeSite, Site, code_of

LOGIN = "/api/auth/login"


async def log_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, json={"username": name, "password": password})


async def test_a_right_password_signs_in_and_tells_who_one_is(site: Site) -> None:
    user = await site.user("Ada", role="premium")
    browser = site.browser()
    answer = await log_in(browser, "ada", PASSWORD)
    expected = {
        "id": user.id,
        "username": "Ada",
        "role": "premium",
        "via": "cookie",
        "scopes": None,
    }
    assert answer.json() == expected
    assert (await browser.get("/api/auth/me")).json() == expected


async def test_a_name_signs_in_however_it_is_spelled(site: Site) -> None:
    await site.user("Ada")
    for spelling in ("ada", "ADA", "Ａｄａ", "ａｄａ"):
        assert (await log_in(site.browser(), spelling, PASSWORD)).status_code == 200


async def test_a_composed_and_a_decomposed_password_are_the_same(site: Site) -> None:
    await site.user("ada", password="cre\u0300me bru\u0302le\u0301e")
    assert (await log_in(site.browser(), "ada", "crème brûlée")).status_code == 200


async def test_wrong_unknown_banned_and_impossible_names_get_one_and_the_same_answer(
    site: Site,
) -> None:
    await site.user("ada")
    await site.user("eve", role="banned")
    answers = [
        await log_in(site.browser(), name, password)
        for name, password in [
            ("ada", "not the password"),
            ("nobody", PASSWORD),
            ("eve", PASSWORD),
            ("", PASSWORD),
            ("a\x00b", PASSWORD),
            ("ada ", PASSWORD),
            ("%", PASSWORD),
            ("ada", ""),
            ("nobody", ""),
            ("ada", PASSWORD + "\x00"),
        ]
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {code_of(answer) for answer in answers} == {"accounts.wrong_credentials"}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.user("ada")
    verified: list[str] = []
    verify = passwords.HASHER.verify

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 the library's name
            verified.append(str(hash))
            return verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for name in ("ada", "nobody", "a\x00b"):
        await log_in(site.browser(), name, "not the password")
    costs = {hash_.split("$")[3] for hash_ in verified}
    assert (len(verified), costs) == (3, {"m=64,t=1,p=1"})


async def test_a_user_without_a_password_cannot_sign_in_with_any(site: Site) -> None:
    user = await site.user("ada")
    async with site.database.transaction() as session:
        (await session.get_one(User, user.id)).password_hash = None
    for password in ("", "None", PASSWORD):
        assert (await log_in(site.browser(), "ada", password)).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    await site.user("ada")
    answer = await log_in(site.browser(), "ada", PASSWORD)
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith("shadow_session=")
    assert {part.lower() for part in attributes} == {
        "httponly",
        "samesite=lax",
        "path=/",
        f"max-age={365 * 86400}",
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_the_cookie_is_secure_when_people_come_by_https(make_site: MakeSite) -> None:
    site = make_site()
    await site.user("ada")
    direct = await log_in(site.browser(scheme="https"), "ada", PASSWORD)
    behind_proxy = make_site(public_url="https://media.example.org")
    proxied = await log_in(behind_proxy.browser(), "ada", PASSWORD)
    assert "; Secure" in direct.headers["set-cookie"]
    assert "; Secure" in proxied.headers["set-cookie"]


async def test_signing_in_again_changes_the_session_and_ends_the_old_one(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    before = browser.cookies["shadow_session"]
    await log_in(browser, "ada", PASSWORD)
    after = browser.cookies["shadow_session"]
    assert before != after
    thief = site.browser()
    thief.cookies.set("shadow_session", before, domain="shadow.test")
    assert (await thief.get("/api/auth/me")).status_code == 401


async def test_a_session_planted_before_sign_in_is_worth_nothing_after(site: Site) -> None:
    await site.user("ada")
    victim = site.browser()
    victim.cookies.set("shadow_session", "planted", domain="shadow.test")
    await log_in(victim, "ada", PASSWORD)
    attacker = site.browser()
    attacker.cookies.set("shadow_session", "planted", domain="shadow.test")
    assert (await attacker.get("/api/auth/me")).status_code == 401


async def test_no_secret_is_stored_as_it_is(site: Site) -> None:
    user = await site.user("ada")
    browser = await site.signed_in("ada")
    token = await site.token(user)
    async with site.database.session() as session:
        stored = str((await session.execute(select(SignInSession.secret_hash))).all())
        hashed = await session.scalar(select(User.password_hash))
    assert browser.cookies["shadow_session"] not in stored
    assert token not in stored
    assert hashed is not None
    assert hashed.startswith("$argon2id$")


async def test_a_hash_with_old_parameters_is_renewed_at_sign_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.user("ada")
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    )
    assert (await log_in(site.browser(), "ada", PASSWORD)).status_code == 200
    async with site.database.session() as session:
        stored = await session.scalar(select(User.password_hash))
    assert stored is not None
    assert "m=128,t=2,p=1" in stored
    assert (await log_in(site.browser(), "ada", PASSWORD)).status_code == 200


async def test_a_hundred_sign_ins_at_once_hash_two_at_a_time_and_all_succeed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.user("ada")
    running = 0
    most = 0

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 the library's name
            nonlocal running, most
            running += 1
            most = max(most, running)
            try:
                return super().verify(hash, password)
            finally:
                running -= 1

    monkeypatch.setattr(passwords, "HASHER", Watched(time_cost=1, memory_cost=64, parallelism=1))
    answers = await asyncio.gather(*(log_in(site.browser(), "ada", PASSWORD) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert most <= 2


async def test_a_user_keeps_the_hundred_sessions_last_seen(site: Site) -> None:
    user = await site.user("ada")
    first = await site.signed_in("ada")
    for _ in range(MAX_SESSIONS):
        site.clock.forward(seconds=1)
        last = await site.signed_in("ada")
    async with site.database.session() as session:
        count = await session.scalar(
            select(func.count()).select_from(SignInSession).where(SignInSession.user_id == user.id)
        )
    assert count == MAX_SESSIONS
    assert (await first.get("/api/auth/me")).status_code == 401
    assert (await last.get("/api/auth/me")).status_code == 200


async def test_a_sign_in_during_a_change_of_password_does_not_outlive_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await site.user("ada")
    match = passwords.password_matches

    async def matches_then_changes(hash_: str | None, password: str) -> bool:
        matches = await match(hash_, password)
        async with site.database.transaction() as session:
            stored = await session.get_one(User, user.id)
            stored.password_hash = await passwords.hash_password("another password")
        return matches

    monkeypatch.setattr("shadow.accounts.sign_in.password_matches", matches_then_changes)
    assert (await log_in(site.browser(), "ada", PASSWORD)).status_code == 401


async def test_a_sign_in_that_cannot_be_read_says_what_is_wrong(site: Site) -> None:
    for content in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"username": "ada"}',
        b'{"username": ["ada"], "password": {"$ne": 1}}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"username": "ada", "password": "\\udfff"}',
        b'{"username": "' + b"a" * 65 + b'", "password": "x"}',
        b'{"username": "ada", "password": "' + b"a" * 1025 + b'"}',
        b"\xff\xfe",
    ):
        answer = await site.browser().post(
            LOGIN, content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code in (400, 422)
        assert code_of(answer) in ("runtime.request_invalid", "runtime.http")


async def test_another_sites_page_cannot_sign_someone_in(site: Site) -> None:
    await site.user("ada")
    told = await site.browser().post(
        LOGIN,
        json={"username": "ada", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    form = await site.browser().post(
        LOGIN,
        content=f'{{"username": "ada", "password": "{PASSWORD}"}}',
        headers={"content-type": "text/plain"},
    )
    assert (told.status_code, code_of(told)) == (403, "runtime.cross_site")
    assert form.status_code == 422
    assert "set-cookie" not in form.headers
