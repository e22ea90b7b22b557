"""Web plumbing: problems, request ids, who may call, cross-site requests, metrics, the client."""

import re

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text

from shadow.accounts import service as accounts
from shadow.app.jobs_routes import _feed
from shadow.runtime.access import Principal, Role
from shadow.runtime.context import Runtime


async def test_health_and_readiness(anonymous: httpx.AsyncClient) -> None:
    health = await anonymous.get("/api/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    ready = await anonymous.get("/api/ready")
    assert ready.status_code == 200
    assert [d["name"] for d in ready.json()["dependencies"]] == ["database"]


async def test_readiness_fails_when_the_database_is_gone(
    anonymous: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await runtime.database.close()
    folder = runtime.settings.core.data_dir
    (folder / "shadow.sqlite").rename(folder / "elsewhere")
    (folder / "shadow.sqlite").mkdir()
    answer = await anonymous.get("/api/ready")
    assert answer.status_code == 503
    assert answer.json()["dependencies"][0]["ok"] is False


async def test_a_problem_has_the_fields_of_the_contract(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/jobs")
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail", "code"}
    assert (answer.status_code, answer.json()["code"]) == (401, "accounts.unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_unknown_api_addresses_are_problems_not_pages(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, "runtime.no_such_address")


async def test_a_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/jobs?limit=100000")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("limit:")


@pytest.fixture
def asking(app: FastAPI, client: httpx.AsyncClient) -> Request:
    """A request of the signed-in admin."""
    cookie = f"shadow_session={client.cookies['shadow_session']}".encode()
    return Request({"type": "http", "app": app, "headers": [(b"cookie", cookie)]})


async def test_a_crash_tells_the_request_id_and_nothing_else(
    app: FastAPI, anonymous: httpx.AsyncClient
) -> None:
    async def explode() -> None:
        raise ZeroDivisionError("inner secret")

    app.router.add_api_route("/api/explode", explode)
    app.router.routes.insert(0, app.router.routes.pop())
    answer = await anonymous.get("/api/explode", headers={"X-Request-Id": "mine-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "runtime.crashed")
    assert "inner secret" not in answer.text
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("told", [True, False])
async def test_a_huge_body_is_refused_whether_or_not_it_tells_its_size(
    anonymous: httpx.AsyncClient, told: bool
) -> None:
    async def pieces():
        for _ in range(3):
            yield b"x" * 1_000_000

    headers = {"Content-Type": "application/json"} | ({"Content-Length": "3000000"} if told else {})
    answer = await anonymous.post("/api/auth/login", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "runtime.request_too_large")
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/title/abcdefg", "/api/health", "/api/ready"])
async def test_pages_and_health_answer_head_as_they_answer_get(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    asked = await anonymous.head(path)
    assert asked.status_code == (await anonymous.get(path)).status_code
    assert asked.content == b""


@pytest.mark.parametrize("path", ["/" + "x" * 3000, "/a%00b", "/%ff/" + "y" * 300])
async def test_an_address_that_no_file_can_have_is_a_page(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code == (await anonymous.get("/")).status_code


async def test_request_ids_are_kept_or_made(anonymous: httpx.AsyncClient) -> None:
    kept = await anonymous.get("/api/health", headers={"X-Request-Id": "mine-1"})
    assert kept.headers["x-request-id"] == "mine-1"
    hostile = await anonymous.get("/api/health", headers={"X-Request-Id": "a b<script>"})
    assert re.fullmatch(r"[0-9a-f]{32}", hostile.headers["x-request-id"])


async def test_answers_carry_security_headers(anonymous: httpx.AsyncClient) -> None:
    headers = (await anonymous.get("/api/health")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_change_from_another_site_is_refused(client: httpx.AsyncClient, site: str) -> None:
    answer = await client.post("/api/scan", json={}, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["code"]) == (403, "runtime.cross_site")


async def test_a_change_by_cookie_without_our_header_is_refused(client: httpx.AsyncClient) -> None:
    del client.headers["X-Shadow-CSRF"]
    answer = await client.post("/api/jobs/x/cancel")
    assert (answer.status_code, answer.json()["code"]) == (403, "runtime.cross_site")


async def test_a_token_needs_no_browser_header_and_keeps_to_its_scope(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    async with runtime.database.transaction() as session:
        token = await accounts.create_token(
            session, user_name="ada", name="reader", scopes=["read"]
        )
    client.cookies.clear()
    client.headers.clear()
    client.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/api/continue")).status_code == 200
    refused = await client.post("/api/scan", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "accounts.denied")


async def test_roles_bound_what_a_person_may_do(
    runtime: Runtime, anonymous: httpx.AsyncClient
) -> None:
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name="bob", password="long enough 1", role=Role.free)
    sign_in = {"username": "bob", "password": "long enough 1"}
    assert (await anonymous.post("/api/auth/login", json=sign_in)).status_code == 200
    assert (await anonymous.get("/api/continue")).status_code == 200
    for method, path in (("GET", "/api/workers"), ("POST", "/api/scan"), ("GET", "/api/plugins")):
        answer = await anonymous.request(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "accounts.denied"), path


async def test_metrics_count_routes_not_paths(anonymous: httpx.AsyncClient) -> None:
    await anonymous.get("/api/jobs/one-that-is-not")
    text = (await anonymous.get("/metrics")).text
    assert 'route="/api/jobs/{job_id}"' in text
    assert "one-that-is-not" not in text


VIEWER, EDITOR = (
    Principal(99, "x", role, via="cookie", credential_id=1) for role in (Role.free, Role.moderator)
)


async def test_live_events_reach_a_listener(asking: Request, runtime: Runtime) -> None:
    feed = _feed(asking, runtime, VIEWER)
    assert await anext(feed) == b"retry: 2000\n\n"
    runtime.live.send("job", {"id": "hidden from viewers"})
    runtime.live.send("library", {})
    assert await anext(feed) == b"event: library\ndata: {}\n\n"
    await feed.aclose()


async def test_a_busy_feed_ends_too_when_its_listener_signs_out(
    asking: Request, client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.app.jobs_routes.RECHECK_SECONDS", 0)
    feed = _feed(asking, runtime, EDITOR)
    await anext(feed)
    runtime.live.send("job", {"id": "seen"})
    assert b"seen" in await anext(feed)
    assert (await client.post("/api/auth/logout")).status_code == 204
    runtime.live.send("job", {"id": "too late"})
    assert [line async for line in feed] == []


async def test_a_feed_loses_the_jobs_with_the_role(
    asking: Request, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.app.jobs_routes.RECHECK_SECONDS", 0)
    feed = _feed(asking, runtime, EDITOR)
    await anext(feed)
    async with runtime.database.transaction() as session:
        await session.execute(text("UPDATE users SET role = 'free'"))
    runtime.live.send("job", {"id": "hidden now"})
    runtime.live.send("library", {})
    assert await anext(feed) == b"event: library\ndata: {}\n\n"
    await feed.aclose()


async def test_feeds_end_when_the_server_stops(asking: Request, runtime: Runtime) -> None:
    feed = _feed(asking, runtime, EDITOR)
    await anext(feed)
    runtime.live.close()
    assert [line async for line in feed] == []


@pytest.mark.parametrize("path", ["/", "/films", "/title/abcdefg", "/..%2f..%2fetc/passwd"])
async def test_page_addresses_answer_with_the_client_and_never_with_other_files(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code in (200, 503)
    assert "root:" not in answer.text
