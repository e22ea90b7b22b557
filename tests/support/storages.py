"""Storages to test with: local folders, an S3 service of their own, an rclone remote."""

import os
import secrets
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import boto3
from pydantic import SecretStr

from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.plugins.storage_rclone.daemon import RcloneDaemon
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.plugins.storage_rclone.storage import RcloneStorage
from shadow.plugins.storage_s3.settings import S3Settings
from shadow.plugins.storage_s3.storage import S3Storage
from shadow.plugins.storage_s3.stores import stores
from shadow.runtime.daemons import find_program
from shadow.storage.ports import Reader
from tests.support.s3 import KEY, SECRET


def local_storage(*roots: Path, managed: Path | None = None) -> LocalStorage:
    """Return the storage `local` over these library folders; close it."""

    async def folders() -> list[bytes]:
        return [os.fsencode(root) for root in roots]

    async def announce() -> None:
        """Take the managed folder for a library folder already."""

    return LocalStorage(KnownFolders(folders), managed or roots[0] / "store", announce)


def s3_client(endpoint: str) -> Any:
    """Return another client of the service, for looking behind the storage's back."""
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id=KEY, aws_secret_access_key=SECRET,
    )  # fmt: skip


def s3_settings(endpoint: str) -> S3Settings:
    """Make a bucket and return the settings that name it."""
    bucket = f"bucket-{secrets.token_hex(6)}"
    s3_client(endpoint).create_bucket(Bucket=bucket)
    return S3Settings(
        bucket=bucket, endpoint=endpoint, access_key=KEY, secret_key=SecretStr(SECRET), prefix="lib"
    )


def s3_storage(settings: S3Settings) -> S3Storage:
    """Return the storage `s3`."""
    reading, writing = stores(settings)
    return S3Storage(reading, writing, prefix=settings.prefix)


async def rclone_storage(data_dir: Path, folder: Path) -> tuple[RcloneStorage, RcloneDaemon]:
    """Return the storage `rclone` over a remote that is a folder here; close the daemon."""
    program = find_program("rclone")
    daemon = RcloneDaemon(program, data_dir / "rclone")
    settings = RcloneSettings(remote="near:lib", allow_local=True)
    storage = RcloneStorage(daemon, settings)
    if "near" not in {one.name for one in await storage.list_remotes()}:
        await storage.create_remote("near", "alias", {"remote": str(folder)})
    return storage, daemon


async def blocks(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """Yield content as it comes off a network."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def failing(given: Iterable[bytes], error: Exception) -> AsyncIterator[bytes]:
    """Yield blocks, then fail."""
    for block in given:
        yield block
    raise error


async def read_all(reader: Reader, offset: int = 0) -> bytes:
    """Read an open object to its end and close it."""
    read = bytearray()
    try:
        while block := await reader.read(offset + len(read), 300_000):
            assert len(block) <= 300_000
            read += block
    finally:
        await reader.close()
    return bytes(read)
