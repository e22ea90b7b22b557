"""Storages of this product through the cache: what `open_at` and `delete_at` do with it."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.far import MIB, read_range, slice_files
from tests.support.far import film as made
from tests.support.storages import blocks, s3_client, s3_settings

from shadow.plugins.storage_s3.settings import S3Settings
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import Ranged, StoredObject, WritableStorage
from shadow.storage.service import SliceCache, delete_at, open_at

NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"
CONTENT = made(3 * MIB + 17)


@pytest.fixture
def bucket(s3_service: str) -> S3Settings:
    return s3_settings(s3_service)


@pytest.fixture
def given_settings(bucket: S3Settings, tmp_path: Path) -> dict[str, Any]:
    given = bucket.model_dump(mode="json") | {"secret_key": bucket.secret_key.get_secret_value()}
    return {
        "s3": given,
        "rclone": {"remote": "near:lib", "allow_local": True},
        "storage": {"cache_dir": str(tmp_path / "slices"), "cache_bytes": 64 * MIB},
    }


async def stored(runtime: Runtime, name: str, tmp_path: Path) -> StoredObject:
    """Store an object in S3 or through rclone."""
    storage: WritableStorage = runtime.plugins.get("storage", name)
    assert isinstance(storage, Ranged)
    if name == "rclone":
        (tmp_path / "far" / "lib").mkdir(parents=True)
        await runtime.plugins.get("storage", name).create_remote(
            "near", "alias", {"remote": str(tmp_path / "far")}
        )
    return await storage.put(NAME, blocks(CONTENT), size=len(CONTENT))


@pytest.mark.parametrize("name", ["s3", "rclone"])
async def test_what_was_read_is_read_from_here_until_it_is_deleted(
    runtime: Runtime, tmp_path: Path, name: str
) -> None:
    key = (await stored(runtime, name, tmp_path)).key
    far: WritableStorage = runtime.plugins.get("storage", name)
    first = await open_at(runtime, name, key)
    assert await read_range(first, 100, len(CONTENT)) == CONTENT[100:]
    assert len(slice_files(tmp_path / "slices")) == 4
    await far.delete(key)
    assert await read_range(first, 100, len(CONTENT)) == CONTENT[100:]
    with pytest.raises(ObjectMissing):
        await open_at(runtime, name, key, fresh=True)
    await delete_at(runtime, name, key)
    assert slice_files(tmp_path / "slices") == []
    with pytest.raises(ObjectMissing):
        await first.read(0, 10)
    with pytest.raises(ObjectMissing):
        await open_at(runtime, name, key)
    await first.close()


async def test_a_look_at_the_storage_itself_keeps_nothing(runtime: Runtime, tmp_path: Path) -> None:
    key = (await stored(runtime, "s3", tmp_path)).key
    reader = await open_at(runtime, "s3", key, fresh=True)
    assert await read_range(reader, 0, len(CONTENT)) == CONTENT
    await reader.close()
    assert slice_files(tmp_path / "slices") == []


async def test_an_object_that_is_replaced_is_never_mixed(
    runtime: Runtime, tmp_path: Path, bucket: S3Settings
) -> None:
    key, other = (await stored(runtime, "s3", tmp_path)).key, made(len(CONTENT), seed=2)
    cache, far = runtime.part(SliceCache), runtime.plugins.get("storage", "s3")
    old = cache.open("s3", key, *await far.ranged(key))
    assert await read_range(old, 0, 1000) == CONTENT[:1000]
    s3_client(bucket.endpoint).put_object(Bucket=bucket.bucket, Key=key.decode(), Body=other)
    new = cache.open("s3", key, *await far.ranged(key))
    assert await read_range(new, 0, len(other)) == other
    assert await read_range(old, 0, 1000) == CONTENT[:1000]
    with pytest.raises(ObjectChanged):
        await read_range(old, 2 * MIB, len(CONTENT))
    await old.close()
    await new.close()
