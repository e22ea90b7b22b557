"""Local files: links, odd things in place of a file, and files that are not in the page cache."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.storages import local_storage

from shadow.plugins.storage_local.folders import FRESH_SECONDS, KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.storage.errors import ObjectMissing, ObjectOutside, StorageUnavailable


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    (root / "Season 01").mkdir(parents=True)
    (root / "Season 01" / "film.mkv").write_bytes(b"inside")
    (tmp_path / "secret").write_bytes(b"outside")
    (tmp_path / "library-two").mkdir()
    (tmp_path / "library-two" / "film.mkv").write_bytes(b"neighbour")
    return root


@pytest.fixture
def storage(library: Path) -> Iterator[LocalStorage]:
    made = local_storage(library)
    yield made
    made.close()


async def content(storage: LocalStorage, path: Path) -> bytes:
    reader = await storage.open(os.fsencode(path))
    try:
        return bytes(await reader.read(0, 1000))
    finally:
        await reader.close()


async def test_a_link_inside_the_library_is_followed(storage: LocalStorage, library: Path) -> None:
    (library / "link.mkv").symlink_to("Season 01/film.mkv")
    (library / "folder").symlink_to("Season 01")
    assert await content(storage, library / "link.mkv") == b"inside"
    assert await content(storage, library / "folder" / "film.mkv") == b"inside"


async def test_a_link_that_leads_out_is_refused(storage: LocalStorage, library: Path) -> None:
    (library / "link.mkv").symlink_to(library.parent / "secret")
    (library / "folder").symlink_to(library.parent)
    for path in (library / "link.mkv", library / "folder" / "secret"):
        with pytest.raises(ObjectOutside):
            await storage.open(os.fsencode(path))


async def test_a_link_into_another_library_folder_is_followed(library: Path) -> None:
    other = library.parent / "library-two"
    (library / "link.mkv").symlink_to(other / "film.mkv")
    storage = local_storage(library, other)
    assert await content(storage, library / "link.mkv") == b"neighbour"
    storage.close()


async def test_a_library_folder_may_itself_be_a_link(library: Path) -> None:
    (library.parent / "mount").symlink_to(library)
    storage = local_storage(library.parent / "mount")
    assert await content(storage, library / "Season 01" / "film.mkv") == b"inside"
    assert await content(storage, library.parent / "mount/Season 01/film.mkv") == b"inside"
    storage.close()


async def test_a_folder_just_added_counts_at_once_and_one_taken_out_soon(library: Path) -> None:
    inside: list[bytes] = []
    now = 0.0

    async def roots() -> list[bytes]:
        return list(inside)

    async def roots_stay() -> None:
        pass

    storage = LocalStorage(KnownFolders(roots, clock=lambda: now), library / "store", roots_stay)
    film = library / "Season 01" / "film.mkv"
    with pytest.raises(ObjectOutside):
        await storage.open(os.fsencode(film))
    inside.append(os.fsencode(library))
    assert await content(storage, film) == b"inside"
    inside.clear()
    assert await content(storage, film) == b"inside"
    now = FRESH_SECONDS + 1
    with pytest.raises(ObjectOutside):
        await storage.open(os.fsencode(film))
    storage.close()


@pytest.mark.parametrize(
    "path", ["../secret", "../library-two/film.mkv", "Season 01/../../secret", "/etc/passwd", "."]
)
async def test_what_lies_outside_is_refused(
    storage: LocalStorage, library: Path, path: str
) -> None:
    with pytest.raises(ObjectOutside):
        await storage.open(os.fsencode(library / path))


async def test_without_library_folders_everything_is_outside(library: Path) -> None:
    storage = local_storage(managed=library / "store")
    with pytest.raises(ObjectOutside):
        await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))
    storage.close()


async def test_a_link_put_in_between_is_not_followed(
    storage: LocalStorage, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is checked, then opened: here a folder becomes a link in that very moment."""
    real = os.path.realpath

    def swapped(path: Any, **options: Any) -> Any:
        resolved = real(path, **options)
        if os.fsencode(path).endswith(b"film.mkv") and not (library / "old").exists():
            (library / "Season 01").rename(library / "old")
            (library / "Season 01").symlink_to(library.parent / "library-two")
        return resolved

    monkeypatch.setattr(os.path, "realpath", swapped)
    with pytest.raises(ObjectMissing):
        await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))


