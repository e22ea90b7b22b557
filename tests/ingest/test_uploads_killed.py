"""Uploads to a real server, by a client library of others, and through kills."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.conftest import PASSWORD
from tests.support.media import film
from tests.support.server import running_server
from tusclient.client import TusClient

from shadow.accounts.service import create_token, create_user
from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.access import Role
from shadow.runtime.job_engine import Role as JobRole

QUIET = {"SHADOW_HLS__PREVIEWS": "off", "SHADOW_HLS__INDEX_AFTER_SCAN": "false"}


@pytest.fixture
def token(data_dir: Path) -> str:
    """The token of an admin of a server that does not run yet."""

    async def make() -> str:
        settings = read_settings({"data_dir": data_dir})
        async with (
            open_runtime(settings, role=JobRole.looks) as runtime,
            runtime.database.transaction() as session,
        ):
            await create_user(session, name="ada", password=PASSWORD, role=Role.admin)
            return await create_token(session, user_name="ada", name="uploads")

    return asyncio.run(make())


def long_film(size: int) -> bytes:
    """A film of exactly so many bytes: the rest is a box that players pass by."""
    content = film().read_bytes()
    rest = size - len(content)
    return content + rest.to_bytes(4, "big") + b"free" + bytes(range(256)) * ((rest - 8) // 256)


@contextmanager
def api_of(url: str, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=url, timeout=60, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    for _ in range(400):
        job: dict[str, Any] = client.get(f"/api/jobs/{job_id}").json()
        if job["state"] not in {"queued", "running"}:
            return job
        time.sleep(0.1)  # another process's work: there is nothing here to wait on
    raise AssertionError("the job does not end")


def test_a_client_library_sends_a_film_with_checksums(
    data_dir: Path, token: str, tmp_path: Path
) -> None:
    content = film().read_bytes()
    path = tmp_path / "Film.2001.mp4"
    path.write_bytes(content)
    with running_server(data_dir, **QUIET) as server, api_of(server.url, token) as client:
        tus = TusClient(f"{server.url}/api/uploads", {"Authorization": f"Bearer {token}"})
        sender = tus.uploader(
            str(path), chunk_size=len(content) // 3, upload_checksum=True,
            metadata={"filename": path.name},
        )  # fmt: skip
        sender.upload()
        assert sender.offset == len(content)
        job = ended(client, sender.request.response_headers["shadow-job"])
        assert (job["state"], job["error"]) == ("done", None)
        (file_id,) = job["result"]["files"]
        assert client.get(f"/stream/{file_id}").content == content


def test_after_a_kill_in_mid_request_the_server_knows_what_came_and_the_rest_follows(
    data_dir: Path, token: str, tmp_path: Path
) -> None:
    content = long_film(8 << 20)
    path = tmp_path / "Film.2001.mp4"
    path.write_bytes(content)
    length = {"Upload-Length": str(len(content)), "Tus-Resumable": "1.0.0"}
    with running_server(data_dir, **QUIET) as server, api_of(server.url, token) as client:
        told = {"Upload-Metadata": "filename RmlsbS4yMDAxLm1wNA=="}
        place = client.post("/api/uploads", headers=length | told).headers["location"]
        kept = data_dir / "uploads" / place.rpartition("/")[2]
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as line:
            line.sendall(
                f"PATCH {place} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n"
                f"Upload-Offset: 0\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            )
            line.sendall(content[: 5 << 20])
            for _ in range(200):
                if kept.stat().st_size >= 4 << 20:
                    break
                time.sleep(0.05)  # the server writes when it writes
            server.kill()
    came = kept.stat().st_size
    assert 4 << 20 <= came < len(content)
    with running_server(data_dir, **QUIET) as server, api_of(server.url, token) as client:
        seen = client.head(place, headers={"Tus-Resumable": "1.0.0"})
        assert int(seen.headers["upload-offset"]) == came
        assert kept.read_bytes() == content[:came]
        tus = TusClient(f"{server.url}/api/uploads", {"Authorization": f"Bearer {token}"})
        sender = tus.uploader(str(path), chunk_size=1 << 20, url=f"{server.url}{place}")
        sender.upload()
        job = ended(client, sender.request.response_headers["shadow-job"])
        assert (job["state"], job["error"]) == ("done", None)
        (file_id,) = job["result"]["files"]
        assert client.get(f"/stream/{file_id}").content == content
    assert list((data_dir / "uploads").iterdir()) == []
    assert list((data_dir / "sandbox").iterdir()) == []
