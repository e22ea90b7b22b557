"""Fixtures that every test may ask for: real databases, a whole Runtime, signed-in clients."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from xdist.remote import Producer

from shadow.accounts import service as accounts
from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.web import build_app
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.runtime.database import Database
from tests.support.databases import (
    postgres_clone,
    postgres_template,
    sqlite_copy,
    sqlite_template,
)
from tests.support.postgres import running_postgres
from tests.support.scheduling import ByFile

PASSWORD = "correct horse battery"
BROWSER = {"X-Shadow-CSRF": "1"}


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Have the tests of a file, or of what shares a server, in one process."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_model(postgres_server: str) -> str:
    return postgres_template(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database: the test runs once on each kind."""
    if request.param == "sqlite":
        yield sqlite_copy(request.getfixturevalue("sqlite_file"), tmp_path)
        return
    server = request.getfixturevalue("postgres_server")
    with postgres_clone(server, request.getfixturevalue("postgres_model")) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, empty, migrated database; the test runs on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def given_settings() -> dict[str, Any]:
    """Settings of this test's Runtime; override in a module or class."""
    return {}


@pytest.fixture
async def runtime(
    data_dir: Path, sqlite_file: Path, given_settings: dict[str, Any]
) -> AsyncIterator[Runtime]:
    """A whole Runtime on SQLite, as `shadow serve` opens it, in a temp folder."""
    data_dir.mkdir()
    shutil.copy(sqlite_file, data_dir / "shadow.sqlite")
    settings = read_settings({"data_dir": data_dir, **given_settings})
    async with open_runtime(settings) as opened:
        yield opened


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    return build_app(runtime)


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=BROWSER
    ) as client:
        yield client


@pytest.fixture
async def client(runtime: Runtime, anonymous: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which the admin “ada” is signed in."""
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name="ada", password=PASSWORD, role=Role.admin)
    answer = await anonymous.post("/api/auth/login", json={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return anonymous
