"""Copies of files: while they are stored, afterwards, by hand, and after a kill in the middle."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from tests.support.copied_files import FragileStorage, MemoryMirror, catalogued, copied, plug
from tests.support.databases import sqlite_copy
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.mirror_process import settings_of
from tests.support.programs import PIPE, start

from shadow.app.bootstrap import open_runtime
from shadow.catalog.models import File, FileCopy
from shadow.ingest import service as ingest
from shadow.ingest.mirroring.starting import start_mirror, start_mirroring
from shadow.ingest.ports import MirrorCopy, Report
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job

ROOT = Path(__file__).resolve().parents[2]
CONTENT = random.Random(6).randbytes(5_000_001)
SHA = hashlib.sha256(CONTENT).hexdigest()
FILE_ID = "Ab3dE9x"
NAME = "Films/Metropolis (1927)/Metropolis (1927).mkv"


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",), "mirrors": ("host", "second", "third")},
        "hls": {"previews": "off"},
        "public_url": "http://media.example",
    }


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({}) as opened:
        yield opened


class Places:
    def __init__(self, runtime: Runtime) -> None:
        self.main, self.second, self.third = (
            FragileStorage(name) for name in ("main", "second", "third")
        )
        self.mirror = MemoryMirror()
        for storage in (self.main, self.second, self.third):
            plug(runtime, "storage", storage)
        plug(runtime, "mirror", self.mirror)


@pytest.fixture
def places(runtime: Runtime) -> Places:
    return Places(runtime)


@pytest.fixture
async def file_id(runtime: Runtime, places: Places) -> int:
    """A film that lies in the main storage alone."""
    places.main.hold(NAME.encode(), CONTENT)
    return await catalogued(runtime, places.main, NAME.encode(), FILE_ID)


async def ended(runtime: Runtime, job_id: str) -> Job:
    return await asyncio.wait_for(runtime.jobs.wait(job_id), 60)


async def all_ended(runtime: Runtime, kind: str) -> list[Job]:
    async with runtime.database.session() as session:
        ids = list(await session.scalars(select(Job.id).where(Job.kind == kind)))
    return [await ended(runtime, one) for one in ids]


async def copies(runtime: Runtime) -> dict[str, FileCopy]:
    async with runtime.database.session() as session:
        return {one.place: one for one in await session.scalars(select(FileCopy))}


def movie() -> bytes:
    return film().read_bytes()


async def test_what_a_link_brings_is_copied_everywhere(
    runtime: Runtime, places: Places, host: Host
) -> None:
    host.files["Metropolis.1927.mp4"] = movie()
    order = ingest.Order(host.url("Metropolis.1927.mp4"), storage="main")
    job = await ended(runtime, await ingest.start_leech(runtime, order))
    assert job.state == "done", job.error
    jobs = {one.source: one.state for one in await all_ended(runtime, "mirror")}
    assert jobs == {"host": "done", "third": "done"}, "the second got it while it was stored"
    found = await copies(runtime)
    sha256 = hashlib.sha256(movie()).hexdigest()
    assert {(one.place, one.kind, one.state, one.sha256) for one in found.values()} == {
        ("second", "storage", "ok", sha256),
        ("third", "storage", "ok", sha256),
        ("host", "mirror", "ok", sha256),
    }
    assert found["host"].url == "https://host.example/copy1"
    for storage in (places.main, places.second, places.third):
        ((content, _),) = storage.objects.values()
        assert content == movie()
    assert places.second.objects.keys() == places.third.objects.keys()


async def test_a_tee_holds_a_few_blocks_whatever_the_size(
    runtime: Runtime, places: Places, host: Host
) -> None:
    content = movie() + (8 + 20_000_000).to_bytes(4, "big") + b"free" + bytes(20_000_000)
    host.files["Film.2001.mp4"] = content
    order = ingest.Order(host.url("Film.2001.mp4"), storage="main")
    assert (await ended(runtime, await ingest.start_leech(runtime, order))).state == "done"
    for storage in (places.main, places.second):
        assert storage.broken.largest_block <= 1 << 20
        assert storage.broken.blocks >= len(content) >> 20


async def test_a_second_storage_that_fails_costs_its_copy_alone_and_gets_it_later(
    runtime: Runtime, places: Places, host: Host
) -> None:
    places.second.room = 1000
    host.files["Film.2001.mp4"] = movie()
    order = ingest.Order(host.url("Film.2001.mp4"), storage="main")
    job = await ended(runtime, await ingest.start_leech(runtime, order))
    assert job.state == "done"
    said = [one.text for one in await runtime.jobs.lines(job.id)]
    assert "The copy is made later: There is no room for the object." in said
    places.second.room = None
    await all_ended(runtime, "mirror")
    assert (await copies(runtime))["second"].state == "ok"


async def test_a_copy_in_the_local_storage_is_no_second_version_for_a_scan(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    job = await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="local"))
    assert job.state == "done", job.error
    store = runtime.settings.core.data_dir / "store"
    assert (store / ".copies" / NAME).read_bytes() == CONTENT
    copied_to = (store / ".copies" / NAME).parent
    await ended(runtime, await ingest.start_scan(runtime))
    await ended(runtime, await ingest.start_scan(runtime, paths=[copied_to]))
    async with runtime.database.session() as session:
        assert list(await session.scalars(select(File.public_id))) == [FILE_ID]


async def test_a_file_nobody_hashed_is_hashed_first(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    async with runtime.database.transaction() as session:
        await session.execute(update(File).values(sha256=None))
    await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="second"))
    async with runtime.database.session() as session:
        assert await session.scalar(select(File.sha256)) == SHA
    assert (await copies(runtime))["second"].sha256 == SHA


@pytest.mark.parametrize("place", ["second", "host"])
async def test_content_that_is_not_what_it_was_is_not_copied(
    runtime: Runtime, places: Places, file_id: int, place: str
) -> None:
    _, facts = places.main.objects[NAME.encode()]
    places.main.objects[NAME.encode()] = CONTENT[:-1] + b"!", facts
    job = await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place=place))
    assert (job.state, job.error_code) == ("failed", "storage.object_changed")
    assert await copies(runtime) == {}
    assert places.second.objects == {}
    assert places.mirror.uploads == []


async def test_a_copy_is_made_from_another_copy_when_the_file_itself_is_away(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    places.second.hold(b"copy", CONTENT)
    await copied(runtime, file_id, "second", b"copy", CONTENT)
    places.main.broken.from_offset = 2_000_000
    job = await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="host"))
    assert job.state == "done", job.error
    assert places.mirror.held.objects[b"copy1"][0] == CONTENT


async def test_what_was_stored_and_not_written_down_is_found_again(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    """A kill between the two leaves just this."""
    places.third.hold(NAME.encode(), CONTENT)
    places.third.broken.blocks = 0
    await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="third"))
    assert (await copies(runtime))["third"].key == NAME.encode()
    assert (len(places.third.objects), places.third.broken.blocks) == (1, 0)


async def test_an_upload_that_was_not_written_down_is_found_where_the_host_tells(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    class Telling(MemoryMirror):
        async def find(self, name: str, *, size: int, sha256: str) -> MirrorCopy | None:
            wanted = (name, size, sha256) == ("Metropolis (1927).mkv", len(CONTENT), SHA)
            return MirrorCopy("old", "https://host.example/old") if wanted else None

    mirror = Telling("telling")
    mirror.held.hold(b"old", CONTENT)
    plug(runtime, "mirror", mirror)
    await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="telling"))
    assert (await copies(runtime))["telling"].key == b"old"
    assert mirror.uploads == []


async def test_a_mirror_that_fetches_is_given_a_signed_public_address(
    runtime: Runtime, places: Places, file_id: int, anonymous: httpx.AsyncClient
) -> None:
    asked: list[str] = []

    class Fetching(MemoryMirror):
        async def upload_from(self, url: str, name: str, report: Report) -> MirrorCopy:
            asked.append(url)
            answer = await anonymous.get(url.removeprefix("http://media.example"))
            assert answer.content == CONTENT
            self.held.hold(b"fetched", answer.content)
            return MirrorCopy("fetched")

    mirror = Fetching("fetching")
    plug(runtime, "mirror", mirror)
    job = await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="fetching"))
    assert job.state == "done", job.error
    assert asked[0].startswith(f"http://media.example/stream/{FILE_ID}?md5=")
    assert mirror.uploads == []
    assert job.result == {"place": "fetching", "kind": "mirror", "url": None}


async def test_the_same_copy_is_one_job_and_a_good_one_is_not_made_again(
    runtime: Runtime, places: Places, file_id: int
) -> None:
    places.main.broken.from_offset = None
    ids = [await start_mirror(runtime, public_id=FILE_ID, place="host") for _ in range(3)]
    assert len(set(ids)) == 1
    await ended(runtime, ids[0])
    await ended(runtime, await start_mirror(runtime, public_id=FILE_ID, place="host"))
    assert places.mirror.uploads == ["Metropolis (1927).mkv"]
    started = await start_mirroring(runtime, file_id)
    assert {(await ended(runtime, one)).source for one in started} == {"second", "third"}


@pytest.mark.parametrize(
    ("storage", "place", "pinned"),
    [("local", "second", True), ("main", "local", True), ("main", "second", False)],
)
async def test_what_a_disk_gives_or_takes_is_copied_on_the_machine_that_has_it(
    runtime: Runtime, places: Places, file_id: int, storage: str, place: str, pinned: bool
) -> None:
    async with runtime.database.transaction() as session:
        await session.execute(update(File).values(storage=storage))
    job = await runtime.jobs.get(await start_mirror(runtime, public_id=FILE_ID, place=place))
    assert job.pinned is pinned
    assert job.home == runtime.jobs.machine


async def test_editors_make_list_and_delete_copies(
    runtime: Runtime, places: Places, file_id: int, client: httpx.AsyncClient
) -> None:
    offered = (await client.get("/api/mirrors")).json()["items"]
    assert {"name": "host", "kind": "mirror", "automatic": True} in offered
    assert {"name": "local", "kind": "storage", "automatic": False} in offered
    url = f"/api/files/{FILE_ID}"
    assert (await client.get(f"{url}/copies")).json() == {"items": []}
    answer = await client.post(f"{url}/mirror", json={"place": "host"})
    assert answer.status_code == 202
    await ended(runtime, answer.json()["id"])
    (copy,) = (await client.get(f"{url}/copies")).json()["items"]
    assert copy.pop("checked_at")
    assert copy == {
        "kind": "mirror", "place": "host", "url": "https://host.example/copy1",
        "size": len(CONTENT), "state": "ok",
    }  # fmt: skip
    answer = await client.delete(f"{url}/copies/host")
    assert answer.status_code == 202
    assert (await ended(runtime, answer.json()["id"])).state == "done"
    assert (await client.get(f"{url}/copies")).json() == {"items": []}
    assert places.mirror.held.objects == {}


REFUSED = (
    ("POST", "Ab3dE9x/mirror", "main", (409, "ingest.copy_refused")),
    ("POST", "Ab3dE9x/mirror", "nowhere", (404, "ingest.mirror_missing")),
    ("POST", "Zz3dE9x/mirror", "host", (404, "catalog.file_missing")),
    ("DELETE", "Ab3dE9x/copies/host", "", (404, "ingest.copy_missing")),
    ("GET", "Zz3dE9x/copies", "", (404, "catalog.file_missing")),
)


async def test_what_cannot_be_is_refused_in_words(
    places: Places, file_id: int, client: httpx.AsyncClient
) -> None:
    for method, path, place, told in REFUSED:
        body = {"place": place} if place else None
        answer = await client.request(method, f"/api/files/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == told


async def test_guests_see_no_copies(
    places: Places, file_id: int, anonymous: httpx.AsyncClient
) -> None:
    for path in (f"/api/files/{FILE_ID}/copies", "/api/mirrors"):
        assert (await anonymous.get(path)).status_code == 401


async def test_a_worker_killed_in_mid_copy_leaves_one_whole_copy_in_the_end(
    tmp_path: Path, sqlite_file: Path
) -> None:
    data_dir, far = tmp_path / "data", tmp_path / "far"
    data_dir.mkdir()
    url = sqlite_copy(sqlite_file, data_dir)
    content = random.Random(7).randbytes(24 << 20)
    async with open_runtime(settings_of(data_dir, url), role=Role.looks) as looking:
        main = FragileStorage("main")
        main.hold(NAME.encode(), content)
        plug(looking, "storage", main)
        plug(looking, "storage", FragileStorage("far"))
        await catalogued(looking, main, NAME.encode(), FILE_ID)
        source = tmp_path / "source"
        source.write_bytes(content)
        job_id = await start_mirror(looking, public_id=FILE_ID, place="far")
        for blocks in (3, 17, 0):
            words = (data_dir, url, source, far, str(blocks))
            process = await start("tests.support.mirror_process", *words, stdout=PIPE)
            try:
                assert process.stdout is not None
                if blocks:  # it stops by itself at that block, and is killed there
                    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"reached\n"
                    assert [one for one in far.rglob("*.mkv") if one.is_file()] == []
                else:
                    assert (await ended(looking, job_id)).state == "done"
            finally:
                process.kill()
                await process.communicate()
        (copy,) = (await copies(looking)).values()
        assert (copy.state, copy.size) == ("ok", len(content))
        (kept,) = [one for one in far.rglob("*") if one.is_file()]
        assert kept.read_bytes() == content
        assert copy.key == bytes(kept)
