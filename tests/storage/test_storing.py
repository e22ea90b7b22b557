"""A finished file is stored once, whole, under a free name, and in a second storage in one go."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Any

import pytest
from tests.support.memory_storage import MemoryStorage

from shadow.runtime.context import Runtime
from shadow.runtime.plugins import PluginMissing
from shadow.storage.errors import (
    ObjectChanged,
    ObjectMissing,
    ObjectOutside,
    StorageFull,
    StorageReadOnly,
)
from shadow.storage.names import MOST_BYTES, MOST_BYTES_OF_PART, checked_name, numbered
from shadow.storage.ports import StoredObject
from shadow.storage.service import (
    default_storage,
    local_path,
    managed_root,
    mirror_storage,
    sha256_of,
    store_file,
)

NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"
CONTENT = bytes(range(256)) * 12_000


class Heard:
    """Remembers how far it was told things are."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.total = 0

    def __call__(self, *, bytes_done: int, bytes_total: int) -> None:
        self.done.append(bytes_done)
        self.total = bytes_total


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mkv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def memory(runtime: Runtime) -> MemoryStorage:
    return added(runtime, MemoryStorage())


@pytest.fixture
def second(runtime: Runtime) -> MemoryStorage:
    return added(runtime, MemoryStorage("second"))


def added(runtime: Runtime, storage: Any) -> Any:
    runtime.plugins._ready["storage"][storage.name] = storage
    return storage


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content_of(storage: MemoryStorage, key: bytes) -> bytes:
    return storage.objects[key][0]


async def store(runtime: Runtime, path: Path, name: str = NAME, **where: Any) -> Any:
    where.setdefault("storage", "memory")
    return await store_file(runtime, path, name, sha256=sha256(path), report=Heard(), **where)


async def test_a_file_is_stored_under_its_name(
    runtime: Runtime, memory: MemoryStorage, film: Path
) -> None:
    heard = Heard()
    stored = await store_file(
        runtime, film, NAME, storage="memory", also=None, sha256=sha256(film), report=heard
    )
    assert content_of(memory, stored.key) == CONTENT
    assert (stored.key, stored.storage, stored.also, stored.also_error) == (
        NAME.encode(), "memory", None, None,
    )  # fmt: skip
    assert heard.done[-1] == heard.total == len(CONTENT)
    assert heard.done == sorted(heard.done)
    assert film.exists()


async def test_the_same_file_again_is_the_same_object(
    runtime: Runtime, memory: MemoryStorage, film: Path
) -> None:
    first = await store(runtime, film)
    assert await store(runtime, film) == first
    assert len(memory.objects) == 1


async def test_another_file_of_the_name_gets_the_next_one(
    runtime: Runtime, memory: MemoryStorage, film: Path, tmp_path: Path
) -> None:
    await store(runtime, film)
    other = tmp_path / "other.mkv"
    other.write_bytes(CONTENT[::-1])  # of the same size
    second = await store(runtime, other)
    assert second.key.decode() == "Films/Nosferatu (1922)/Nosferatu (1922) (2).mkv"
    assert await store(runtime, other) == second
    assert len(memory.objects) == 2


async def test_who_loses_a_race_for_a_name_takes_the_next(
    runtime: Runtime, memory: MemoryStorage, tmp_path: Path
) -> None:
    films = []
    for number in range(5):
        films.append(tmp_path / f"{number}.mkv")
        films[-1].write_bytes(bytes([number]) * 3_000_000)
    stored = await asyncio.gather(*(store(runtime, one) for one in films))
    assert len({one.key for one in stored}) == 5
    for path, one in zip(films, stored, strict=True):
        assert content_of(memory, one.key) == path.read_bytes()


async def test_a_storage_on_the_same_disk_takes_the_file_as_it_is(
    runtime: Runtime, film: Path, second: MemoryStorage
) -> None:
    inode = film.stat().st_ino
    stored = await store(runtime, film, storage="local", also="second")
    path = local_path(runtime, "local", stored.key)
    assert path == managed_root(runtime) / NAME
    assert path.stat().st_ino == inode
    assert content_of(second, stored.also.key) == CONTENT
    assert await store(runtime, film, storage="local", also="second") == stored


@pytest.mark.usefixtures("memory")
async def test_one_reading_fills_both_storages(
    runtime: Runtime, second: MemoryStorage, film: Path
) -> None:
    stored = await store(runtime, film, also="second")
    assert stored.also == StoredObject(NAME.encode(), second.objects[NAME.encode()][1])
    assert content_of(second, stored.also.key) == CONTENT


