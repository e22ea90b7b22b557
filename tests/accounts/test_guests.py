"""Guests: a switch that is off, and identities that see and play, no more."""

from sqlalchemy import select

from shadow.accounts.models import User
from tests.accounts.conftest import MakeSite, Site, code_of

GUEST = "/api/auth/guest"


async def names(site: Site) -> list[str]:
    async with site.database.session() as session:
        return list(await session.scalars(select(User.name).order_by(User.id)))


async def test_guests_are_refused_unless_the_owner_lets_them_in(site: Site) -> None:
    answer = await site.browser().post(GUEST)
    assert (answer.status_code, code_of(answer)) == (403, "accounts.guests_refused")
    assert (await site.browser().get("/api/auth/welcome")).json()["guests_allowed"] is False
    assert await names(site) == []


async def test_a_guest_looks_but_makes_no_tokens(make_site: MakeSite) -> None:
    site = make_site(guests_allowed=True)
    guest = site.browser()
    answer = await guest.post(GUEST)
    assert answer.json()["role"] == "guest"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert (await guest.get("/api/auth/me")).json()["username"].startswith("guest-")
    for denied in (
        await guest.post("/api/tokens", json={"name": "x"}),
        await guest.put("/api/auth/password", json={"current": "", "new": "x" * 8}),
        await guest.get("/api/users"),
    ):
        assert denied.status_code == 403


async def test_switching_guests_off_puts_them_out_but_not_users_of_that_role(
    make_site: MakeSite,
) -> None:
    site = make_site(guests_allowed=True)
    await site.user("visitor", role="guest")
    guest = site.browser()
    await guest.post(GUEST)
    cookies = [
        guest.cookies["shadow_session"],
        (await site.signed_in("visitor")).cookies["shadow_session"],
    ]
    closed = make_site(guests_allowed=False)
    found = [await closed.accounts(cookie=cookie, bearer=None) for cookie in cookies]
    assert [person and person.name for person in found] == [None, "visitor"]


async def test_each_guest_is_someone_else(make_site: MakeSite) -> None:
    site = make_site(guests_allowed=True)
    ids = {(await site.browser().post(GUEST)).json()["id"] for _ in range(3)}
    assert len(ids) == 3


async def test_guests_who_cannot_come_back_are_cleared_away(make_site: MakeSite) -> None:
    site = make_site(guests_allowed=True)
    await site.user("visitor", role="guest")
    for _ in range(3):
        await site.browser().post(GUEST)
    site.clock.forward(days=40)
    await site.browser().post(GUEST)  # ends the sessions that are over
    await site.browser().post(GUEST)  # clears their guests away
    left = await names(site)
    assert len(left) == 3
    assert left[0] == "visitor"
