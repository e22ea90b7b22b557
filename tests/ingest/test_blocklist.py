"""Content that is not to be stored here."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests.support.hosting import hosting
from tests.support.media import film
from tests.support.people import browser_of

from shadow.catalog.models import File, Title
from shadow.ingest import blocking
from shadow.ingest import service as ingest
from shadow.ingest.errors import BlockMissing, ContentBlocked, HashInvalid
from shadow.ingest.leeching import keeping
from shadow.ingest.sandbox import Sandboxes
from shadow.kit.paging import CursorInvalid
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.runtime.database import Database

ONE, TWO = "1" * 64, "a2" * 32


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",)},
        "hls": {"previews": "off", "index_after_scan": False},
    }


async def test_blocked_content_is_refused_until_it_is_unblocked(database: Database) -> None:
    async with database.transaction() as session:
        await blocking.check(session, ONE)
        await blocking.block(session, ONE.upper(), name="bad.mkv", reason="asked for")
        again = await blocking.block(session, ONE, name="other", reason="other")
        assert (again.name, again.reason) == ("bad.mkv", "asked for")
        with pytest.raises(ContentBlocked, match=r"“this\.mkv” is blocked"):
            await blocking.check(session, ONE, name="this.mkv")
        await blocking.check(session, TWO)
        await blocking.unblock(session, ONE)
        await blocking.check(session, ONE)
        with pytest.raises(BlockMissing):
            await blocking.unblock(session, ONE)


@pytest.mark.parametrize("wrong", ["", "1" * 63, "1" * 65, "g" * 64, "１" * 64])
async def test_what_is_no_hash_is_not_blocked(database: Database, wrong: str) -> None:
    async with database.transaction() as session:
        with pytest.raises(HashInvalid):
            await blocking.block(session, wrong)


async def test_two_people_may_block_the_same_at_once(database: Database) -> None:
    async def block() -> None:
        async with database.transaction() as session:
            await blocking.block(session, ONE)

    await asyncio.gather(*(block() for _ in range(5)))
    async with database.session() as session:
        assert (await blocking.list_blocked(session, limit=10)).total == 1


async def test_the_list_is_paged_and_searched(database: Database) -> None:
    hashes = [f"{number:064x}" for number in range(7)]
    async with database.transaction() as session:
        for number, sha256 in enumerate(hashes):
            await blocking.block(session, sha256, name=f"50%_{number}", reason="Wunsch")
    async with database.session() as session:
        seen: list[str] = []
        cursor = None
        while True:
            page = await blocking.list_blocked(session, limit=3, cursor=cursor)
            seen += [row.sha256 for row, _ in page.items]
            assert page.total == 7
            if (cursor := page.next_cursor) is None:
                break
        assert sorted(seen) == hashes
        for words, count in (
            ("wunsch", 7),
            ("%_3", 1),
            ("0" * 63, 7),
            ("0" * 63 + "5", 1),
            ("x", 0),
        ):
            assert (await blocking.list_blocked(session, limit=9, q=words)).total == count
        with pytest.raises(CursorInvalid):
            await blocking.list_blocked(session, limit=3, cursor="bm8")


async def test_only_admins_see_and_change_it(
    client: httpx.AsyncClient, app: FastAPI, runtime: Runtime
) -> None:
    asked = {"sha256": TWO.upper(), "name": "<b>bad</b>", "reason": "asked for"}
    made = await client.post("/api/blocklist", json=asked)
    assert made.status_code == 201
    assert {k: made.json()[k] for k in ("sha256", "name", "user")} == {
        "sha256": TWO, "name": "<b>bad</b>", "user": "ada",
    }  # fmt: skip
    (item,) = (await client.get("/api/blocklist", params={"q": "BAD"})).json()["items"]
    assert (item["reason"], item["user"]) == ("asked for", "ada")
    assert (await client.post("/api/blocklist", json={"sha256": "x"})).status_code == 422
    async with browser_of(app, runtime, "bob", Role.moderator) as bob:
        assert (await bob.get("/api/blocklist")).status_code == 403
        assert (await bob.post("/api/blocklist", json=asked)).status_code == 403
        assert (await bob.delete(f"/api/blocklist/{TWO}")).status_code == 403
    assert (await client.delete(f"/api/blocklist/{TWO}")).status_code == 204
    assert (await client.delete(f"/api/blocklist/{TWO}")).status_code == 404


async def test_a_link_to_blocked_content_brings_nothing(runtime: Runtime) -> None:
    content = film().read_bytes()
    async with runtime.database.transaction() as session:
        await blocking.block(session, hashlib.sha256(content).hexdigest())
    async with hosting({"Film.2001.mp4": content}) as host:
        job_id = await ingest.start_leech(runtime, ingest.Order(host.url("Film.2001.mp4")))
        job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error_code) == ("failed", "ingest.content_blocked")
    assert job.error == (
        "Checking the blocklist failed: “Film.2001.mp4” is blocked here and is not stored."
    )
    assert list(runtime.part(Sandboxes).root.glob("*")) == []
    assert list((runtime.settings.core.data_dir / "store").rglob("*")) == []
    async with runtime.database.session() as session:
        assert (await session.get(Title, 1)) is None


async def test_content_that_is_blocked_while_it_is_stored_does_not_stay(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storing can take minutes; a take-down meanwhile finds no file to take away."""
    content = film().read_bytes()
    store = keeping.store_file

    async def stored_and_blocked(*given: Any, **more: Any) -> Any:
        stored = await store(*given, **more)
        async with runtime.database.transaction() as session:
            await blocking.block(session, hashlib.sha256(content).hexdigest())
        return stored

    monkeypatch.setattr(keeping, "store_file", stored_and_blocked)
    async with hosting({"Film.2001.mp4": content}) as host:
        job_id = await ingest.start_leech(runtime, ingest.Order(host.url("Film.2001.mp4")))
        job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error_code) == ("failed", "ingest.content_blocked")
    store_folder = runtime.settings.core.data_dir / "store"
    assert [one for one in store_folder.rglob("*") if one.is_file()] == []
    async with runtime.database.session() as session:
        assert (await session.scalars(select(File))).all() == []
        assert (await session.scalars(select(Title))).all() == []