@pytest.mark.usefixtures("memory")
async def test_a_second_storage_that_fails_is_told_and_filled_the_next_time(
    runtime: Runtime, second: MemoryStorage, film: Path
) -> None:
    second.room = 1_000
    stored = await store(runtime, film, also="second")
    assert (stored.also, stored.also_error) == (None, "There is no room for the object.")
    second.room = None
    again = await store(runtime, film, also="second")
    assert again.key == stored.key
    assert content_of(second, again.also.key) == CONTENT
    assert again.also_error is None


@pytest.mark.usefixtures("memory")
async def test_a_second_storage_that_is_not_there_or_breaks_harms_nothing(
    runtime: Runtime, second: MemoryStorage, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = await store(runtime, film, also="nowhere")
    assert "nowhere" in stored.also_error

    async def breaks(_name: str, content: AsyncIterable[bytes], **_given: Any) -> StoredObject:
        async for _ in content:
            raise RuntimeError("secret details")
        raise AssertionError

    monkeypatch.setattr(second, "put", breaks)
    stored = await store(runtime, film, name="other.mkv", also="second")
    assert stored.also_error == "The copy failed: RuntimeError."


async def test_what_the_main_storage_refuses_is_nowhere(
    runtime: Runtime, memory: MemoryStorage, second: MemoryStorage, film: Path
) -> None:
    memory.room = 1_000
    with pytest.raises(StorageFull):
        await store(runtime, film, also="second")
    assert memory.objects == {}
    assert second.objects == {}


async def test_a_file_that_is_not_the_checked_one_is_not_stored(
    runtime: Runtime, memory: MemoryStorage, second: MemoryStorage, film: Path
) -> None:
    with pytest.raises(ObjectChanged):
        await store_file(
            runtime, film, NAME, storage="memory", also="second", sha256="0" * 64, report=Heard()
        )
    assert memory.objects == {}
    assert second.objects == {}


@pytest.mark.usefixtures("memory")
async def test_links_and_bad_names_are_refused(
    runtime: Runtime, film: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(film)
    with pytest.raises(ObjectMissing):
        await store(runtime, tmp_path / "link")
    with pytest.raises(ObjectOutside):
        await store(runtime, film, name="../film.mkv")
    with pytest.raises(PluginMissing):
        await store(runtime, film, storage="nowhere")


async def test_a_storage_that_takes_no_files_says_so(runtime: Runtime, film: Path) -> None:
    class Readable:
        name = "readable"

    added(runtime, Readable())
    with pytest.raises(StorageReadOnly):
        await store(runtime, film, storage="readable")


async def test_the_hash_is_that_of_the_file_and_progress_is_told(film: Path) -> None:
    heard = Heard()
    assert await sha256_of(film, heard) == sha256(film)
    assert heard.done[-1] == heard.total == len(CONTENT)
    empty = film.with_name("empty")
    empty.touch()
    assert await sha256_of(empty, heard) == hashlib.sha256(b"").hexdigest()
    film.with_name("link").symlink_to(film)
    os.mkfifo(film.with_name("pipe"))
    for name in ("none", "link", "pipe", "."):
        with pytest.raises(ObjectMissing):
            await sha256_of(film.parent / name, heard)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/film.mkv", "a/film (2).mkv"),
        ("film", "film (2)"),
        (".hidden", ".hidden (2)"),
        ("a.b/film", "a.b/film (2)"),
        ("a/Mr. Bergmann und", "a/Mr. Bergmann und (2)"),
    ],
)
def test_the_next_name_keeps_the_ending(name: str, expected: str) -> None:
    assert numbered(name, 1) == name
    assert numbered(name, 2) == expected


def test_the_next_name_is_never_too_long() -> None:
    for name in ("ü" * 125 + ".mkv", "/".join(["x" * 220] * 4)):
        for number in (2, 50):
            made = numbered(name, number)
            assert made.endswith((f" ({number}).mkv", f" ({number})"))
            assert max(len(part.encode()) for part in checked_name(made)) <= MOST_BYTES_OF_PART
            assert len(made.encode()) <= MOST_BYTES


class TestSettings:
    @pytest.fixture
    def given_settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"storage": {"default": "s3", "also": "local", "local_root": str(tmp_path / "root")}}

    async def test_the_settings_name_the_storages(self, runtime: Runtime, tmp_path: Path) -> None:
        assert default_storage(runtime) == "s3"
        assert mirror_storage(runtime) == "local"
        assert managed_root(runtime) == tmp_path / "root"


async def test_without_settings_new_files_go_to_the_data_folder(runtime: Runtime) -> None:
    assert default_storage(runtime) == "local"
    assert mirror_storage(runtime) is None
    assert managed_root(runtime) == runtime.settings.core.data_dir / "store"
