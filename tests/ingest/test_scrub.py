"""Looking over files and copies: what is gone or damaged is found, told, and made anew."""

import asyncio
import random
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from tests.support.copied_files import FragileStorage, MemoryMirror, catalogued, copied, plug

from shadow.catalog.models import File, FileCopy
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.mirroring import scrubbing
from shadow.ingest.mirroring.scrubbing import COUNTED, WEEKLY
from shadow.ingest.mirroring.starting import start_scrub
from shadow.ingest.slice import SLICE
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

CONTENT = random.Random(8).randbytes(400_001)
MIDDLE = 200_000
FILE_ID = "Ab3dE9x"
KEY = b"Films/Metropolis (1927).mkv"
WELL = dict.fromkeys(COUNTED, 0) | {"files": 1, "copies": 2, "wrong": []}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"hls": {"previews": "off"}}


class Places:
    """A film in a main storage, with copies in a second one and on a host."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.main, self.second = FragileStorage("main"), FragileStorage("second")
        self.mirror = MemoryMirror()
        plug(runtime, "storage", self.main)
        plug(runtime, "storage", self.second)
        plug(runtime, "mirror", self.mirror)
        self.file_id = 0

    async def fill(self) -> None:
        self.main.hold(KEY, CONTENT)
        self.second.hold(KEY, CONTENT)
        self.mirror.held.hold(b"id", CONTENT)
        self.file_id = await catalogued(self.runtime, self.main, KEY, FILE_ID)
        await copied(self.runtime, self.file_id, "second", KEY, CONTENT)
        await copied(self.runtime, self.file_id, "host", b"id", CONTENT, kind="mirror")

    def spoil(self, storage: FragileStorage, key: bytes, at: int) -> None:
        """Change one byte and nothing else, as failing disks do."""
        content, facts = storage.objects[key]
        storage.objects[key] = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :], facts

    async def scrub(self, *, deep: bool = False) -> dict[str, Any]:
        job_id = await start_scrub(self.runtime, deep=deep)
        job = await asyncio.wait_for(self.runtime.jobs.wait(job_id), 60)
        assert (job.state, job.error) == ("done", None)
        assert job.result is not None
        await self.repaired()
        return job.result

    async def repaired(self) -> None:
        async with self.runtime.database.session() as session:
            ids = list(await session.scalars(select(Job.id).where(Job.kind == "mirror")))
        for one in ids:
            await asyncio.wait_for(self.runtime.jobs.wait(one), 60)

    async def states(self) -> dict[str, str]:
        async with self.runtime.database.session() as session:
            return {one.place: one.state for one in await session.scalars(select(FileCopy))}


@pytest.fixture
async def places(runtime: Runtime) -> Places:
    found = Places(runtime)
    await found.fill()
    return found


def wrong(place: str, state: str) -> dict[str, str]:
    return {"file_id": FILE_ID, "name": KEY.decode(), "place": place, "state": state}


@pytest.mark.parametrize("deep", [False, True])
async def test_where_all_is_well_nothing_is_said(places: Places, deep: bool) -> None:
    assert await places.scrub(deep=deep) == WELL
    assert await places.states() == {"second": "ok", "host": "ok"}


async def test_copies_that_are_gone_are_made_anew(places: Places) -> None:
    del places.second.objects[KEY]
    del places.mirror.held.objects[b"id"]
    told = await places.scrub()
    assert told["wrong"] == [wrong("second", "missing"), wrong("host", "missing")]
    assert (told["missing"], told["repairs"]) == (2, 2)
    assert await places.states() == {"second": "ok", "host": "ok"}
    assert places.second.objects[KEY][0] == CONTENT
    assert places.mirror.held.objects[b"copy1"][0] == CONTENT
    assert await places.scrub() == WELL


@pytest.mark.parametrize("at", [0, 65_535, len(CONTENT) - 1])
async def test_a_changed_end_of_a_copy_is_seen_and_mended(places: Places, at: int) -> None:
    places.spoil(places.second, KEY, at)
    told = await places.scrub()
    assert told["wrong"] == [wrong("second", "damaged")]
    assert {key: content for key, (content, _) in places.second.objects.items()} == {KEY: CONTENT}


async def test_a_changed_middle_is_seen_by_a_deep_look_alone(places: Places) -> None:
    places.spoil(places.second, KEY, MIDDLE)
    places.spoil(places.mirror.held, b"id", MIDDLE)
    assert await places.scrub() == WELL
    told = await places.scrub(deep=True)
    assert told["wrong"] == [wrong("second", "damaged"), wrong("host", "damaged")]
    assert await places.scrub(deep=True) == WELL
    assert list(places.mirror.held.objects) == [b"copy1"], "the damaged one was deleted"


async def test_a_place_that_does_not_answer_is_told_and_not_judged(places: Places) -> None:
    places.second.broken.from_offset = -1
    told = await places.scrub()
    assert (told["wrong"], told["repairs"]) == ([wrong("second", "unreachable")], 0)
    assert (await places.states())["second"] == "ok"


async def test_repair_can_be_left_to_people(places: Places) -> None:
    places.runtime.settings.groups[LeechSettings] = LeechSettings(repair_copies=False)  # type: ignore[index]  # frozen for others
    del places.second.objects[KEY]
    told = await places.scrub()
    assert (told["missing"], told["repairs"]) == (1, 0)
    assert (await places.states())["second"] == "missing"


async def test_a_file_that_is_gone_stays_shown_while_it_has_a_copy(places: Places) -> None:
    del places.main.objects[KEY]
    told = await places.scrub()
    assert told["wrong"] == [wrong("main", "missing")]
    assert await file_state(places) == "present"
    del places.second.objects[KEY]
    del places.mirror.held.objects[b"id"]
    told = await places.scrub()
    assert (told["missing"], told["repairs"]) == (3, 0)
    assert await file_state(places) == "missing"
    assert (await places.scrub())["missing"] == 2, "a file known to be missing is no news"


async def file_state(places: Places) -> str | None:
    async with places.runtime.database.session() as session:
        return await session.scalar(select(File.state))


async def test_a_damaged_file_is_told_and_its_copies_left_alone(places: Places) -> None:
    places.spoil(places.main, KEY, 0)
    told = await places.scrub()
    assert told["wrong"] == [wrong("main", "damaged")]
    assert await places.states() == {"second": "ok", "host": "ok"}


async def test_copies_of_an_older_version_are_replaced(places: Places) -> None:
    """What a scan does when it finds other content at the path."""
    newer = CONTENT[::-1] + b"longer"
    places.main.hold(KEY, newer)
    _, facts = places.main.objects[KEY]
    async with places.runtime.database.transaction() as session:
        await session.execute(
            update(File).values(sha256=None, size=facts.size, mtime_ns=facts.mtime_ns, head_tail="")
        )
    assert (await places.scrub())["damaged"] == 2
    assert [content for content, _ in places.second.objects.values()] == [newer]
    assert [content for content, _ in places.mirror.held.objects.values()] == [newer]
    assert await places.states() == {"second": "ok", "host": "ok"}


async def test_all_files_are_looked_at_a_batch_a_step(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "BATCH", 3)
    for number in range(7):
        key = b"Films/%d.mkv" % number
        places.main.hold(key, b"%d" % number)
        await catalogued(places.runtime, places.main, key, f"Zb3dE9{number}")
    told = await places.scrub()
    assert told == WELL | {"files": 8}
    async with places.runtime.database.session() as session:
        job_id = await session.scalar(select(Job.id).where(Job.kind == "scrub"))
    assert job_id is not None
    said = [one.text for one in await places.runtime.jobs.lines(job_id)]
    assert said.count("checking") == 3


async def test_the_report_is_bounded(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrubbing, "MOST_TOLD", 3)
    monkeypatch.setattr(scrubbing, "BATCH", 2)
    for number in range(6):
        key = b"Films/%d.mkv" % number
        places.main.hold(key, b"%d" % number)
        await catalogued(places.runtime, places.main, key, f"Zb3dE9{number}")
        del places.main.objects[key]
    told = await places.scrub()
    assert (told["missing"], len(told["wrong"])) == (6, 3)


async def test_a_file_that_could_not_be_read_is_looked_over_at_once(
    places: Places, client: httpx.AsyncClient
) -> None:
    del places.second.objects[KEY]
    del places.main.objects[KEY]
    assert (await client.get(f"/stream/{FILE_ID}")).content == CONTENT
    async with places.runtime.database.session() as session:
        jobs = list(await session.scalars(select(Job).where(Job.kind == "scrub")))
    assert {one.arguments["file_id"] for one in jobs} == {places.file_id}
    for one in jobs:
        await places.runtime.jobs.wait(one.id)
    await places.repaired()
    assert (await places.states())["second"] == "ok"


async def test_editors_start_it_and_it_comes_round_each_week(
    places: Places, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    assert WEEKLY in SLICE.schedules
    assert WEEKLY.every.days == 7
    for body in (None, {"deep": True}, {"file_id": FILE_ID}):
        answer = await client.post("/api/scrub", json=body)
        assert answer.status_code == 202, answer.text
        job = await places.runtime.jobs.wait(answer.json()["id"])
        assert job.result == WELL
    missing = await client.post("/api/scrub", json={"file_id": "Zz3dE9x"})
    assert missing.status_code == 404


async def repaired(places: Places, client: httpx.AsyncClient) -> Job:
    answer = await client.post(f"/api/files/{FILE_ID}/repair")
    assert answer.status_code == 202, answer.text
    return await asyncio.wait_for(places.runtime.jobs.wait(answer.json()["id"]), 60)


async def test_a_file_that_is_gone_is_put_back_from_a_copy(
    places: Places, client: httpx.AsyncClient
) -> None:
    del places.main.objects[KEY]
    async with places.runtime.database.transaction() as session:
        await session.execute(update(File).values(state="missing"))
    job = await repaired(places, client)
    assert job.result == {"repaired": True, "place": "second"}
    assert places.main.objects[KEY][0] == CONTENT
    assert await file_state(places) == "present"
    assert await places.scrub(deep=True) == WELL


async def test_a_damaged_file_is_put_back_from_a_copy_that_is_whole(
    places: Places, client: httpx.AsyncClient
) -> None:
    places.spoil(places.main, KEY, MIDDLE)
    places.spoil(places.second, KEY, MIDDLE)
    job = await repaired(places, client)
    assert job.result == {"repaired": True, "place": "host"}
    assert places.main.objects[KEY][0] == CONTENT


async def test_a_damaged_file_is_kept_when_no_copy_is_whole(
    places: Places, client: httpx.AsyncClient
) -> None:
    for storage, key in (
        (places.main, KEY),
        (places.second, KEY),
        (places.mirror.held, b"id"),
    ):
        places.spoil(storage, key, MIDDLE)
    job = await repaired(places, client)
    assert (job.state, job.error_code) == ("failed", "ingest.copy_missing")
    assert len(places.main.objects[KEY][0]) == len(CONTENT)


async def test_a_file_that_is_well_is_not_written(
    places: Places, client: httpx.AsyncClient
) -> None:
    before = places.main.objects[KEY]
    assert (await repaired(places, client)).result == {"repaired": False, "place": None}
    assert places.main.objects[KEY] is before


async def test_a_file_without_good_copies_cannot_be_repaired(
    places: Places, client: httpx.AsyncClient
) -> None:
    async with places.runtime.database.transaction() as session:
        await session.execute(update(FileCopy).values(state="missing"))
    answer = await client.post(f"/api/files/{FILE_ID}/repair")
    assert (answer.status_code, answer.json()["code"]) == (404, "ingest.copy_missing")
