"""The bucket: uploads that are broken off, claims of the dead, services that lack or refuse."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import obstore
import pytest
from obstore.exceptions import GenericError, PermissionDeniedError
from obstore.store import S3Store
from tests.support.storages import blocks, failing, read_all, s3_client, s3_settings, s3_storage

from shadow.plugins.storage_s3 import claims
from shadow.plugins.storage_s3.failures import lacks_conditions, understood
from shadow.plugins.storage_s3.settings import S3Settings
from shadow.plugins.storage_s3.stores import stores
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import PluginMissing
from shadow.storage.errors import (
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    StorageFull,
    StorageUnavailable,
)

NAME = "Films/film.mkv"
PIECE = bytes(1 << 20)


@pytest.fixture
def settings(s3_service: str) -> S3Settings:
    return s3_settings(s3_service)


@pytest.fixture
def client(s3_service: str) -> Any:
    return s3_client(s3_service)


def keys(client: Any, settings: S3Settings) -> list[str]:
    listed = client.list_objects_v2(Bucket=settings.bucket)
    return [one["Key"] for one in listed.get("Contents", [])]


def uploads(client: Any, settings: S3Settings) -> list[str]:
    listed = client.list_multipart_uploads(Bucket=settings.bucket)
    return [one["Key"] for one in listed.get("Uploads", [])]


async def test_an_upload_that_fails_leaves_no_parts(settings: S3Settings, client: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        await s3_storage(settings).put(NAME, failing([PIECE] * 20, ZeroDivisionError()))
    assert (keys(client, settings), uploads(client, settings)) == ([], [])


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(5, "odd"), StorageFull("odd")])
async def test_errors_of_the_content_are_told_as_they_are(
    settings: S3Settings, error: Exception
) -> None:
    for size in (None, 1 << 30, 100):
        with pytest.raises(type(error), match="odd"):
            await s3_storage(settings).put(NAME, failing([b"1"], error), size=size)


async def test_a_cancelled_upload_leaves_no_parts(settings: S3Settings, client: Any) -> None:
    sent = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield PIECE
        sent.set()
        await asyncio.Event().wait()

    putting = asyncio.ensure_future(s3_storage(settings).put(NAME, endless()))
    await sent.wait()
    assert await asyncio.to_thread(uploads, client, settings) == [f"lib/{NAME}"]
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert (keys(client, settings), uploads(client, settings)) == ([], [])


async def test_an_object_that_came_meanwhile_is_not_overwritten(
    settings: S3Settings, client: Any
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield PIECE
        client.put_object(Bucket=settings.bucket, Key=f"lib/{NAME}", Body=b"first")
        yield PIECE

    storage = s3_storage(settings)
    with pytest.raises(ObjectExists):
        await storage.put(NAME, slow())
    assert await read_all(await storage.open(f"lib/{NAME}".encode())) == b"first"
    assert (keys(client, settings), uploads(client, settings)) == ([f"lib/{NAME}"], [])


async def test_a_claim_of_somebody_who_died_is_taken_over(
    settings: S3Settings, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LAPSE_SECONDS", 0.2)
    monkeypatch.setattr(claims, "LOOK_SECONDS", 0.05)
    mark = hashlib.sha256(f"lib/{NAME}".encode()).hexdigest()[:40]
    client.put_object(Bucket=settings.bucket, Key=f"{claims.FOLDER}/{mark}", Body=b"left")
    stored = await s3_storage(settings).put(NAME, blocks(PIECE * 10))
    assert stored.facts.size == 10 << 20
    assert keys(client, settings) == [f"lib/{NAME}"]


async def test_a_claim_that_is_renewed_is_not_taken_over(
    settings: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LAPSE_SECONDS", 0.5)
    monkeypatch.setattr(claims, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(claims, "RENEW_SECONDS", 0.05)
    _, store = stores(settings)
    async with claims.claimed(store, NAME):

        async def other() -> None:
            async with claims.claimed(store, NAME):
                pass

        waiting = asyncio.ensure_future(other())
        done, _ = await asyncio.wait({waiting}, timeout=1.2)
        assert not done
    await waiting


async def test_a_service_without_conditional_writes_is_written_to_all_the_same(
    settings: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = obstore.put_async

    async def put(store: S3Store, path: str, file: Any, **options: Any) -> Any:
        if options.get("mode") is not None:
            raise GenericError("Server returned non-2xx status code: 501 Not Implemented")
        return await real(store, path, file, **options)

    monkeypatch.setattr(obstore, "put_async", put)
    storage = s3_storage(settings)
    for name, content in (("small.mkv", b"1"), ("large.mkv", PIECE * 12)):
        stored = await storage.put(name, blocks(content), size=len(content))
        assert await read_all(await storage.open(stored.key)) == content
        with pytest.raises(ObjectExists):
            await storage.put(name, blocks(content), size=len(content))


async def test_versions_of_one_second_and_size_have_other_facts(
    settings: S3Settings, client: Any
) -> None:
    storage, seen = s3_storage(settings), set()
    for content in (b"1", b"2", b"3"):
        client.put_object(Bucket=settings.bucket, Key="film", Body=content)
        seen.add(await storage.stat(b"film"))
    assert len(seen) == 3


async def test_an_object_that_is_deleted_or_replaced_within_a_film_ends_the_film(
    settings: S3Settings, client: Any
) -> None:
    client.put_object(Bucket=settings.bucket, Key="film", Body=PIECE)
    storage = s3_storage(settings)
    for change in (
        lambda: client.delete_object(Bucket=settings.bucket, Key="film"),
        lambda: client.put_object(Bucket=settings.bucket, Key="film", Body=bytes([1]) * len(PIECE)),
    ):
        client.put_object(Bucket=settings.bucket, Key="film", Body=PIECE)
        reader = await storage.open(b"film")
        await reader.read(0, 10)
        change()
        with pytest.raises(ObjectChanged):
            await reader.read(500_000, 10)
        with pytest.raises(ObjectChanged):
            await reader.read(500_000, 10)
        await reader.close()


async def test_a_read_that_was_cancelled_can_be_repeated(settings: S3Settings, client: Any) -> None:
    content = bytes(range(256)) * 8_000
    client.put_object(Bucket=settings.bucket, Key="film", Body=content)
    reader = await s3_storage(settings).open(b"film")
    for offset in (0, 100_000, 200_000):
        reading = asyncio.ensure_future(reader.read(offset, 100_000))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading})
        block = await reader.read(offset, 100_000)
        assert bytes(block) == content[offset : offset + len(block)]
    await reader.close()


async def test_a_service_that_is_gone_or_refuses_is_unavailable(settings: S3Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = settings.model_copy(
            update={"endpoint": f"http://127.0.0.1:{nobody.getsockname()[1]}"}
        )
        reading, _ = stores(gone)
        error = await _error_of(obstore.head_async(reading, "film"))
    assert isinstance(understood(error), StorageUnavailable)
    assert isinstance(understood(PermissionDeniedError("403")), StorageUnavailable)
    elsewhere = s3_storage(settings.model_copy(update={"bucket": "not-there"}))
    with pytest.raises((StorageUnavailable, ObjectMissing)):
        await elsewhere.put(NAME, blocks(b"1"), size=1)


async def _error_of(asked: Any) -> Exception:
    try:
        await asked
    except Exception as error:
        return error
    raise AssertionError("it answered")


def test_what_the_service_says_is_understood() -> None:
    full = GenericError("status code: 507 Insufficient Storage <Code>XMinioStorageFull</Code>")
    assert isinstance(understood(full), StorageFull)
    broken = understood(GenericError("PUT http://s3/secret?sig=1 status code: 500 Internal"))
    assert broken.detail == "The S3 service answers 500 Internal."
    assert lacks_conditions(GenericError("status code: 501 Not Implemented"))
    assert not lacks_conditions(broken)


async def test_without_a_bucket_the_storage_is_off(runtime: Runtime) -> None:
    status = next(one for one in runtime.plugins.statuses if one.name == "s3")
    assert (status.state, status.port) == ("off", "storage")
    with pytest.raises(PluginMissing):
        runtime.plugins.get("storage", "s3")


class TestConfigured:
    @pytest.fixture
    def given_settings(self, settings: S3Settings) -> dict[str, Any]:
        given = settings.model_dump(mode="json")
        return {"s3": {**given, "secret_key": settings.secret_key.get_secret_value()}}

    async def test_with_a_bucket_the_storage_is_ready(self, runtime: Runtime) -> None:
        storage = runtime.plugins.get("storage", "s3")
        stored = await storage.put(NAME, blocks(b"1"), size=1)
        assert stored.key == f"lib/{NAME}".encode()


@pytest.mark.parametrize("prefix", ["..", "a/../b", "a//b", "x" * 101])
def test_odd_prefixes_and_addresses_are_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="short path"):
        S3Settings(prefix=prefix)
    with pytest.raises(ValueError, match="http"):
        S3Settings(endpoint="s3.example.org")
    assert S3Settings(prefix="/media/").prefix == "media"