async def test_a_pipe_a_folder_and_a_loop_are_no_files(
    storage: LocalStorage, library: Path
) -> None:
    os.mkfifo(library / "pipe.mkv")
    (library / "loop.mkv").symlink_to("loop.mkv")
    for name in ("pipe.mkv", "loop.mkv", "Season 01"):
        with pytest.raises(ObjectMissing):
            await storage.open(os.fsencode(library / name))


async def test_a_name_that_is_not_text_is_opened(storage: LocalStorage, library: Path) -> None:
    path = library / os.fsdecode(b"-\xff\n\xe2\x80\xae.mkv")
    path.write_bytes(b"odd")
    assert await content(storage, path) == b"odd"


async def test_a_file_without_permission_is_refused(
    storage: LocalStorage, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_given: Any, **_options: Any) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", forbid)  # tests may run as root, who may read everything
    with pytest.raises(ObjectOutside, match="read permission"):
        await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))


async def test_a_deleted_file_is_read_to_its_end(storage: LocalStorage, library: Path) -> None:
    reader = await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))
    (library / "Season 01" / "film.mkv").unlink()
    assert bytes(await reader.read(0, 100)) == b"inside"
    await reader.close()


async def test_a_replaced_file_is_read_as_the_one_that_was_opened(
    storage: LocalStorage, library: Path
) -> None:
    path = library / "Season 01" / "film.mkv"
    reader = await storage.open(os.fsencode(path))
    (library / "new").write_bytes(b"replaced")
    (library / "new").rename(path)
    assert bytes(await reader.read(0, 100)) == b"inside"
    await reader.close()


Read = Callable[..., int]


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> Callable[[OSError], list[int]]:
    """Make reads that must not wait fail as asked, and list those that may."""
    real: Read = os.preadv

    def pretend(error: OSError) -> list[int]:
        waited: list[int] = []

        def preadv(descriptor: int, buffers: Any, offset: int, flags: int = 0) -> int:
            if flags:
                raise error
            waited.append(offset)
            return real(descriptor, buffers, offset)

        monkeypatch.setattr(os, "preadv", preadv)
        return waited

    return pretend


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.EOPNOTSUPP])
async def test_bytes_outside_the_page_cache_are_read_in_a_thread(
    storage: LocalStorage,
    library: Path,
    uncached: Callable[[OSError], list[int]],
    code: int,
) -> None:
    waited = uncached(OSError(code, os.strerror(code)))
    assert await content(storage, library / "Season 01" / "film.mkv") == b"inside"
    assert waited == [0]


async def test_a_disk_error_is_reported_as_such(
    storage: LocalStorage, library: Path, uncached: Callable[[OSError], list[int]]
) -> None:
    uncached(OSError(errno.EIO, os.strerror(errno.EIO)))
    reader = await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))
    with pytest.raises(StorageUnavailable, match="Input/output error"):
        await reader.read(0, 10)
    await reader.close()


async def test_a_file_closed_during_a_read_stays_open_until_the_thread_is_done(
    storage: LocalStorage, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, finish = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    real: Read = os.preadv
    results: list[int] = []

    def slow(descriptor: int, buffers: Any, offset: int, flags: int = 0) -> int:
        if flags:
            raise BlockingIOError
        loop.call_soon_threadsafe(started.set)
        asyncio.run_coroutine_threadsafe(finish.wait(), loop).result(30)
        results.append(real(descriptor, buffers, offset))
        loop.call_soon_threadsafe(started.set)
        return results[0]

    monkeypatch.setattr(os, "preadv", slow)
    reader = await storage.open(os.fsencode(library / "Season 01" / "film.mkv"))
    reading = asyncio.create_task(reader.read(0, 6))
    await started.wait()
    reading.cancel()
    await asyncio.wait([reading])
    await reader.close()
    started.clear()
    finish.set()
    await started.wait()
    assert results == [6]
