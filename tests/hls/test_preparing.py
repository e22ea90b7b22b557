"""Renditions made ahead of time: durable, used instead of encoding, and gone when told to."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shadow.catalog.events import FilesGone
from shadow.catalog.models import File
from shadow.hls.jobs import on_files_gone
from shadow.hls.models import MediaIndex, PreparedRendition
from shadow.hls.preparing import KEPT_FREE, tidy_prepared
from shadow.hls.serving import Hls
from shadow.hls.tokens import Grant, mint, token_secret
from shadow.runtime.context import Runtime
from tests.support.hls_fixtures import fixture_file
from tests.support.hls_library import catalogue_media

FILM, TITLE = "aaaaaaa", "taaaaaa"


@pytest.fixture
def given_settings() -> dict[str, Any]:
    hls = {"encoders": 2, "read_ahead": 0, "index_after_scan": True, "previews": "off"}
    return {"hls": hls}


@pytest.fixture
async def film(runtime: Runtime, tmp_path: Path) -> Path:
    source = fixture_file("h264_mkv")
    folder = tmp_path / "library"
    folder.mkdir()
    path = Path(shutil.copy2(source, folder / "film.mkv"))
    async with runtime.database.transaction() as session:
        await catalogue_media(session, path, public_id=FILM, title_id=TITLE)
    return path


async def prepare(client: httpx.AsyncClient, runtime: Runtime, heights: list[int] | None) -> str:
    answer = await client.post(f"/api/titles/{TITLE}/prepare", json={"heights": heights})
    assert answer.status_code == 202, answer.text
    job = await runtime.jobs.wait(answer.json()["id"])
    assert job.state == "done", job.error
    return job.id


def url(runtime: Runtime, path: str) -> str:
    expires = int(runtime.clock().timestamp()) + 600
    secret = token_secret(runtime.secret_key)
    token = mint(secret, file_id=FILM, user_id=None, expires=expires, grant=Grant())
    return f"/hls/{FILM}/{token}/{path}"


async def shown(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(f"/api/titles/{TITLE}/prepared")
    assert answer.status_code == 200, answer.text
    (file,) = answer.json()["files"]
    assert file["file_id"] == FILM
    return {one["name"]: one for one in file["renditions"]}


async def test_what_was_prepared_is_served_and_nothing_is_encoded(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    made_now = await client.get(url(runtime, "v360/1.m4s"))
    await prepare(client, runtime, [360])
    shutil.rmtree(data_dir / "cache" / "hls" / "segments")
    (data_dir / "cache" / "hls" / "segments").mkdir()
    runtime.part(Hls).cache.forget("")

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was made")

    runtime.part(Hls).maker._once = refuse  # type: ignore[assignment,method-assign] # of this one alone
    playlist = (await client.get(url(runtime, "v360/index.m3u8"))).text
    count = sum(1 for line in playlist.splitlines() if line.startswith("#EXTINF"))
    answers = [await client.get(url(runtime, f"v360/{number}.m4s")) for number in range(count)]
    init = await client.get(url(runtime, "v360/init.mp4"))
    sound = await client.get(url(runtime, "a1/0.m4s"))

    assert [one.status_code for one in (*answers, init, sound)] == [200] * (count + 2)
    assert answers[1].content == made_now.content


async def test_how_far_it_is_can_be_seen_and_it_can_be_removed(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    assert await shown(client) == {}
    await prepare(client, runtime, None)

    seen = await shown(client)

    assert set(seen) == {"360p", "sound 1"}
    one = seen["360p"]
    assert one["state"] == "ready"
    assert one["segments_done"] == one["segments"] > 2
    kept = [path for path in (data_dir / "prepared" / FILM).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) == sum(one["bytes"] for one in seen.values())
    removed = await client.delete(f"/api/titles/{TITLE}/prepared")
    assert removed.status_code == 204
    assert await shown(client) == {}
    assert not (data_dir / "prepared" / FILM).exists()


async def test_a_film_that_takes_long_to_read_is_waited_for(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.hls.files.WAIT_SECONDS", 0.01)
    await prepare(client, runtime, [360])
    assert (await shown(client))["360p"]["state"] == "ready"


async def test_what_is_there_already_is_not_made_again(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    await prepare(client, runtime, [360])
    place = next((data_dir / "prepared" / FILM).glob("v360-*"))
    lost = next(place.glob("1-*"))
    before = {path.name: path.stat().st_mtime_ns for path in place.iterdir() if path != lost}
    content = lost.read_bytes()
    lost.unlink()

    await prepare(client, runtime, [360])

    assert lost.read_bytes() == content
    assert (
        before.items() <= {path.name: path.stat().st_mtime_ns for path in place.iterdir()}.items()
    )


async def test_heights_and_titles_that_are_not_there_are_refused(
    client: httpx.AsyncClient, runtime: Runtime, film: Path
) -> None:
    async def code(title: str, heights: list[int] | None) -> tuple[int, str]:
        answer = await client.post(f"/api/titles/{title}/prepare", json={"heights": heights})
        return answer.status_code, answer.json()["code"]

    assert await code("nothere", None) == (404, "hls.title_missing")
    assert await code("../../x", None) != (202, "")
    assert await code(TITLE, [361]) == (422, "hls.height_refused")
    assert await code(TITLE, []) == (422, "hls.height_refused")
    answer = await client.post(f"/api/titles/{TITLE}/prepare", json={"heights": [720]})
    job = await runtime.jobs.wait(answer.json()["id"])
    assert (job.state, job.error_code) == ("failed", "hls.height_refused")


async def test_only_editors_may_prepare(
    client: httpx.AsyncClient, runtime: Runtime, film: Path
) -> None:
    await client.post("/api/auth/logout")

    asked = await client.post(f"/api/titles/{TITLE}/prepare", json={"heights": None})

    assert asked.status_code == 401
    assert (await client.delete(f"/api/titles/{TITLE}/prepared")).status_code == 401
    assert (await client.get(f"/api/titles/{TITLE}/prepared")).status_code == 401


async def test_it_goes_with_its_file(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    await prepare(client, runtime, [360])

    await on_files_gone(runtime, FilesGone((1,)))

    assert not (data_dir / "prepared" / FILM).exists()
    async with runtime.database.session() as session:
        assert not list(await session.scalars(select(PreparedRendition)))


async def test_it_is_void_when_the_file_is_replaced(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    await prepare(client, runtime, [360])
    (data_dir / "prepared" / "gonegon").mkdir()
    async with runtime.database.transaction() as session:
        row = await session.get(File, 1)
        assert row is not None
        row.mtime_ns += 1
    assert await shown(client) == {}

    await tidy_prepared(runtime)

    assert list((data_dir / "prepared").iterdir()) == []


async def test_new_files_are_indexed_in_the_background_once(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, tmp_path: Path
) -> None:
    noise = tmp_path / "library" / "noise.mkv"
    noise.write_bytes(b"noise" * 1000)
    async with runtime.database.transaction() as session:
        await catalogue_media(session, noise, public_id="bbbbbbb")

    results = []
    for _ in range(2):
        job = await runtime.jobs.wait(await runtime.jobs.start("index", {}, key="all"))
        results.append(job.result)

    assert results == [{"indexed": 1, "refused": 1}, {"indexed": 0, "refused": 0}]
    async with runtime.database.session() as session:
        rows = {row.file_id: row for row in await session.scalars(select(MediaIndex))}
    assert rows[1].error is None
    assert rows[2].error
    film_bytes = film.read_bytes()
    film.write_bytes(film_bytes[: len(film_bytes) // 2])
    status = film.stat()
    async with runtime.database.transaction() as session:
        row = await session.get(File, 1)
        assert row is not None
        row.size, row.mtime_ns = status.st_size, status.st_mtime_ns
    job = await runtime.jobs.wait(await runtime.jobs.start("index", {}, key="all"))
    assert job.result == {"indexed": 1, "refused": 0}


async def test_a_cancelled_job_keeps_what_it_made(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, data_dir: Path
) -> None:
    answer = await client.post(f"/api/titles/{TITLE}/prepare", json={"heights": [360]})
    job_id = answer.json()["id"]
    async with asyncio.timeout(60):
        while not list((data_dir / "prepared").glob(f"{FILM}/v360-*/*-*")):
            await asyncio.sleep(0.02)

    await runtime.jobs.cancel(job_id)
    await runtime.jobs.wait(job_id)
    await prepare(client, runtime, [360])

    assert (await shown(client))["360p"]["state"] == "ready"


async def test_a_disk_that_fills_up_ends_the_job_and_says_so(
    client: httpx.AsyncClient, runtime: Runtime, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=KEPT_FREE - 1)
    monkeypatch.setattr("shadow.hls.preparing.shutil.disk_usage", lambda _: full)
    answer = await client.post(f"/api/titles/{TITLE}/prepare", json={"heights": [360]})
    job = await runtime.jobs.wait(answer.json()["id"])
    assert (job.state, job.error_code) == ("failed", "hls.no_room_to_prepare")
    monkeypatch.undo()
    await prepare(client, runtime, [360])
    assert (await shown(client))["360p"]["state"] == "ready"
