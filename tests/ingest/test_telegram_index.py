"""Files that people forward to a channel are in the library, and play, untransferred."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, inspect, select
from tests.support.media import film
from tests.support.telegram_dc import DataCentres, Options, posting
from tests.support.telegram_dc.server import bare
from tests.support.telegram_dc.world import Post

from shadow.catalog.models import File
from shadow.ingest import service as ingest
from shadow.ingest.forwards import indexing
from shadow.ingest.forwards.indexing import SET_ASIDE_IN_A_ROW, index_message, seen_up_to
from shadow.ingest.forwards.watching import look
from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.takedown import start_takedown
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job
from shadow.telegram.errors import LinkLost
from shadow.telegram.object_models import TelegramObject

TOKEN = "1001:token-of-the-first"
LOGS, OTHER = -1001234567890, -1001234567891
LINK = "https://t.me/c/1234567890/{message}"
CLIENT = {"containers": ["mp4"], "video": [{"codec": "h264"}], "audio": [{"codec": "aac"}]}


@pytest.fixture
async def dc() -> AsyncIterator[DataCentres]:
    async with DataCentres(Options(dcs=2, home=2)) as opened:
        opened.add_bot(TOKEN)
        opened.add_channel(LOGS)
        opened.add_channel(OTHER)
        yield opened


@pytest.fixture
def given_settings(dc: DataCentres) -> dict[str, Any]:
    centres = sorted(dc.addresses.items(), key=lambda one: one[0] != dc.options.home)
    return {
        "hls": {"previews": "off", "index_after_scan": False},
        "telegram": {
            "api_id": 1,
            "api_hash": "0123456789abcdef0123456789abcdef",
            "worker_tokens": TOKEN,
            "channel_logs": LOGS,
            "dc": {number: f"{at.host}:{at.port}" for number, at in centres},
            "dc_key": str(dc.public_pem_file),
        },
    }


async def ended(runtime: Runtime, job_id: str | None) -> Job:
    assert job_id is not None
    return await asyncio.wait_for(runtime.jobs.wait(job_id), 60)


async def looks(runtime: Runtime) -> list[Job]:
    listed = (await runtime.jobs.list(limit=50)).items
    return [one for one in listed if one.kind == "telegram-index"]


async def test_a_link_to_a_message_becomes_a_title_that_plays(
    runtime: Runtime, client: httpx.AsyncClient, dc: DataCentres
) -> None:
    content = film("telegram.mp4").read_bytes()
    stored = dc.put_document(LOGS, content, "Nosferatu.1922.mp4")
    answer = await client.post(
        "/api/telegram/index", json={"link": LINK.format(message=stored.message)}
    )
    assert answer.status_code == 202, answer.text
    job = await ended(runtime, answer.json()["id"])
    assert job.state == "done", job.error
    assert job.result is not None
    assert [one["title"] for one in job.result["titles"]] == ["Nosferatu"]
    (file_id,) = job.result["files"]
    playing = await client.post("/api/playback", json={"file_id": file_id, "client": CLIENT})
    assert playing.json()["method"] == "direct"
    assert (await client.get(playing.json()["url"])).content == content
    hls = {**CLIENT, "prefer": "hls"}
    playing = await client.post("/api/playback", json={"file_id": file_id, "client": hls})
    folder = playing.json()["url"].rpartition("/")[0]
    assert (await client.get(f"{folder}/vsource/0.m4s")).status_code == 200
    shots = await client.get(f"/api/files/{file_id}/screenshots")
    assert shots.status_code == 200


async def test_leeching_a_telegram_link_catalogues_it_in_place(
    runtime: Runtime, dc: DataCentres
) -> None:
    stored = dc.put_document(LOGS, film("telegram.mp4").read_bytes(), "Faust.1926.mp4")
    link = LINK.format(message=stored.message)
    job = await ended(runtime, await ingest.start_leech(runtime, ingest.Order(link)))
    assert (job.kind, job.state) == ("telegram-index", "done")
    again = await ended(runtime, await ingest.start_leech(runtime, ingest.Order(link)))
    assert again.result == job.result


async def test_the_channel_is_looked_at_for_what_is_new(runtime: Runtime, dc: DataCentres) -> None:
    content = film("telegram.mp4").read_bytes()
    longer = film("longer.mp4", seconds=3).read_bytes()
    dc.put_document(LOGS, content, "Nosferatu.1922.mp4")
    dc.put_document(LOGS, b"notes" * 1000, "notes.txt")
    dc.put_document(LOGS, b"no film" * 1000, "broken.mp4")
    dc.put_document(LOGS, content, "Nosferatu.again.mp4")
    last = dc.put_document(LOGS, longer, "Faust.1926.mp4")
    job = await ended(runtime, await look(runtime))
    assert job.state == "done", job.error
    assert job.result is not None
    assert sorted(one["title"] for one in job.result["titles"]) == ["Faust", "Nosferatu"]
    async with runtime.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(File)) == 2
        objects = await session.scalar(select(func.count()).select_from(TelegramObject))
    assert objects == 2, "of what is no film, or in the library already, nothing is kept"
    assert await seen_up_to(runtime, LOGS) == last.message
    assert await look(runtime) is None, "nothing is new"
    dc.put_document(LOGS, film("third.mkv", seconds=4).read_bytes(), "Metropolis.1927.mkv")
    job = await ended(runtime, await look(runtime))
    assert job.result is not None
    assert [one["title"] for one in job.result["titles"]] == ["Metropolis"]


async def test_a_document_that_cannot_be_read_now_does_not_hold_up_the_channel(
    runtime: Runtime, dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = dc.put_document(LOGS, film("stuck.mp4", seconds=5).read_bytes(), "Stuck.1920.mp4")
    dc.put_document(LOGS, film("telegram.mp4").read_bytes(), "Nosferatu.1922.mp4")
    lost = [True]

    async def index(runtime: Runtime, *, channel: int, message_id: int) -> Any:
        if message_id == stuck.message and lost[0]:
            raise LinkLost("The connection to Telegram was lost.")
        return await index_message(runtime, channel=channel, message_id=message_id)

    monkeypatch.setattr(indexing, "index_message", index)
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.01)
    job = await ended(runtime, await look(runtime))
    assert job.state == "done", job.error
    assert job.result is not None
    assert [one["title"] for one in job.result["titles"]] == ["Nosferatu"]
    told = " ".join(line.text for line in await runtime.jobs.lines(job.id))
    assert "It has a job of its own now." in told
    (own,) = [one for one in await looks(runtime) if one.id != job.id]
    assert (await ended(runtime, own.id)).state == "failed"
    lost[0] = False
    await runtime.jobs.retry(own.id)
    assert (await ended(runtime, own.id)).state == "done"
    async with runtime.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(File)) == 2


async def test_a_channel_waits_when_nothing_of_it_can_be_read(
    runtime: Runtime, dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(SET_ASIDE_IN_A_ROW + 2):
        last = dc.put_document(LOGS, b"film" * 1000, f"Film {number}.1922.mp4")

    async def index(*_: Any, **__: Any) -> Any:
        raise LinkLost("The connection to Telegram was lost.")

    monkeypatch.setattr(indexing, "index_message", index)
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.01)
    job = await ended(runtime, await look(runtime))
    assert job.state == "failed"
    assert await seen_up_to(runtime, LOGS) == last.message - 2
    assert len(await looks(runtime)) == 1 + SET_ASIDE_IN_A_ROW


async def test_a_title_is_never_named_after_a_document_s_number(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.put_document(LOGS, film("telegram.mp4").read_bytes(), "S01E02.mp4")
    job = await ended(runtime, await look(runtime))
    assert job.result is not None
    assert [one["title"] for one in job.result["titles"]] == ["S01E02"]


async def test_what_is_put_there_from_here_is_not_taken_for_a_forward(
    runtime: Runtime, dc: DataCentres
) -> None:
    storage = runtime.plugins.get("storage", "telegram")
    content = film("telegram.mp4").read_bytes()

    async def blocks() -> AsyncIterator[bytes]:
        yield content

    await storage.put("Films/Nosferatu (1922)/Nosferatu (1922).mp4", blocks())
    job = await ended(runtime, await look(runtime))
    assert job.result is not None
    assert job.result["files"] == []


async def test_a_document_that_was_taken_down_does_not_come_back_by_being_forwarded(
    runtime: Runtime, client: httpx.AsyncClient, dc: DataCentres
) -> None:
    content = film("telegram.mp4").read_bytes()
    stored = dc.put_document(LOGS, content, "Nosferatu.1922.mp4")
    job = await ended(runtime, await look(runtime))
    assert job.result is not None
    (file_id,) = job.result["files"]
    # As forwarding does: another message, the same document.
    where = dc.world.channels[bare(OTHER)]
    again = posting.add_post(where, Post(0, int(time.time()), 0, "", stored.document))
    dc.world.save()
    down = await start_takedown(runtime, user_id=4711, reason="", file_id=file_id)
    assert (await ended(runtime, down)).state == "done"
    link = f"https://t.me/c/{bare(OTHER)}/{again.id}"
    answer = await client.post("/api/telegram/index", json={"link": link})
    job = await ended(runtime, answer.json()["id"])
    assert job.state == "failed"
    assert "is blocked here" in (job.error or "")


async def test_an_object_of_the_library_is_not_forgotten_for_an_older_file_like_it(
    runtime: Runtime, client: httpx.AsyncClient, dc: DataCentres
) -> None:
    """As when that file was away while the document was catalogued."""
    content = film("telegram.mp4").read_bytes()
    stored = dc.put_document(LOGS, content, "Nosferatu.1922.mp4")
    job = await ended(runtime, await look(runtime))
    assert job.result is not None
    (file_id,) = job.result["files"]
    async with runtime.database.transaction() as session:
        mine = await session.scalar(select(File).where(File.public_id == file_id))
        assert mine is not None
        twin = {one.key: getattr(mine, one.key) for one in inspect(File).column_attrs}
        other = {"id": mine.id - 1, "public_id": "TWIN000", "storage": "local", "path": b"/a.mp4"}
        session.add(File(**twin | other))
    link = LINK.format(message=stored.message)
    answer = await client.post("/api/telegram/index", json={"link": link})
    job = await ended(runtime, answer.json()["id"])
    assert job.result is not None
    assert job.result["files"] == [file_id]
    assert (await client.get(f"/stream/{file_id}")).content == content


@pytest.mark.parametrize("message", [7, 999_999])
async def test_a_message_without_a_file_is_named(
    runtime: Runtime, client: httpx.AsyncClient, message: int
) -> None:
    answer = await client.post("/api/telegram/index", json={"link": LINK.format(message=message)})
    job = await ended(runtime, answer.json()["id"])
    assert job.state == "failed"
    assert "holds no file" in (job.error or "")


async def test_links_that_name_no_message_are_refused(
    runtime: Runtime, client: httpx.AsyncClient, dc: DataCentres
) -> None:
    for link in ("https://t.me/somebody/5", "https://example.org/film.mp4"):
        answer = await client.post("/api/telegram/index", json={"link": link})
        assert (answer.status_code, answer.json()["code"]) == (422, "ingest.link_refused")
    with pytest.raises(LinkRefused, match=r"t\.me/c/CHANNEL/MESSAGE"):
        await ingest.start_leech(runtime, ingest.Order("https://t.me/somebody/5"))
    with pytest.raises(LinkRefused, match="by moderators"):
        order = ingest.Order(LINK.format(message=1))
        await ingest.start_leech(runtime, order, submits=True)
