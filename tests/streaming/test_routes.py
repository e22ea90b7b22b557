"""`/sign` and `/stream` through the whole application."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.support.nginx import running_nginx
from tests.support.stored_files import catalogue_file

from shadow.accounts import service as accounts
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.streaming.signing import link_token, sign_link

CONTENT = bytes(range(256)) * 40
FILE_ID = "Ab3dE9x"
SECRET = "shared with the gateway in front"
NAME = os.fsdecode(b'Am\xc3\xa9lie "x"\xff.mkv')


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"streaming": {"secure_link_secret": SECRET}}


@pytest.fixture
async def film(runtime: Runtime, tmp_path: Path) -> Path:
    """A catalogued film in a library folder."""
    folder = tmp_path / "library"
    folder.mkdir()
    path = folder / NAME
    path.write_bytes(CONTENT)
    async with runtime.database.transaction() as session:
        await catalogue_file(session, path, public_id=FILE_ID)
    return path


async def test_a_signed_in_person_streams_by_range(client: httpx.AsyncClient, film: Path) -> None:
    answer = await client.get(f"/stream/{FILE_ID}", headers={"Range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[100:200]
    assert answer.headers["content-range"] == f"bytes 100-199/{len(CONTENT)}"
    assert answer.headers["content-type"] == "video/x-matroska"
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"Amelie _x_.mkv\"; filename*=UTF-8''Am%C3%A9lie%20%22x%22%EF%BF%BD.mkv"
    )


async def test_facts_come_from_the_disk_not_from_the_catalogue(
    client: httpx.AsyncClient, film: Path
) -> None:
    head = await client.head(f"/stream/{FILE_ID}")
    status = film.stat()
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(CONTENT))
    assert head.headers["etag"] == f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    same = await client.get(f"/stream/{FILE_ID}", headers={"If-None-Match": head.headers["etag"]})
    assert same.status_code == 304
    assert "last-modified" in head.headers
    os.utime(film, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    touched = await client.head(f"/stream/{FILE_ID}")
    assert touched.headers["etag"] != head.headers["etag"]


async def test_without_credentials_nothing_is_streamed(
    anonymous: httpx.AsyncClient, film: Path
) -> None:
    for answer in (
        await anonymous.get(f"/stream/{FILE_ID}"),
        await anonymous.head(f"/stream/{FILE_ID}"),
        await anonymous.post("/sign", json={"file_id": FILE_ID}),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_signed_link_needs_no_credentials_and_lives_four_hours(
    client: httpx.AsyncClient, film: Path, runtime: Runtime, app: FastAPI
) -> None:
    answer = await client.post("/sign", json={"file_id": FILE_ID})
    assert answer.status_code == 200
    url = answer.json()["url"]
    query = httpx.URL(url).params
    left = datetime.fromtimestamp(int(query["expires"]), UTC) - runtime.clock()
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    assert query["md5"] == link_token(f"/stream/{FILE_ID}", query["expires"], SECRET)
    stranger = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")
    async with stranger:
        streamed = await stranger.get(url, headers={"Range": "bytes=-10"})
        assert (streamed.status_code, streamed.content) == (206, CONTENT[-10:])
        assert (await stranger.head(url)).status_code == 200


async def test_nginx_in_front_opens_the_same_link(
    client: httpx.AsyncClient, film: Path, tmp_path: Path
) -> None:
    url = (await client.post("/sign", json={"file_id": FILE_ID})).json()["url"]
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = f"""
        location /stream/ {{
            secure_link $arg_md5,$arg_expires;
            secure_link_md5 "$secure_link_expires$uri {SECRET}";
            if ($secure_link = "") {{ return 403; }}
            if ($secure_link = "0") {{ return 410; }}
            return 200;
        }}
    """
    with running_nginx(folder, server=server) as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as gateway:
            assert (await gateway.get(url)).status_code == 200
            assert (await gateway.get(url.replace("expires=", "expires=1"))).status_code == 403


LINK = f"/stream/{FILE_ID}"
FAR = 4_000_000_000
INVALID = (403, "streaming.link_invalid")


SPOILED = {
    sign_link(LINK, expires=1, secret=SECRET): (410, "streaming.link_expired"),
    sign_link(LINK, expires=FAR, secret="other"): INVALID,
    sign_link(LINK, expires=FAR, secret=SECRET).replace("400", "500"): INVALID,
    sign_link("/stream/0000000", expires=FAR, secret=SECRET).replace("0000000", FILE_ID): INVALID,
    f"{LINK}?md5=&expires=": INVALID,
    f"{LINK}?md5=%FF%00": INVALID,
}


async def test_a_spoiled_link_is_refused_even_with_a_cookie(
    client: httpx.AsyncClient, film: Path
) -> None:
    for url, refused in SPOILED.items():
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["code"]) == refused, url
        assert (await client.head(url)).status_code == refused[0]


async def test_the_sixth_link_within_a_minute_is_refused_for_that_person_only(
    client: httpx.AsyncClient, film: Path, runtime: Runtime
) -> None:
    for _ in range(5):
        assert (await client.post("/sign", json={"file_id": FILE_ID})).status_code == 200
    refused = await client.post("/sign", json={"file_id": FILE_ID})
    assert refused.status_code == 429
    assert refused.json()["code"] == "streaming.too_many_links"
    assert 0 < int(refused.headers["retry-after"]) <= 60
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name="bob", password="hunter2 hunter2", role=Role.free)
    await client.post("/api/auth/logout")
    await client.post("/api/auth/login", json={"username": "bob", "password": "hunter2 hunter2"})
    assert (await client.post("/sign", json={"file_id": FILE_ID})).status_code == 200


async def test_an_unknown_file_is_missing(client: httpx.AsyncClient, film: Path) -> None:
    for file_id in ("0000000", "short", "%2e%2e%2fetc", "a%00b3456", f"{FILE_ID}%20"):
        answer = await client.get(f"/stream/{file_id}")
        assert answer.status_code == 404, file_id
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_file_is_not_signed(client: httpx.AsyncClient, film: Path) -> None:
    answer = await client.post("/sign", json={"file_id": "0000000"})
    assert (answer.status_code, answer.json()["code"]) == (404, "streaming.file_missing")


async def test_a_file_gone_from_the_disk_is_missing_and_says_what_to_do(
    client: httpx.AsyncClient, film: Path
) -> None:
    film.unlink()
    answer = await client.get(f"/stream/{FILE_ID}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "storage.object_missing"
    assert "Scan" in answer.json()["detail"]
    assert str(film.parent) not in answer.text


async def test_a_file_replaced_by_a_link_to_elsewhere_is_refused(
    client: httpx.AsyncClient, film: Path
) -> None:
    film.unlink()
    film.symlink_to("/etc/passwd")
    answer = await client.get(f"/stream/{FILE_ID}")
    assert (answer.status_code, answer.json()["code"]) == (403, "storage.object_outside")


async def test_a_file_in_a_storage_that_does_not_run_is_unavailable(
    client: httpx.AsyncClient, film: Path, runtime: Runtime
) -> None:
    path = film.parent / "other" / "film.mkv"
    async with runtime.database.transaction() as session:
        await catalogue_file(session, path, public_id="0therSt", storage="elsewhere")
    assert (await client.get("/stream/0therSt")).status_code == 503
