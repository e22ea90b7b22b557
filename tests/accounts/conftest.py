"""A server with nothing but accounts, a clock that tests move, and cheap password hashes."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from shadow.accounts import passwords, service
from shadow.accounts.models import User
from shadow.accounts.routes import router
from shadow.accounts.service import Accounts
from shadow.accounts.settings import AccountsSettings
from shadow.runtime.access import Role
from shadow.runtime.database import Database
from shadow.runtime.problems import install_problems
from shadow.runtime.settings import CoreSettings, Settings

PASSWORD = "correct horse battery"
CSRF = {"X-Shadow-CSRF": "1"}


class MovedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Site:
    """The application and what stands behind it."""

    app: FastAPI
    accounts: Accounts
    database: Database
    clock: MovedClock
    opened: list[httpx.AsyncClient]
    told: list[object]

    def browser(self, address: str = "203.0.113.7", *, scheme: str = "http") -> httpx.AsyncClient:
        """A browser at this address, with a cookie jar of its own and the CSRF header."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 40000)),
            base_url=f"{scheme}://shadow.test",
            headers=CSRF,
        )
        self.opened.append(client)
        return client

    async def user(self, name: str, role: str = "free", password: str = PASSWORD) -> User:
        async with self.database.transaction() as session:
            return await service.create_user(session, name=name, password=password, role=Role[role])

    async def token(self, user: User, scopes: list[str] | None = None, **given: Any) -> str:
        async with self.database.transaction() as session:
            return await service.create_token(
                session, user_name=user.name, name="program", scopes=scopes, **given
            )

    async def signed_in(self, name: str, **given: Any) -> httpx.AsyncClient:
        browser = self.browser(**given)
        answer = await browser.post(
            "/api/auth/login", json={"username": name, "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return browser


MakeSite = Callable[..., Site]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    )


@pytest.fixture
async def make_site(database: Database) -> AsyncIterator[MakeSite]:
    opened: list[httpx.AsyncClient] = []
    told: list[object] = []

    async def hear(events: list[object]) -> None:
        told.extend(events)

    database._deliver = hear

    def make(*, public_url: str = "", redis_url: str = "", **settings: Any) -> Site:
        # Generous, so that only the tests of limits meet them.
        given = {
            "login_attempts_per_minute": 1000,
            "address_attempts_per_minute": 10000,
            "account_attempts_per_minute": 10000,
            **settings,
        }
        clock = MovedClock()
        settings = Settings(
            core=CoreSettings(public_url=public_url, redis_url=redis_url),
            groups={AccountsSettings: AccountsSettings(**given)},
        )
        accounts = service.authenticator(database, clock, settings)
        app = FastAPI()
        app.include_router(router)
        install_problems(app)
        app.state.runtime = SimpleNamespace(database=database, clock=clock, authenticate=accounts)
        return Site(app, accounts, database, clock, opened, told)

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


def code_of(answer: httpx.Response) -> str:
    """The `code` of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return cast(str, answer.json()["code"])
