"""One-time links: the first admin's, and those that sign a user in."""

import asyncio
from datetime import timedelta

import httpx
from sqlalchemy import func, select

from shadow.accounts import service
from shadow.accounts.models import OneTimeLink, User
from shadow.kit.ids import fingerprint
from tests.accounts.conftest import PASSWORD, Site, code_of

MINUTES = timedelta(minutes=15)


async def first_admin_link(site: Site) -> str | None:
    async with site.database.transaction() as session:
        return await service.ensure_first_admin_link(session, now=site.clock())


async def login_link(site: Site, user: User) -> str:
    async with site.database.transaction() as session:
        return await service.create_login_link(
            session, user_id=user.id, now=site.clock(), lifetime=MINUTES
        )


async def claim(
    client: httpx.AsyncClient, token: str | None, **given: str | None
) -> httpx.Response:
    return await client.post("/api/auth/claim", json={"token": token, **given})


async def look(site: Site, token: str | None) -> dict[str, object]:
    answer = await site.browser().get("/api/auth/link", params={"token": token or ""})
    found: dict[str, object] = answer.json()
    return found


async def count_users(site: Site) -> int:
    async with site.database.session() as session:
        return await session.scalar(select(func.count()).select_from(User)) or 0


async def test_the_first_admin_link_makes_an_admin_and_signs_in(site: Site) -> None:
    token = await first_admin_link(site)
    browser = site.browser()
    assert (await browser.get("/api/auth/welcome")).json()["needs_admin"] is True
    assert await look(site, token) == {"valid": True, "purpose": "first_admin"}
    answer = await claim(browser, token, username="Ada", password=PASSWORD)
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (await browser.get("/api/users")).status_code == 200
    assert (await browser.get("/api/auth/welcome")).json()["needs_admin"] is False


async def test_looking_at_a_link_does_not_use_it_up(site: Site) -> None:
    token = await first_admin_link(site)
    for _ in range(3):
        assert (await look(site, token))["valid"] is True
    assert (await claim(site.browser(), token, username="a", password=PASSWORD)).is_success


async def test_a_link_works_once(site: Site) -> None:
    token = await first_admin_link(site)
    await claim(site.browser(), token, username="ada", password=PASSWORD)
    again = await claim(site.browser(), token, username="eve", password=PASSWORD)
    assert (again.status_code, code_of(again)) == (404, "accounts.link_invalid")
    assert await look(site, token) == {"valid": False, "purpose": None}
    assert await count_users(site) == 1


