"""One site for all tests here: a film in a library folder, others in a bucket, nginx in front."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from shadow.accounts import service as accounts
from shadow.app.bootstrap import open_runtime, read_settings
from shadow.catalog.models import File
from shadow.kit.clock import utc_now
from shadow.plugins.storage_s3.settings import S3Settings
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.support.gateway import SECRET, Site, running_gateway
from tests.support.library import Library
from tests.support.postgres import free_port
from tests.support.s3 import running_s3
from tests.support.server import start_server
from tests.support.storages import s3_client, s3_settings, s3_storage

MIB = 1 << 20
PASSWORD = "correct horse battery"
ODD = os.fsdecode(b"odd \n%41?#&\\\"'$x;{\xff\xc3\xa9}.mkv")
"""A name that nginx could read in many ways."""
LONG = "long.mkv"
"""More than all buffers on the way hold."""
LOCAL = {LONG: 24 * MIB, "eleven.mkv": 11, "film.mkv": 3 * MIB + 123, ODD: 5000, "leads out.mkv": 0}
FAR = {"s3-eleven.mkv": 11, "s3-film.mkv": 3 * MIB + 77, "s3-doomed.mkv": 2 * MIB + 5}


def content(name: str, size: int) -> bytes:
    """Return bytes that are another file's nowhere."""
    seed = hashlib.sha256(os.fsencode(name)).digest()
    return (seed * (size // len(seed) + 1))[:size]


async def fill(data_dir: Path, library: Path, bucket: S3Settings) -> dict[str, str]:
    """Scan the folder, catalogue the bucket's objects, make an admin; return public ids by name."""
    settings = read_settings({"data_dir": data_dir, "library": {"paths": [str(library)]}})
    async with open_runtime(settings) as runtime:
        found = Library(runtime, library)
        await found.scan()
        ids = {name: row.public_id for name, row in (await found.rows()).items()}
        async with runtime.database.transaction() as session:
            await accounts.create_user(session, name="ada", password=PASSWORD, role=Role.admin)
        for number, name in enumerate(FAR):
            ids[name] = await catalogue_object(runtime, bucket, name, number)
    return ids


async def catalogue_object(runtime: Runtime, bucket: S3Settings, name: str, number: int) -> str:
    """Add an object of the bucket to the catalogue; return its public id."""
    key = f"lib/{name}".encode()
    facts = await s3_storage(bucket).stat(key)
    public_id = f"far{number:04}"
    now = utc_now()
    async with runtime.database.transaction() as session:
        session.add(
            File(
                public_id=public_id, storage="s3", folder=b"", folder_key=b"s3", path=key,
                path_key=key, shown_path=name, sort_path=name, size=facts.size,
                mtime_ns=facts.mtime_ns, head_tail="", added_at=now, updated_at=now,
            )
        )  # fmt: skip
        await session.flush()
        assert await session.scalar(select(File.state).where(File.public_id == public_id))
    return public_id


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Settings]:
    """A bucket with the objects of `FAR`."""
    with running_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        settings = s3_settings(endpoint)
        for name, size in FAR.items():
            put_object(settings, name, content(name, size))
        yield settings


def put_object(bucket: S3Settings, name: str, body: bytes) -> None:
    s3_client(bucket.endpoint).put_object(Bucket=bucket.bucket, Key=f"lib/{name}", Body=body)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def env(folder: Path, bucket: S3Settings) -> dict[str, str]:
    """The settings that all processes of the site share."""
    return {
        "SHADOW_DATA_DIR": str(folder / "data"),
        "SHADOW_LIBRARY__PATHS": str(folder / "library"),
        "SHADOW_LIBRARY__WATCH": "false",
        "SHADOW_STREAMING__SECURE_LINK_SECRET": SECRET,
        "SHADOW_TRUSTED_PROXIES": "127.0.0.1",
        "SHADOW_GATEWAY__CACHE_DIR": str(folder / "cache"),
        "SHADOW_GATEWAY__UPSTREAMS": f"127.0.0.1:{free_port()}",
        "SHADOW_GATEWAY__STREAM_UPSTREAMS": f"127.0.0.1:{free_port()}",
        "SHADOW_S3__BUCKET": bucket.bucket,
        "SHADOW_S3__ENDPOINT": bucket.endpoint,
        "SHADOW_S3__ACCESS_KEY": bucket.access_key,
        "SHADOW_S3__SECRET_KEY": bucket.secret_key.get_secret_value(),
    }


@pytest.fixture(scope="session")
def site(folder: Path, env: dict[str, str], bucket: S3Settings) -> Iterator[Site]:
    """A server, two processes that stream on one port, nginx in front."""
    library = folder / "library"
    library.mkdir()
    outside = folder / "outside.mkv"
    outside.write_bytes(b"nobody may have this")
    for name, size in LOCAL.items():
        if size:
            (library / name).write_bytes(content(name, size))
        else:
            (library / name).write_bytes(b"\0")  # becomes a link once it is catalogued
    ids = asyncio.run(fill(folder / "data", library, bucket))
    (library / "leads out.mkv").unlink()
    (library / "leads out.mkv").symlink_to(outside)
    port = {name: int(env[f"SHADOW_GATEWAY__{name}"].rpartition(":")[2]) for name in UPSTREAMS}
    streaming = ("--role", "stream", "--port", str(port["STREAM_UPSTREAMS"]))
    with ThreadPoolExecutor(3) as pool:
        starts = [
            pool.submit(start_server, folder / "data", *arguments, **env)
            for arguments in (("--port", str(port["UPSTREAMS"])), streaming, streaming)
        ]
        started = [start.result() for start in starts]
    try:
        with running_gateway(folder / "nginx", env) as gateway:
            contents = {name: content(name, size) for name, size in (LOCAL | FAR).items() if size}
            yield Site(folder, gateway, started[0], started[1:], env, ids, contents)
    finally:
        for server in started:
            server.process.terminate()
        for server in started:
            server.process.wait(30)


UPSTREAMS = ("UPSTREAMS", "STREAM_UPSTREAMS")
