import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips
from sqlalchemy import select

from shadow.catalog.events import FilesGone
from shadow.catalog.models import File
from shadow.hls.models import PreviewSheets
from shadow.hls.previews.making import KEPT_FREE
from shadow.hls.previews.showing import preview_facts
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish
from shadow.runtime.jobs import Job
from tests.support.hls_fixtures import fixture_file
from tests.support.library import Library


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"hls": {"previews": "library", "index_after_scan": False}}


@pytest.fixture
def library(runtime: Runtime, tmp_path: Path) -> Library:
    place = tmp_path / "library"
    place.mkdir()
    return Library(runtime, place)


def put(library: Library, name: str, fixture: str) -> None:
    library.put(name, fixture_file(fixture).read_bytes())


async def previews_made(runtime: Runtime) -> dict[str, Any]:
    """Wait for the latest `previews` job and return its result."""
    async with runtime.database.session() as session:
        query = select(Job.id).where(Job.kind == "previews").order_by(Job.created_at.desc())
        job_id = await session.scalar(query.limit(1))
    assert job_id is not None
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert job.state == "done", job.error
    assert job.result is not None
    return job.result


async def file_row(runtime: Runtime) -> File:
    async with runtime.database.session() as session:
        return (await session.scalars(select(File))).one()


async def sheets_row(runtime: Runtime) -> PreviewSheets | None:
    async with runtime.database.session() as session:
        return (await session.scalars(select(PreviewSheets))).one_or_none()


def folders(data_dir: Path) -> list[Path]:
    place = data_dir / "previews"
    return sorted(place.iterdir()) if place.is_dir() else []


