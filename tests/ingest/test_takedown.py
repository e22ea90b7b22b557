"""A take-down: the content goes from everywhere and does not come back."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests.support.copied_files import MemoryMirror, copied, plug
from tests.support.hosting import hosting
from tests.support.library import Library
from tests.support.media import film
from tests.support.memory_storage import MemoryStorage
from tests.support.people import browser_of

from shadow.catalog.models import File, FileCopy, Image, Title
from shadow.ingest import blocking
from shadow.ingest import service as ingest
from shadow.ingest.places import screenshots_dir
from shadow.ingest.ports import SourceUnavailable
from shadow.ingest.takedown import start_takedown
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",)},
        "hls": {"previews": "off", "index_after_scan": False},
    }


async def taken_down(client: httpx.AsyncClient, runtime: Runtime, path: str) -> Job:
    answer = await client.post(f"/api/{path}/takedown", json={"reason": "asked for"})
    assert answer.status_code == 202, answer.text
    return await asyncio.wait_for(runtime.jobs.wait(answer.json()["id"]), 60)


async def posters_made(runtime: Runtime) -> None:
    """Wait for the job that takes posters from inside new files."""
    page = await runtime.jobs.list(limit=100)
    for job in page.items:
        await asyncio.wait_for(runtime.jobs.wait(job.id), 60)


async def files(runtime: Runtime) -> dict[str, File]:
    async with runtime.database.session() as session:
        return {Path(one.shown_path).name: one for one in await session.scalars(select(File))}


async def blocked(runtime: Runtime) -> dict[str, str]:
    async with runtime.database.session() as session:
        page = await blocking.list_blocked(session, limit=100)
    return {row.sha256: row.reason for row, _ in page.items}


async def leeched(runtime: Runtime, *names: str) -> None:
    contents = {name: film().read_bytes() + name.encode() for name in names}
    async with hosting(contents) as host:
        for name in names:
            job_id = await ingest.start_leech(runtime, ingest.Order(host.url(name)))
            assert (await asyncio.wait_for(runtime.jobs.wait(job_id), 60)).state == "done"


async def test_a_title_is_taken_down_with_all_that_was_made_of_it(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    await leeched(runtime, "Show.S01E01.mp4", "Show.S01E02.mp4", "Film.2001.mp4")
    here = await files(runtime)
    first = here["Show - S01E01.mp4"]
    Path(first.path.decode().replace(".mp4", ".en.srt")).write_text("1\n")
    second, mirror = MemoryStorage("second"), MemoryMirror()
    plug(runtime, "storage", second)
    plug(runtime, "mirror", mirror)
    second.hold(b"a", b"copy")
    mirror.held.hold(b"id", b"copy")
    await copied(runtime, first.id, "second", b"a", b"copy")
    await copied(runtime, first.id, "host", b"id", b"copy", kind="mirror")
    (show,) = (await client.get("/api/library/shows")).json()["items"]
    await posters_made(runtime)
    job = await taken_down(client, runtime, f"titles/{show['id']}")
    assert (job.state, job.error) == ("done", None)
    shows = {name: one for name, one in here.items() if name.startswith("Show")}
    hashes = sorted(str(one.sha256) for one in shows.values())
    assert job.result == {"files": 2, "blocked": hashes}
    assert await blocked(runtime) == dict.fromkeys(hashes, "asked for")
    assert (second.objects, mirror.held.objects) == ({}, {})
    assert list(await files(runtime)) == ["Film (2001).mp4"]
    store = runtime.settings.core.data_dir / "store"
    left = [one.name for one in store.rglob("*") if one.is_file()]
    assert left == ["Film (2001).mp4"]
    assert not (store / "Series").exists()
    async with runtime.database.session() as session:
        sources = list(await session.scalars(select(Image.source)))
    assert [one.rpartition("/")[2] for one in sources] == ["Film (2001).mp4"]
    kept = here["Film (2001).mp4"].public_id
    assert [one.name for one in screenshots_dir(runtime).iterdir()] == [kept]
    async with runtime.database.session() as session:
        assert [one.title for one in await session.scalars(select(Title))] == ["Film"]
        assert list(await session.scalars(select(FileCopy))) == []
    assert (await client.get(f"/api/titles/{show['id']}")).status_code == 404
    again = await taken_down(client, runtime, f"files/{kept}")
    assert (again.state, await files(runtime)) == ("done", {})
    artwork = (runtime.settings.core.data_dir / "artwork").rglob("*")
    assert [one for one in artwork if one.is_file()] == []


async def test_a_file_of_a_library_folder_is_hashed_first_and_deleted_from_the_disk(
    client: httpx.AsyncClient, runtime: Runtime, small_library: Library
) -> None:
    path = Path(small_library.put("Films/Film (2001).mp4").decode())
    small_library.put("Films/Other (2002).mp4")
    beside = Path(small_library.put("Films/Film (2001).srt", b"1\n").decode())
    await small_library.scan()
    known = (await files(runtime))["Film (2001).mp4"]
    assert known.sha256 is None
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    job = await taken_down(client, runtime, f"files/{known.public_id}")
    assert (job.state, job.error) == ("done", None)
    assert not path.exists()
    assert beside.exists()  # the operator's own, and no part of the content
    assert await blocked(runtime) == {sha256: "asked for"}
    await small_library.scan()
    assert list(await files(runtime)) == ["Other (2002).mp4"]


async def test_other_files_with_the_same_content_go_too(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = film().read_bytes()
    async with hosting({"A.2001.mp4": content, "B.2002.mp4": content}) as host:
        for name in host.files:
            job_id = await ingest.start_leech(runtime, ingest.Order(host.url(name)))
            await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    one = (await files(runtime))["A (2001).mp4"].public_id
    job = await taken_down(client, runtime, f"files/{one}")
    assert job.result is not None
    assert (job.result["files"], await files(runtime)) == (2, {})
    store = runtime.settings.core.data_dir / "store"
    assert [one for one in store.rglob("*") if one.is_file()] == []


class RefusingMirror(MemoryMirror):
    refuses = True

    async def remove(self, copy_id: str) -> None:
        if self.refuses:
            raise SourceUnavailable("The host is away.")
        await super().remove(copy_id)


async def test_a_copy_that_cannot_be_deleted_is_named_and_the_next_try_goes_on(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    await leeched(runtime, "Film.2001.mp4")
    known = (await files(runtime))["Film (2001).mp4"]
    mirror = RefusingMirror()
    plug(runtime, "mirror", mirror)
    mirror.held.hold(b"id", b"copy")
    await copied(runtime, known.id, "host", b"id", b"copy", kind="mirror")
    await copied(runtime, known.id, "switched-off", b"id", b"copy", kind="mirror")
    job = await taken_down(client, runtime, f"files/{known.public_id}")
    assert (job.state, job.error_code) == ("failed", "ingest.copy_left")
    assert "“host”: The host is away." in (job.error or "")
    assert "“switched-off”" in (job.error or "")
    assert (await client.get(f"/stream/{known.public_id}")).status_code == 404
    assert (await files(runtime))["Film (2001).mp4"].state == "removed"
    assert not Path(known.path.decode()).exists()
    assert str(known.sha256) in await blocked(runtime)
    mirror.refuses = False
    plug(runtime, "mirror", MemoryMirror("switched-off"))
    again = await runtime.jobs.wait((await runtime.jobs.retry(job.id)).id)
    assert (again.state, again.error) == ("done", None)
    assert (mirror.held.objects, await files(runtime)) == ({}, {})


async def test_a_file_that_was_replaced_meanwhile_is_not_deleted_unseen(
    client: httpx.AsyncClient, runtime: Runtime, small_library: Library
) -> None:
    small_library.put("Film (2001).mp4")
    await small_library.scan()
    known = (await files(runtime))["Film (2001).mp4"]
    path = Path(small_library.put("Film (2001).mp4", b"something else").decode())
    job = await taken_down(client, runtime, f"files/{known.public_id}")
    assert (job.state, job.error_code) == ("failed", "ingest.copy_left")
    assert "replaced by something else" in (job.error or "")
    assert path.read_bytes() == b"something else"


async def test_a_file_that_is_gone_already_is_forgotten(
    client: httpx.AsyncClient, runtime: Runtime, small_library: Library
) -> None:
    path = Path(small_library.put("Film (2001).mp4").decode())
    await small_library.scan()
    known = (await files(runtime))["Film (2001).mp4"]
    path.unlink()
    job = await taken_down(client, runtime, f"files/{known.public_id}")
    assert (job.state, job.result) == ("done", {"files": 1, "blocked": []})
    assert (await files(runtime), await blocked(runtime)) == ({}, {})


async def test_only_admins_take_down(
    client: httpx.AsyncClient, app: FastAPI, runtime: Runtime
) -> None:
    for path in ("titles/nothere", "files/nothere"):
        assert (await client.post(f"/api/{path}/takedown")).status_code == 404
        async with browser_of(app, runtime, path[0] * 5, Role.moderator) as other:
            assert (await other.post(f"/api/{path}/takedown")).status_code == 403


async def test_a_title_of_two_files_is_taken_down_on_both_databases(library: Library) -> None:
    for number in (1, 2):
        library.put(f"Show/Show S01E0{number}.mp4")
    library.put("Film (2001).mp4")
    await library.scan()
    runtime = library.runtime
    async with runtime.database.session() as session:
        show = await session.scalar(select(Title.public_id).where(Title.kind == "show"))
    job_id = await start_takedown(runtime, user_id=4711, reason="x", title_id=show)
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error) == ("done", None)
    assert list(await files(runtime)) == ["Film (2001).mp4"]
    assert len(await blocked(runtime)) == 2
    async with runtime.database.session() as session:
        assert [one.title for one in await session.scalars(select(Title))] == ["Film"]
    assert sorted(one.name for one in library.place.rglob("*.mp4")) == ["Film (2001).mp4"]
