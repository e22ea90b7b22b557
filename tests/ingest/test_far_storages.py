"""Files that lie in a bucket or on a remote: brought there, played by range, copied, healed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.support.far import slice_files
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.s3 import SECRET, running_s3
from tests.support.storages import s3_client, s3_settings

from shadow.catalog.models import FileCopy
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

CLIENT = {"containers": ["mp4"], "video": [{"codec": "h264"}], "audio": [{"codec": "aac"}]}


@pytest.fixture(scope="module")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        yield endpoint


@pytest.fixture
def s3(s3_service: str) -> dict[str, Any]:
    return {**s3_settings(s3_service).model_dump(mode="json"), "secret_key": SECRET}


@pytest.fixture
def given_settings(s3: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "far" / "lib").mkdir(parents=True)
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",), "mirrors": ("rclone",)},
        "hls": {"previews": "off", "index_after_scan": False},
        "rclone": {"remote": "near:lib", "allow_local": True},
        "s3": s3,
    }


@pytest.fixture
async def far(runtime: Runtime, tmp_path: Path) -> Path:
    """The folder behind the remote."""
    rclone = runtime.plugins.get("storage", "rclone")
    await rclone.create_remote("near", "alias", {"remote": str(tmp_path / "far")})
    return tmp_path / "far" / "lib"


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({"Metropolis.1927.mp4": film().read_bytes()}) as opened:
        yield opened


async def ended(runtime: Runtime, job_id: str) -> Job:
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert job.state == "done", job.error
    return job


@pytest.mark.parametrize("storage", ["s3", "rclone"])
async def test_a_film_that_was_brought_there_plays(
    runtime: Runtime, client: httpx.AsyncClient, far: Path, host: Host, storage: str
) -> None:
    order = ingest.Order(host.url("Metropolis.1927.mp4"), storage=storage)
    job = await ended(runtime, await ingest.start_leech(runtime, order))
    assert job.result is not None
    (file_id,) = job.result["files"]
    answer = await client.post("/api/playback", json={"file_id": file_id, "client": CLIENT})
    assert answer.status_code == 200, answer.text
    assert answer.json()["method"] == "direct"
    content, url = film().read_bytes(), answer.json()["url"]
    assert (await client.get(url)).content == content
    for wanted, (start, stop) in (("0-99", (0, 100)), ("1000-", (1000, None)), ("-7", (-7, None))):
        part = await client.get(url, headers={"Range": f"bytes={wanted}"})
        assert (part.status_code, part.content) == (206, content[start:stop])
    etag = (await client.head(url)).headers["etag"]
    assert (await client.get(url, headers={"If-None-Match": etag})).status_code == 304


async def test_a_film_in_a_bucket_that_is_emptied_plays_on_from_the_remote(
    runtime: Runtime, client: httpx.AsyncClient, far: Path, host: Host, s3: dict[str, Any]
) -> None:
    order = ingest.Order(host.url("Metropolis.1927.mp4"), storage="s3")
    job = await ended(runtime, await ingest.start_leech(runtime, order))
    assert job.result is not None
    (file_id,) = job.result["files"]
    async with runtime.database.session() as session:
        (copy,) = await session.scalars(select(FileCopy))
    assert (copy.place, copy.state) == ("rclone", "ok")
    (kept,) = [one for one in far.rglob("*") if one.is_file()]
    assert kept.read_bytes() == film().read_bytes()
    etag = (await client.head(f"/stream/{file_id}")).headers["etag"]
    bucket = s3_client(s3["endpoint"])
    (held,) = bucket.list_objects_v2(Bucket=s3["bucket"])["Contents"]
    bucket.delete_object(Bucket=s3["bucket"], Key=held["Key"])
    asked = {"Range": "bytes=2000-", "If-Range": etag}
    answer = await client.get(f"/stream/{file_id}", headers=asked)
    assert (answer.status_code, answer.content) == (206, film().read_bytes()[2000:])


async def test_a_film_that_is_taken_down_leaves_no_slices(
    runtime: Runtime, client: httpx.AsyncClient, far: Path, host: Host, data_dir: Path
) -> None:
    order = ingest.Order(host.url("Metropolis.1927.mp4"), storage="s3")
    job = await ended(runtime, await ingest.start_leech(runtime, order))
    assert job.result is not None
    (file_id,) = job.result["files"]
    assert (await client.get(f"/stream/{file_id}")).content == film().read_bytes()
    assert slice_files(data_dir / "cache" / "slices")
    asked = {"reason": "asked for"}
    answer = await client.post(f"/api/files/{file_id}/takedown", json=asked)
    await ended(runtime, answer.json()["id"])
    assert slice_files(data_dir / "cache" / "slices") == []
