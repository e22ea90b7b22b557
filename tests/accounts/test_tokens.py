"""API tokens: scopes, expiry, revocation, and that nobody widens their own."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shadow.accounts import service
from shadow.accounts.errors import TokenInvalid, UserMissing
from shadow.accounts.models import ApiToken
from shadow.accounts.tokens import MAX_TOKENS
from shadow.kit.ids import fingerprint
from tests.accounts.conftest import Site, code_of

TOKENS = "/api/tokens"


async def ask(
    site: Site, token: str, method: str = "GET", path: str = "/api/auth/me", **given: Any
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await site.browser().request(method, path, headers=headers, **given)


async def test_a_token_is_shown_once_stored_hashed_and_easy_to_recognise(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    made = (await browser.post(TOKENS, json={"name": "Kodi"})).json()
    assert made["token"].startswith("shd_")
    assert len(made["token"]) == 4 + 43  # 256 bits in base64
    listed = (await browser.get(TOKENS)).json()["items"]
    assert [item["name"] for item in listed] == ["Kodi"]
    assert made["token"] not in str(listed)
    async with site.database.session() as session:
        assert await session.scalar(select(ApiToken.secret_hash)) == fingerprint(made["token"])


async def test_a_token_says_who_one_is_and_what_it_may(site: Site) -> None:
    token = await site.token(await site.user("ada"), ["stream", "read"])
    me = (await ask(site, token)).json()
    assert (me["username"], me["via"], me["scopes"]) == ("ada", "token", ["read", "stream"])


async def test_a_forged_token_is_nobody(site: Site) -> None:
    await site.token(await site.user("ada"))
    for token in ("", "shd_", "shd_" + "A" * 43, "null", "' OR 1=1 --", "é"):
        answer = await site.browser().get(
            "/api/auth/me", headers={"authorization": f"Bearer {token}".encode("latin-1")}
        )
        assert (answer.status_code, code_of(answer)) == (401, "accounts.unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_session_secret_is_no_token_and_a_token_is_no_cookie(site: Site) -> None:
    user = await site.user("ada")
    browser = await site.signed_in("ada")
    token = await site.token(user)
    assert (await ask(site, browser.cookies["shadow_session"])).status_code == 401
    as_cookie = await site.browser().get(
        "/api/auth/me", headers={"cookie": f"shadow_session={token}"}
    )
    assert as_cookie.status_code == 401


async def test_a_token_expires(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    made = (await browser.post(TOKENS, json={"name": "x", "expires_in_days": 1})).json()
    site.clock.forward(hours=23, minutes=59)
    assert (await ask(site, made["token"])).status_code == 200
    site.clock.forward(minutes=1)
    assert (await ask(site, made["token"])).status_code == 401


async def test_a_revoked_token_is_nobody_at_once(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    made = (await browser.post(TOKENS, json={"name": "x"})).json()
    assert (await browser.delete(f"{TOKENS}/{made['id']}")).status_code == 204
    assert (await ask(site, made["token"])).status_code == 401


async def test_someone_elses_token_cannot_be_seen_or_revoked(site: Site) -> None:
    token = await site.token(await site.user("ada"))
    await site.user("eve", role="admin")
    eve = await site.signed_in("eve")
    async with site.database.session() as session:
        token_id = await session.scalar(select(ApiToken.id))
    assert (await eve.get(TOKENS)).json()["items"] == []
    theirs, nobodys = [await eve.delete(f"{TOKENS}/{n}") for n in (token_id, 999999)]
    assert (theirs.status_code, theirs.text) == (404, nobodys.text)
    assert (await ask(site, token)).status_code == 200


async def test_a_token_does_what_its_scopes_and_its_users_role_both_allow(site: Site) -> None:
    admin = await site.user("root", role="admin")
    free = await site.user("ada")
    wanted = {
        "read": (200, 403, 403),
        "stream": (403, 403, 403),
        "write": (403, 201, 403),
        "admin": (403, 403, 200),
    }
    for scope, statuses in wanted.items():
        token = await site.token(admin, [scope])
        answers = (
            await ask(site, token),
            await ask(site, token, "POST", TOKENS, json={"name": "x", "scopes": [scope]}),
            await ask(site, token, "GET", "/api/users"),
        )
        assert tuple(answer.status_code for answer in answers) == statuses, scope
    over_role = await site.token(free, ["admin"])
    assert (await ask(site, over_role, "GET", "/api/users")).status_code == 403


async def test_a_token_cannot_make_one_that_may_do_more(site: Site) -> None:
    token = await site.token(await site.user("root", role="admin"), ["write"])
    for scopes in (None, ["admin"], ["write", "admin"], ["read"]):
        answer = await ask(site, token, "POST", TOKENS, json={"name": "x", "scopes": scopes})
        assert (answer.status_code, code_of(answer)) == (403, "accounts.scopes_exceeded")


async def test_losing_a_role_takes_it_from_tokens_too(site: Site) -> None:
    await site.user("root", role="admin")
    user = await site.user("mod", role="admin")
    token = await site.token(user)
    root = await site.signed_in("root")
    assert (await ask(site, token, "GET", "/api/users")).status_code == 200
    await root.patch(f"/api/users/{user.id}", json={"role": "free"})
    assert (await ask(site, token, "GET", "/api/users")).status_code == 403


async def test_a_token_that_cannot_be_is_refused(site: Site) -> None:
    await site.user("ada")
    browser = await site.signed_in("ada")
    wanted: list[dict[str, Any]] = [
        {"name": ""},
        {"name": " "},
        {"name": "a\x00b"},
        {"name": "a\nb"},
        {"name": "x" * 81},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "scopes": "admin"},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 10**20},
    ]
    for each in wanted:
        answer = await browser.post(TOKENS, json=each)
        assert answer.status_code == 422
        assert code_of(answer) in ("accounts.token_invalid", "runtime.request_invalid")


async def test_fields_nobody_offered_change_nothing(site: Site) -> None:
    eve, ada = await site.user("eve"), await site.user("ada")
    browser = await site.signed_in("eve")
    await browser.post(TOKENS, json={"name": "x", "user_id": ada.id, "secret_hash": "0" * 64})
    async with site.database.session() as session:
        token = (await session.scalars(select(ApiToken))).one()
    assert token.user_id == eve.id
    assert token.secret_hash != "0" * 64


async def test_the_last_use_is_written_down_once_a_minute(site: Site) -> None:
    token = await site.token(await site.user("ada"))
    used = []
    for seconds in (0, 59, 1):
        site.clock.forward(seconds=seconds)
        await ask(site, token)
        async with site.database.session() as session:
            used.append(await session.scalar(select(ApiToken.last_used_at)))
    now = site.clock()
    assert used == [now - timedelta(minutes=1), now - timedelta(minutes=1), now]


async def test_a_user_has_a_hundred_tokens_at_most(site: Site) -> None:
    user = await site.user("ada")
    for _ in range(MAX_TOKENS):
        await site.token(user)
    answer = await (await site.signed_in("ada")).post(TOKENS, json={"name": "one more"})
    assert (answer.status_code, code_of(answer)) == (409, "accounts.too_many_tokens")


async def test_the_command_line_cannot_make_a_token_for_nobody_or_with_an_unknown_scope(
    site: Site,
) -> None:
    await site.user("ada")
    for name, scopes, error in [("bob", None, UserMissing), ("ada", ["root"], TokenInvalid)]:
        async with site.database.transaction() as session:
            with pytest.raises(error):
                await service.create_token(session, user_name=name, name="x", scopes=scopes)
