"""Uploads by the tus protocol: what a sender may rely on, and what is refused."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from tests.support.media import film
from tests.support.people import browser_of

from shadow.catalog.models import File
from shadow.ingest.models import Upload
from shadow.ingest.uploads.keeping import path_of, sweep_uploads
from shadow.ingest.uploads.writing import Writing, mark_of
from shadow.kit.clock import utc_now
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
SMALL = {"hls": {"previews": "off", "index_after_scan": False}}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {**SMALL, "uploads": {"max_bytes": 1 << 20, "at_once": 3, "silent_seconds": 0.3}}


def named(**pairs: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())


async def begun(client: httpx.AsyncClient, size: int, **metadata: str) -> str:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": named(**metadata)}
    answer = await client.post("/api/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return str(answer.headers["location"])


async def sent(
    client: httpx.AsyncClient, url: str, offset: int, content: Any, **more: str
) -> httpx.Response:
    headers = {**BYTES, "Upload-Offset": str(offset), **more}
    return await client.patch(url, headers=headers, content=content)


async def offset(client: httpx.AsyncClient, url: str) -> int:
    answer = await client.head(url, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def file_of(runtime: Runtime, url: str) -> Path:
    return path_of(runtime, url.rpartition("/")[2])


async def test_a_file_sent_in_pieces_becomes_a_title(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = film().read_bytes()
    told = {"filename": "../x264 [spam.to].mp4", "title": "Mission: Impossible? (1996)"}
    url = await begun(client, len(content), **told)
    assert await offset(client, url) == 0
    first = await sent(client, url, 0, content[:1000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert "shadow-job" not in first.headers
    listed = (await client.get("/api/uploads")).json()["items"]
    assert [(one["size"], one["received"], one["job_id"]) for one in listed] == [
        (len(content), 1000, None)
    ]
    last = await sent(client, url, 1000, content[1000:])
    job = await asyncio.wait_for(runtime.jobs.wait(last.headers["shadow-job"]), 60)
    assert (job.state, job.error, job.engine) == ("done", None, "upload")
    async with runtime.database.session() as session:
        (row,) = await session.scalars(select(File))
    assert row.path.endswith(b"/Films/Mission - Impossible (1996)/Mission - Impossible (1996).mp4")
    assert Path(row.path.decode()).read_bytes() == content
    assert (await client.get("/api/uploads")).json()["items"] == []
    assert (await client.head(url, headers=TUS)).status_code == 404
    assert list(file_of(runtime, url).parent.iterdir()) == []


async def test_what_the_server_can_do_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(1 << 20)
    assert (
        answer.headers["tus-extension"]
        == "creation,creation-with-upload,expiration,checksum,termination"
    )
    assert answer.headers["tus-checksum-algorithm"].split(",")[0] == "sha256"


async def test_the_first_bytes_may_come_with_the_announcement(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = film().read_bytes()
    headers = {
        **BYTES,
        "Upload-Length": str(len(content)),
        "Upload-Metadata": named(filename="F.mp4"),
    }
    some = await client.post("/api/uploads", headers=headers, content=content[:1000])
    assert (some.status_code, some.headers["upload-offset"]) == (201, "1000")
    assert await offset(client, some.headers["location"]) == 1000
    whole = await client.post("/api/uploads", headers=headers, content=content)
    assert whole.status_code == 201
    job = await asyncio.wait_for(runtime.jobs.wait(whole.headers["shadow-job"]), 60)
    assert job.state == "done", job.error


async def test_first_bytes_that_are_refused_leave_no_upload(client: httpx.AsyncClient) -> None:
    wrong = base64.b64encode(bytes(32)).decode()
    for headers, content in (
        ({"Upload-Length": "4"}, b"12345"),
        ({"Upload-Length": "4", "Upload-Checksum": f"sha256 {wrong}"}, b"1234"),
    ):
        answer = await client.post("/api/uploads", headers={**BYTES, **headers}, content=content)
        assert answer.status_code in (413, 460)
    assert (await client.get("/api/uploads")).json() == {"items": []}


async def test_a_sender_that_can_only_post_says_what_it_means(client: httpx.AsyncClient) -> None:
    url = await begun(client, 10, filename="a.mkv")
    meant = {"X-HTTP-Method-Override": "PATCH"}
    answer = await client.post(url, headers={**BYTES, **meant, "Upload-Offset": "0"}, content=b"12")
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "2")
    answer = await client.post(url, headers={**TUS, "X-HTTP-Method-Override": "HEAD"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (200, "2")
    answer = await client.post(url, headers={**TUS, "X-HTTP-Method-Override": "GET"})
    assert (answer.status_code, answer.json()["code"]) == (405, "ingest.upload_method")
    answer = await client.post(url, headers={**TUS, "X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 204
    assert (await client.head(url, headers=TUS)).status_code == 404


async def test_bytes_that_do_not_follow_are_refused(client: httpx.AsyncClient) -> None:
    url = await begun(client, 100)
    assert (await sent(client, url, 1, b"x")).status_code == 409
    assert (await sent(client, url, 0, b"x" * 10)).status_code == 204
    again = await sent(client, url, 0, b"x" * 10)
    assert (again.status_code, again.json()["code"]) == (409, "ingest.upload_offset")
    assert await offset(client, url) == 10


async def test_more_than_was_announced_is_refused(client: httpx.AsyncClient) -> None:
    url = await begun(client, 10)
    answer = await sent(client, url, 0, b"x" * 11)
    assert (answer.status_code, answer.json()["code"]) == (413, "ingest.upload_too_large")
    assert await offset(client, url) == 0


WRONG = [
    ({}, 412, "ingest.upload_version"),
    ({"Tus-Resumable": "0.2.2"}, 412, "ingest.upload_version"),
    (TUS, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "-1"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "0"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "٣"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "9" * 19}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Defer-Length": "1"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": str((1 << 20) + 1)}, 413, "ingest.upload_too_large"),
    ({**TUS, "Upload-Length": "1", "Upload-Metadata": "a !"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "1", "Upload-Metadata": "a YQ==,a"}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "1", "Upload-Metadata": "a /w=="}, 400, "ingest.upload_refused"),
    ({**TUS, "Upload-Length": "1", "Upload-Metadata": "x" * 9000}, 400, "ingest.upload_refused"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "status", "code"), WRONG)
async def test_a_wrong_announcement_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await client.post("/api/uploads", headers=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["tus-version"] == "1.0.0"
    assert (await client.get("/api/uploads")).json()["items"] == []


async def test_a_request_of_another_kind_is_refused(client: httpx.AsyncClient) -> None:
    url = await begun(client, 10)
    plain = {**TUS, "Upload-Offset": "0", "Content-Type": "text/plain"}
    assert (await client.patch(url, headers=plain, content=b"x")).status_code == 415
    assert (await client.patch(url, headers=BYTES, content=b"x")).status_code == 400
    old = {**BYTES, "Upload-Offset": "0", "Tus-Resumable": "2"}
    assert (await client.patch(url, headers=old, content=b"x")).status_code == 412
    assert (await client.head(url)).status_code == 412
    assert (await client.delete(url)).status_code == 412
    assert await offset(client, url) == 0


async def test_a_checksum_that_is_wrong_drops_what_came(client: httpx.AsyncClient) -> None:
    url = await begun(client, 100)
    assert (await sent(client, url, 0, b"good")).status_code == 204
    for name, made in (("sha256", hashlib.sha256), ("sha1", hashlib.sha1)):
        digest = base64.b64encode(made(b"right").digest()).decode()
        at = await offset(client, url)
        wrong = await sent(client, url, at, b"wrong", **{"Upload-Checksum": f"{name} {digest}"})
        assert (wrong.status_code, wrong.json()["code"]) == (460, "ingest.upload_checksum")
        assert await offset(client, url) == at
        right = await sent(client, url, at, b"right", **{"Upload-Checksum": f"{name} {digest}"})
        assert (right.status_code, right.headers["upload-offset"]) == (204, str(at + 5))
    for header in ("md5 abc", "sha256", "sha256 YQ==", ""):
        answer = await sent(client, url, 14, b"x", **{"Upload-Checksum": header})
        assert answer.status_code == 400


async def test_bytes_that_a_kill_left_unproved_do_not_count(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    url = await begun(client, 100)
    await sent(client, url, 0, b"good")
    path = file_of(runtime, url)
    mark_of(path).write_text("4")  # as a killed request with a checksum leaves it
    with path.open("ab") as file:
        file.write(b"unproved")
    assert (await client.get("/api/uploads")).json()["items"][0]["received"] == 4
    assert await offset(client, url) == 4
    assert path.read_bytes() == b"good"


async def test_only_one_request_writes_at_a_time(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    url = await begun(client, 100)
    writing = Writing(file_of(runtime, url), offset=0, checksum=None)
    refused = await sent(client, url, 0, b"x")
    assert (refused.status_code, refused.json()["code"]) == (423, "ingest.upload_locked")
    assert (await client.head(url, headers=TUS)).status_code == 423
    writing.close()
    assert (await sent(client, url, 0, b"x")).status_code == 204


async def test_a_sender_who_falls_silent_lets_others_go_on(client: httpx.AsyncClient) -> None:
    url = await begun(client, 100)

    async def silent() -> AsyncIterator[bytes]:
        yield b"x" * 10
        await asyncio.Event().wait()

    answer = await asyncio.wait_for(sent(client, url, 0, silent()), 60)
    assert (answer.status_code, answer.json()["code"]) == (408, "ingest.upload_silent")
    assert await offset(client, url) == 10


async def test_an_upload_is_its_senders_alone(
    client: httpx.AsyncClient, app: FastAPI, runtime: Runtime
) -> None:
    url = await begun(client, 100)
    async with browser_of(app, runtime, "bob", Role.moderator) as bob:
        assert (await bob.head(url, headers=TUS)).status_code == 404
        assert (await sent(bob, url, 0, b"x")).status_code == 404
        assert (await bob.delete(url, headers=TUS)).status_code == 404
        assert (await bob.get("/api/uploads")).json()["items"] == []
    for wrong in ("/api/uploads/nothere", "/api/uploads/..%2fx", "/api/uploads/" + "a" * 32):
        assert (await client.head(wrong, headers=TUS)).status_code in {404, 405, 422}


async def test_guests_and_other_sites_may_not_send(
    client: httpx.AsyncClient, app: FastAPI, runtime: Runtime
) -> None:
    headers = {**TUS, "Upload-Length": "1"}
    async with browser_of(app, runtime, "guest", Role.guest) as guest:
        assert (await guest.post("/api/uploads", headers=headers)).status_code == 403
    elsewhere = {**headers, "Sec-Fetch-Site": "cross-site"}
    answer = await client.post("/api/uploads", headers=elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (403, "runtime.cross_site")
    url = await begun(client, 10)
    del client.headers["X-Shadow-CSRF"]
    assert (await sent(client, url, 0, b"x")).status_code == 403


async def test_an_upload_that_is_given_up_is_gone(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    url = await begun(client, 100)
    await sent(client, url, 0, b"x")
    assert (await client.delete(url, headers=TUS)).status_code == 204
    assert not file_of(runtime, url).exists()
    assert (await sent(client, url, 1, b"x")).status_code == 404
    assert (await client.delete(url, headers=TUS)).status_code == 404


async def test_only_so_many_may_be_under_way(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await begun(client, 10)
    answer = await client.post("/api/uploads", headers={**TUS, "Upload-Length": "1"})
    assert (answer.status_code, answer.json()["code"]) == (429, "ingest.too_many_uploads")


async def test_an_upload_expires_and_so_do_bytes_of_nobody(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    old, kept = await begun(client, 100), await begun(client, 100)
    await sent(client, kept, 0, b"x")
    stray = file_of(runtime, old).with_name("f" * 32)
    stray.write_bytes(b"x")
    async with runtime.database.transaction() as session:
        row = Upload.id == old.rpartition("/")[2]
        past = utc_now() - timedelta(seconds=1)
        await session.execute(update(Upload).where(row).values(expires_at=past))
    assert (await client.head(old, headers=TUS)).status_code == 404
    await sweep_uploads(runtime)
    left = sorted(path.name for path in stray.parent.iterdir())
    assert left == [kept.rpartition("/")[2]]
    assert await offset(client, kept) == 1


async def test_a_job_that_a_crash_kept_from_starting_is_started_by_the_next_look(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = film().read_bytes()
    url = await begun(client, len(content), filename="Film.2001.mp4")
    file_of(runtime, url).write_bytes(content)  # the last bytes came, and then a kill
    answer = await client.head(url, headers=TUS)
    assert answer.headers["upload-offset"] == str(len(content))
    job = await asyncio.wait_for(runtime.jobs.wait(answer.headers["shadow-job"]), 60)
    assert job.state == "done"


async def test_a_failed_job_of_an_upload_can_be_tried_again(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = film().read_bytes()
    store = runtime.settings.core.data_dir / "store"
    store.mkdir(exist_ok=True)
    (store / "Films").write_text("a file where a folder is needed")
    url = await begun(client, len(content), filename="Film.2001.mp4")
    answer = await sent(client, url, 0, content)
    job_id = answer.headers["shadow-job"]
    assert (await asyncio.wait_for(runtime.jobs.wait(job_id), 60)).state == "failed"
    (store / "Films").unlink()
    again = await runtime.jobs.wait((await runtime.jobs.retry(job_id)).id)
    assert (again.state, again.error) == ("done", None)
    assert list(file_of(runtime, url).parent.iterdir()) == []


async def test_a_page_that_is_uploaded_is_told_of(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    content = b"<!doctype html><title>Sign in</title>"
    url = await begun(client, len(content), filename="<script>alert(1)</script>.mkv")
    answer = await sent(client, url, 0, content)
    job = await asyncio.wait_for(runtime.jobs.wait(answer.headers["shadow-job"]), 60)
    assert (job.state, job.error_code) == ("failed", "ingest.nothing_to_play")
