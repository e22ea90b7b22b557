"""How often sign-in may be tried, on every way in."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from shadow.accounts.errors import LimitsUnavailable, TooManyAttempts
from shadow.accounts.limits import SignInLimits, address_key
from shadow.accounts.settings import AccountsSettings
from tests.accounts.conftest import PASSWORD, MakeSite, Site, code_of
from tests.support.postgres import free_port

STRICT = {
    "login_attempts_per_minute": 3,
    "address_attempts_per_minute": 6,
    "account_attempts_per_minute": 9,
}


# Counts are not in the database: once is enough.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class WallClock:
    """The wall clock as the limits library sees it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    clock = WallClock()
    for module in ("limits.aio.storage.memory", "shadow.accounts.limits"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=clock.time))
    return clock


@pytest.fixture
def strict(make_site: MakeSite, wall: WallClock) -> Site:
    return make_site(guests_allowed=True, **STRICT)


async def guess(
    client: httpx.AsyncClient, name: str = "ada", password: str = "wrong guess"
) -> httpx.Response:
    return await client.post("/api/auth/login", json={"username": name, "password": password})


@once
async def test_after_some_wrong_guesses_even_the_right_password_must_wait(
    strict: Site, wall: WallClock
) -> None:
    await strict.user("ada")
    browser = strict.browser()
    for _ in range(3):
        assert (await guess(browser)).status_code == 401
        wall.now += 10
    refused = await guess(browser, password=PASSWORD)
    assert (refused.status_code, code_of(refused)) == (429, "accounts.too_many_attempts")
    assert refused.headers["retry-after"] == "30"
    wall.now += 29
    assert (await guess(browser, password=PASSWORD)).status_code == 429
    wall.now += 2
    assert (await guess(browser, password=PASSWORD)).status_code == 200


@once
async def test_the_window_moves_so_that_its_edge_does_not_double_the_rate(
    strict: Site, wall: WallClock
) -> None:
    browser = strict.browser()
    wall.now += 59 - wall.now % 60  # a fixed window would begin anew in one second
    statuses = []
    for _ in range(6):
        statuses.append((await guess(browser)).status_code)
        wall.now += 1
    assert statuses == [401, 401, 401, 429, 429, 429]


@once
async def test_an_unknown_name_is_limited_exactly_like_a_known_one(strict: Site) -> None:
    await strict.user("ada")
    answers = [
        [await guess(browser, name) for _ in range(5)]
        for name in ("ada", "nobody")
        for browser in [strict.browser(f"203.0.113.{len(name)}")]
    ]
    known, unknown = [[(a.status_code, a.text) for a in each] for each in answers]
    assert known == unknown
    assert [status for status, _ in known] == [401, 401, 401, 429, 429]


@once
async def test_other_spellings_of_a_name_count_as_the_same_name(strict: Site) -> None:
    browser = strict.browser()
    statuses = [(await guess(browser, name)).status_code for name in ("ada", "ADA", "Ａda", "aDa")]
    assert statuses == [401, 401, 401, 429]


@once
async def test_an_address_is_limited_whatever_names_it_tries(strict: Site) -> None:
    browser = strict.browser()
    statuses = [(await guess(browser, f"user{n}")).status_code for n in range(8)]
    assert statuses == [401] * 6 + [429] * 2


@once
async def test_a_name_is_limited_from_however_many_addresses(strict: Site) -> None:
    statuses = [(await guess(strict.browser(f"198.51.100.{n}"))).status_code for n in range(11)]
    assert statuses == [401] * 9 + [429] * 2


@once
async def test_guessing_at_one_name_from_one_place_locks_nobody_else_out(strict: Site) -> None:
    await strict.user("ada")
    attacker = strict.browser("198.51.100.1")
    for _ in range(20):
        await guess(attacker)
    assert (await guess(strict.browser("203.0.113.1"), password=PASSWORD)).status_code == 200


@once
async def test_headers_that_a_client_sends_do_not_move_it_elsewhere(strict: Site) -> None:
    for last, header in enumerate(("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP")):
        browser = strict.browser(f"203.0.113.{last}")
        statuses = []
        for n in range(4):
            browser.headers[header] = f"192.0.2.{n}"
            statuses.append((await guess(browser, header)).status_code)
        assert statuses == [401, 401, 401, 429]


@once
async def test_the_right_password_clears_the_wrong_guesses_for_that_name_only(
    strict: Site,
) -> None:
    await strict.user("ada")
    browser = strict.browser()
    statuses = [
        (await guess(browser, name, password)).status_code
        for name, password in [
            ("bob", "wrong guess"),
            ("bob", "wrong guess"),
            ("ada", "wrong guess"),
            ("ada", PASSWORD),
            ("bob", "wrong guess"),
            ("ada", PASSWORD),
            ("ada", PASSWORD),
        ]
    ]
    assert statuses == [401, 401, 401, 200, 401, 200, 429]  # the address has had its six


@once
async def test_of_fifty_guesses_at_once_no_more_than_allowed_are_looked_at(strict: Site) -> None:
    await strict.user("ada")
    answers = await asyncio.gather(*(guess(strict.browser()) for _ in range(50)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * 3 + [429] * 47


@once
async def test_claims_guests_and_changes_of_password_count_too(strict: Site) -> None:
    await strict.user("ada")
    ada = await strict.signed_in("ada", address="203.0.113.50")
    change = {"current": "wrong guess", "new": "x" * 8}
    changes = [(await ada.put("/api/auth/password", json=change)).status_code for _ in range(4)]
    assert changes == [403, 403, 403, 429]
    claims = [
        (await strict.browser("203.0.113.51").post("/api/auth/claim", json={"token": "x"}))
        for _ in range(7)
    ]
    assert [answer.status_code for answer in claims] == [404] * 6 + [429]
    guests = [(await strict.browser("203.0.113.52").post("/api/auth/guest")) for _ in range(7)]
    assert [answer.status_code for answer in guests] == [200] * 6 + [429]
    assert int(guests[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("", "not an address", True),
    ],
)
def test_ipv6_counts_by_network(one: str, other: str, *, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    assert program, "Redis is not installed: run `make test`, which installs it"
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with (
        (tmp_path / "redis.log").open("w+") as log,
        subprocess.Popen([*command, "--dir", str(tmp_path)], stdout=subprocess.PIPE) as server,
    ):
        assert server.stdout is not None
        for line in server.stdout:
            log.write(line.decode(errors="replace"))
            if b"Ready to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
        server.kill()


async def test_servers_that_share_a_redis_share_the_counts(redis_url: str) -> None:
    settings = AccountsSettings(**STRICT)
    servers = [SignInLimits(settings, redis_url=redis_url) for _ in range(3)]
    for server in servers:
        await server.count(address="203.0.113.7", account="ada")
    for server in servers:
        with pytest.raises(TooManyAttempts) as refused:
            await server.count(address="203.0.113.7", account="ada")
        assert refused.value.retry_after in range(1, 61)


async def test_without_the_redis_that_counts_nobody_may_try() -> None:
    limits = SignInLimits(AccountsSettings(), redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(LimitsUnavailable):
        await limits.count(address="203.0.113.7", account="ada")


def test_a_redis_address_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(LimitsUnavailable, match="SHADOW_REDIS_URL"):
        SignInLimits(AccountsSettings(), redis_url="http://127.0.0.1")