async def test_of_twenty_claims_at_once_exactly_one_wins(site: Site) -> None:
    token = await first_admin_link(site)
    answers = await asyncio.gather(
        *(claim(site.browser(), token, username=f"user{n}", password=PASSWORD) for n in range(20))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [404] * 19
    assert await count_users(site) == 1


async def test_two_first_admin_links_of_two_starting_servers_make_one_admin(site: Site) -> None:
    tokens = [await first_admin_link(site), "made by the other server"]
    async with site.database.transaction() as session:
        session.add(
            OneTimeLink(
                purpose="first_admin",
                secret_hash=fingerprint("made by the other server"),
                created_at=site.clock(),
                expires_at=site.clock() + MINUTES,
            )
        )
    answers = await asyncio.gather(
        *(
            claim(site.browser(), token, username=f"user{n}", password=PASSWORD)
            for n, token in enumerate(tokens * 5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 9
    assert await count_users(site) == 1


async def test_of_ten_uses_of_a_login_link_at_once_exactly_one_signs_in(site: Site) -> None:
    token = await login_link(site, await site.user("ada"))
    answers = await asyncio.gather(*(claim(site.browser(), token) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 9


async def test_each_start_makes_a_new_link_and_the_old_one_stops_working(site: Site) -> None:
    old, new = await first_admin_link(site), await first_admin_link(site)
    assert old != new
    assert (await claim(site.browser(), old, username="a", password=PASSWORD)).status_code == 404
    assert (await claim(site.browser(), new, username="a", password=PASSWORD)).status_code == 200


async def test_with_an_admin_there_is_no_first_admin_link_and_old_ones_are_dead(
    site: Site,
) -> None:
    token = await first_admin_link(site)
    await site.user("root", role="admin")
    assert (await look(site, token))["valid"] is False
    answer = await claim(site.browser(), token, username="eve", password=PASSWORD)
    assert answer.status_code == 404
    assert await first_admin_link(site) is None


async def test_a_claim_that_is_refused_leaves_the_link_usable(site: Site) -> None:
    await site.user("taken")
    token = await first_admin_link(site)
    for username, password, status, code in [
        (None, None, 422, "accounts.claim_incomplete"),
        ("ada", None, 422, "accounts.claim_incomplete"),
        (None, PASSWORD, 422, "accounts.claim_incomplete"),
        ("", PASSWORD, 422, "runtime.request_invalid"),
        ("ada", "short", 422, "runtime.request_invalid"),
        ("a b", PASSWORD, 422, "accounts.name_invalid"),
        ("a\x00b", PASSWORD, 422, "accounts.name_invalid"),
        ("ＴＡＫＥＮ", PASSWORD, 409, "accounts.name_taken"),
    ]:
        refused = await claim(site.browser(), token, username=username, password=password)
        assert (refused.status_code, code_of(refused)) == (status, code)
    then = await claim(site.browser(), token, username="ada", password=PASSWORD)
    assert then.status_code == 200


async def test_a_login_link_signs_its_user_in_and_ignores_name_and_password(site: Site) -> None:
    user = await site.user("ada")
    token = await login_link(site, user)
    assert await look(site, token) == {"valid": True, "purpose": "login"}
    browser = site.browser()
    answer = await claim(browser, token, username="root", password=PASSWORD)
    assert (answer.json()["username"], answer.json()["role"]) == ("ada", "free")
    assert await count_users(site) == 1


async def test_unknown_used_and_expired_links_get_one_and_the_same_answer(site: Site) -> None:
    user = await site.user("ada")
    used, expired, banned = [await login_link(site, user) for _ in range(3)]
    await claim(site.browser(), used)
    answers = [
        await claim(site.browser(), token)
        for token in (used, "", "unknown", "ä", "\x00", "x" * 200)
    ]
    site.clock.forward(minutes=15)
    answers.append(await claim(site.browser(), expired))
    assert await look(site, expired) == {"valid": False, "purpose": None}
    site.clock.forward(minutes=-10)
    async with site.database.transaction() as session:
        (await session.get_one(User, user.id)).role_name = "banned"
    answers.append(await claim(site.browser(), banned))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


async def test_a_login_link_lives_fifteen_minutes_at_most(site: Site) -> None:
    token = await login_link(site, await site.user("ada"))
    site.clock.forward(minutes=14, seconds=59)
    assert (await claim(site.browser(), token)).status_code == 200


async def test_an_admin_makes_a_login_link_for_someone_who_lost_their_password(
    site: Site,
) -> None:
    await site.user("root", role="admin")
    user = await site.user("ada")
    admin = await site.signed_in("root")
    made = await admin.post(f"/api/users/{user.id}/login-link")
    assert made.status_code == 201
    assert made.json()["path"] == f"/auth?token={made.json()['token']}"
    answer = await claim(site.browser(), made.json()["token"])
    assert answer.json()["username"] == "ada"
    assert (await admin.post("/api/users/999/login-link")).status_code == 404
    ada = await site.signed_in("ada")
    assert (await ada.post(f"/api/users/{user.id}/login-link")).status_code == 403


async def test_links_are_stored_hashed(site: Site) -> None:
    token = await login_link(site, await site.user("ada"))
    async with site.database.session() as session:
        assert await session.scalar(select(OneTimeLink.secret_hash)) == fingerprint(token)
    assert len(token) >= 43  # 256 bits in base64