class TestAfterAScan:
    async def test_films_get_sheets_and_players_are_told(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        assert await previews_made(runtime) == {"made": 1, "refused": 0}
        file = await file_row(runtime)
        async with runtime.database.session() as session:
            facts = await preview_facts(session, file)
        assert facts is not None
        assert (facts.width, facts.height) == (320, 180)
        listed = await client.get(facts.url)
        assert listed.status_code == 200
        assert listed.headers["content-type"].startswith("text/vtt")
        cues = re.findall(r"(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n", listed.text)
        assert len(cues) == 12  # a key picture each two seconds of 24
        assert cues[0][:2] == ("00:00:00.000", "00:00:02.000")
        assert cues[11][3:] == ("320", "180", "320", "180")
        address = httpx.URL(f"http://testserver{facts.url}").join(cues[0][2])
        sheet = await client.get(address)
        assert sheet.status_code == 200
        assert "immutable" in sheet.headers["cache-control"]
        picture = pyvips.Image.new_from_buffer(sheet.content, "")
        assert (picture.width, picture.height) == (3200, 360)

    async def test_a_short_film_with_one_key_picture_shows_it_and_a_song_has_none(
        self, runtime: Runtime, library: Library
    ) -> None:
        put(library, "Still (2001).mkv", "single_keyframe")
        await library.scan()
        assert await previews_made(runtime) == {"made": 1, "refused": 0}
        put(library, "Song.m4a", "no_video")
        await library.scan()
        assert len(folders(runtime.settings.core.data_dir)) == 1

    async def test_sheets_go_with_their_file_and_are_made_anew_for_another(
        self, runtime: Runtime, library: Library
    ) -> None:
        data_dir = runtime.settings.core.data_dir
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        await previews_made(runtime)
        (first,) = folders(data_dir)
        put(library, "Film (2001).mkv", "hevc_mkv")
        await library.scan()
        assert (await previews_made(runtime))["made"] == 1
        (second,) = folders(data_dir)
        assert second != first
        async with runtime.database.transaction() as session:
            publish(session, FilesGone(((await file_row(runtime)).id,)))
        assert folders(data_dir) == []

    async def test_a_killed_run_goes_on_with_what_is_whole(
        self, runtime: Runtime, library: Library
    ) -> None:
        data_dir = runtime.settings.core.data_dir
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        await previews_made(runtime)
        (folder,) = folders(data_dir)
        part = folder.with_name(folder.name + ".part")
        folder.rename(part)
        (part / "0.jpg").write_bytes(b"made before the kill")
        (part / ".1.77.abcd").write_bytes(b"half")
        async with runtime.database.transaction() as session:
            await session.delete((await session.scalars(select(PreviewSheets))).one())
        await runtime.jobs.start("previews", {}, key="all")
        assert (await previews_made(runtime))["made"] == 1
        assert (folder / "0.jpg").read_bytes() == b"made before the kill"
        assert not part.exists()
        assert [one.name for one in folder.iterdir()] == ["0.jpg"]

    async def test_a_nearly_full_disk_is_left_alone(
        self, runtime: Runtime, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        full = shutil.disk_usage("/")._replace(free=KEPT_FREE - 1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
        monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.001)
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        with pytest.raises(AssertionError, match="Less than 1 GiB"):
            await previews_made(runtime)
        assert await sheets_row(runtime) is None


class TestAsked:
    @pytest.fixture
    def given_settings(self) -> dict[str, Any]:
        return {"hls": {"previews": "asked", "index_after_scan": False}}

    async def test_asking_begins_the_making(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        file = await file_row(runtime)
        address = f"/api/files/{file.public_id}/previews/index.vtt"
        answer = await client.get(address)
        assert answer.status_code == 404
        assert answer.json()["code"] == "hls.no_previews"
        assert "being made" in answer.json()["detail"]
        assert (await previews_made(runtime))["made"] == 1
        first = await client.get(address)
        assert first.status_code == 200
        known = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert known.status_code == 304

    async def test_a_film_that_cannot_be_shown_says_why_and_is_not_tried_again(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Song.m4a", "no_video")
        await library.scan()
        file = await file_row(runtime)
        address = f"/api/files/{file.public_id}/previews/index.vtt"
        assert (await client.get(address)).status_code == 404
        assert await previews_made(runtime) == {"made": 0, "refused": 1}
        again = await client.get(address)
        assert again.status_code == 404
        assert again.json()["detail"] == "The file has no video."

    async def test_a_replaced_file_is_not_given_up(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        file = await file_row(runtime)
        os.truncate(library.place / "Film (2001).mkv", 100_000)
        await client.get(f"/api/files/{file.public_id}/previews/index.vtt")
        assert await previews_made(runtime) == {"made": 0, "refused": 1}
        row = await sheets_row(runtime)
        assert row is not None
        assert row.error is None

    async def test_sheets_that_are_not_there_are_not_found(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        address = f"/api/files/{(await file_row(runtime)).public_id}/previews/"
        await client.get(f"{address}index.vtt")
        await previews_made(runtime)
        assert (await client.get(f"{address}0.jpg")).status_code == 200
        for name, status in {"1.jpg": 404, "999.jpg": 404, "-1.jpg": 422, "x.jpg": 422}.items():
            assert (await client.get(address + name)).status_code == status

    async def test_sheets_deleted_by_hand_are_made_anew(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        address = f"/api/files/{(await file_row(runtime)).public_id}/previews/"
        await client.get(f"{address}index.vtt")
        await previews_made(runtime)
        shutil.rmtree(runtime.settings.core.data_dir / "previews")
        assert (await client.get(f"{address}0.jpg")).status_code == 404
        assert (await client.get(f"{address}index.vtt")).status_code == 404
        await previews_made(runtime)
        assert (await client.get(f"{address}0.jpg")).status_code == 200

    async def test_strangers_see_none(
        self, runtime: Runtime, library: Library, anonymous: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        file = await file_row(runtime)
        for name in ("index.vtt", "0.jpg"):
            answer = await anonymous.get(f"/api/files/{file.public_id}/previews/{name}")
            assert answer.status_code == 401


class TestOff:
    @pytest.fixture
    def given_settings(self) -> dict[str, Any]:
        return {"hls": {"previews": "off", "index_after_scan": False}}

    async def test_nothing_is_made(
        self, runtime: Runtime, library: Library, client: httpx.AsyncClient
    ) -> None:
        put(library, "Film (2001).mkv", "h264_mkv")
        await library.scan()
        file = await file_row(runtime)
        answer = await client.get(f"/api/files/{file.public_id}/previews/index.vtt")
        assert answer.status_code == 404
        assert "switched off" in answer.json()["detail"]
        async with runtime.database.session() as session:
            assert await session.scalar(select(Job.id).where(Job.kind == "previews")) is None
