"""Browsers of several people at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from shadow.accounts import service as accounts
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.conftest import BROWSER, PASSWORD


@asynccontextmanager
async def browser_of(
    app: FastAPI, runtime: Runtime, name: str, role: Role
) -> AsyncIterator[httpx.AsyncClient]:
    """Make a person and yield a browser in which they are signed in."""
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name=name, password=PASSWORD, role=role)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=BROWSER
    ) as client:
        answer = await client.post("/api/auth/login", json={"username": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        yield client
