"""Files of our own in the managed folder: links in the way, full disks, files taken as they are."""

import asyncio
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.storages import blocks, local_storage

from shadow.ingest.models import LibraryFolder
from shadow.plugins.storage_local import writing
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.runtime.context import Runtime
from shadow.storage.errors import (
    ObjectExists,
    ObjectMissing,
    ObjectOutside,
    StorageFull,
    StorageUnavailable,
)
from shadow.storage.ports import LocalPaths, TakesFiles
from shadow.storage.service import managed_root

NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def storage(tmp_path: Path, root: Path) -> Iterator[LocalStorage]:
    (tmp_path / "elsewhere").mkdir()
    made = local_storage(root, managed=root)
    yield made
    made.close()


@pytest.fixture(params=["unnamed", "named"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without file systems that take files without a name."""
    if request.param == "named":
        monkeypatch.setattr(writing, "_UNNAMED", None)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("either_way")
async def test_a_file_lies_under_its_name_with_nothing_beside_it(
    storage: LocalStorage, root: Path
) -> None:
    stored = await storage.put(NAME, blocks(b"12345"), size=5)
    assert stored.key == os.fsencode(root / NAME)
    assert (root / NAME).read_bytes() == b"12345"
    assert files_below(root) == [NAME]


@pytest.mark.usefixtures("either_way")
async def test_what_fails_leaves_no_file(storage: LocalStorage, root: Path) -> None:
    await storage.put(NAME, blocks(b"old"), size=3)
    with pytest.raises(ObjectExists):
        await storage.put(NAME, blocks(b"new"), size=3)
    contents = [storage.put("Films/x.mkv", blocks(bytes([n]) * 900_000)) for n in range(5)]
    ended = await asyncio.gather(*contents, return_exceptions=True)
    assert [type(one) for one in ended].count(ObjectExists) == 4
    assert files_below(root) == sorted([NAME, "Films/x.mkv"])


async def test_what_a_killed_process_left_is_swept_and_what_is_being_written_is_not(
    storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_UNNAMED", None)
    root.mkdir()
    (root / ".shadow-0011.part").write_bytes(b"left")
    going_on, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> Any:
        yield b"1"
        going_on.set()
        await go_on.wait()
        yield b"2"

    writing_one = asyncio.create_task(storage.put("one.mkv", slow()))
    await going_on.wait()
    await storage.put("two.mkv", blocks(b"2"))
    assert not (root / ".shadow-0011.part").exists()
    go_on.set()
    await writing_one
    assert files_below(root) == ["one.mkv", "two.mkv"]


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("link", ["Films", "Films/Nosferatu (1922)"])
async def test_a_link_in_the_managed_folder_is_not_written_through(
    storage: LocalStorage, root: Path, link: str
) -> None:
    elsewhere = root.parent / "elsewhere"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)
    with pytest.raises(ObjectOutside):
        await storage.put(NAME, blocks(b"1"), size=1)
    with pytest.raises(ObjectOutside):
        await storage.find(NAME)
    with pytest.raises(ObjectOutside):
        await storage.take(_file(root.parent / "film"), NAME)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("target", ["elsewhere/film", "elsewhere"])
async def test_a_link_under_the_name_itself_is_left_alone(
    storage: LocalStorage, root: Path, target: str
) -> None:
    root.mkdir()
    (root / "film.mkv").symlink_to(root.parent / target)
    with pytest.raises(ObjectExists):
        await storage.put("film.mkv", blocks(b"1"), size=1)
    with pytest.raises(ObjectExists):
        await storage.take(_file(root.parent / "new"), "film.mkv")
    assert await storage.find("film.mkv") is None
    assert list((root.parent / "elsewhere").iterdir()) == []


async def test_a_file_where_a_folder_is_needed_and_a_folder_where_a_file_is(
    storage: LocalStorage, root: Path
) -> None:
    await storage.put("Films", blocks(b"1"), size=1)
    with pytest.raises(ObjectExists):
        await storage.put("Films/film.mkv", blocks(b"1"), size=1)
    assert await storage.find("Films/film.mkv") is None
    (root / "Shows").mkdir()
    with pytest.raises(ObjectExists):
        await storage.put("Shows", blocks(b"1"), size=1)


async def test_the_managed_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "disk")
    storage = local_storage(tmp_path, managed=tmp_path / "store")
    stored = await storage.put("film.mkv", blocks(b"1"), size=1)
    assert await storage.stat(stored.key) == stored.facts
    assert (tmp_path / "disk" / "film.mkv").read_bytes() == b"1"
    storage.close()


async def test_an_object_larger_than_the_disk_is_refused_before_it_is_written(
    storage: LocalStorage, root: Path
) -> None:
    taken: list[bytes] = []

    async def content() -> Any:
        taken.append(b"1")
        yield b"1"

    with pytest.raises(StorageFull):
        await storage.put(NAME, content(), size=1 << 60)
    assert taken == []
    assert files_below(root) == []


_FULL = """
import asyncio, resource, sys
from pathlib import Path
from shadow.plugins.storage_local import writing
from shadow.storage.errors import StorageFull
from tests.support.storages import blocks, local_storage
if sys.argv[2] == "named":
    writing._UNNAMED = None
storage = local_storage(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    asyncio.run(storage.put("a/film.mkv", blocks(bytes(5_000_000))))
except StorageFull:
    print("full")
asyncio.run(storage.put("a/small.mkv", blocks(bytes(2_000_000))))
"""


@pytest.mark.parametrize("way", ["unnamed", "named"])
def test_a_disk_that_is_full_in_the_middle_keeps_nothing(tmp_path: Path, way: str) -> None:
    assert resource.RLIMIT_FSIZE is not None
    project = Path(__file__).resolve().parents[2]
    run = [sys.executable, "-c", _FULL, str(tmp_path), way]
    done = subprocess.run(run, cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout == "full\n"
    assert files_below(tmp_path) == ["store/a/small.mkv"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, StorageUnavailable),
        (errno.EROFS, StorageUnavailable),
    ],
)
async def test_what_the_disk_says_when_all_is_written_counts_too(
    storage: LocalStorage,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    error: type[Exception],
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    root.mkdir()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error):
        await storage.put("film.mkv", blocks(b"1"), size=1)
    assert files_below(root) == []


def _file(path: Path, content: bytes = b"taken") -> Path:
    path.write_bytes(content)
    return path


async def test_a_file_of_the_same_disk_is_taken_without_a_copy(
    storage: LocalStorage, root: Path
) -> None:
    assert isinstance(storage, TakesFiles)
    film = _file(root.parent / "film")
    inode = film.stat().st_ino
    stored = await storage.take(film, NAME)
    assert stored is not None
    assert await storage.find(NAME) == stored
    film.unlink()
    assert (root / NAME).stat().st_ino == inode
    assert (root / NAME).read_bytes() == b"taken"
    with pytest.raises(ObjectExists):
        await storage.take(_file(film), NAME)


async def test_a_link_a_folder_and_nothing_are_not_taken(storage: LocalStorage, root: Path) -> None:
    place = root.parent
    (place / "link").symlink_to(_file(place / "film"))
    (place / "folder").mkdir()
    for name in ("link", "folder", "nothing"):
        with pytest.raises(ObjectMissing):
            await storage.take(place / name, NAME)
    assert files_below(root) == []


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
async def test_a_file_that_cannot_be_linked_is_left_to_be_copied(
    storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(*_given: Any, **_options: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    assert await storage.take(_file(root.parent / "film"), NAME) is None


async def test_deleting_removes_folders_of_ours_that_are_empty_then(
    storage: LocalStorage, root: Path
) -> None:
    one = await storage.put("Shows/A/S01/1.mkv", blocks(b"1"))
    two = await storage.put("Shows/A/S02/1.mkv", blocks(b"1"))
    await storage.delete(one.key)
    assert sorted(path.name for path in (root / "Shows" / "A").iterdir()) == ["S02"]
    await storage.delete(two.key)
    assert list(root.iterdir()) == []


async def test_deleting_outside_the_library_is_refused(storage: LocalStorage, root: Path) -> None:
    secret = _file(root.parent / "secret")
    root.mkdir()
    (root / "out").symlink_to(root.parent)
    for key in (secret, root / ".." / "secret", root / "out" / "secret", Path("/"), root):
        with pytest.raises(ObjectOutside):
            await storage.delete(os.fsencode(key))
    assert secret.exists()


async def test_deleting_a_link_leaves_what_it_leads_to(storage: LocalStorage, root: Path) -> None:
    root.mkdir()
    (root / "link.mkv").symlink_to(_file(root.parent / "film"))
    await storage.delete(os.fsencode(root / "link.mkv"))
    assert not (root / "link.mkv").is_symlink()
    assert (root.parent / "film").exists()


async def test_programs_may_open_what_lies_in_the_library_by_path(
    storage: LocalStorage, root: Path
) -> None:
    assert isinstance(storage, LocalPaths)
    stored = await storage.put(NAME, blocks(b"1"))
    assert storage.path_of(stored.key) == root / NAME
    assert storage.path_of(os.fsencode(root / ".." / "elsewhere" / "film")) is None
    assert storage.path_of(b"/etc/passwd") is None


async def test_the_managed_folder_becomes_a_library_folder_with_the_first_file(
    runtime: Runtime,
) -> None:
    async def folders() -> list[bytes]:
        async with runtime.database.session() as session:
            return list(await session.scalars(select(LibraryFolder.path)))

    assert await folders() == []
    local = runtime.plugins.get("storage", "local")
    await asyncio.gather(
        local.put("a.mkv", blocks(b"1")), local.put("b.mkv", blocks(b"22")), local.find("c.mkv")
    )
    assert await folders() == [os.fsencode(managed_root(runtime))]
    assert managed_root(runtime) == runtime.settings.core.data_dir / "store"
    facts = await local.stat(os.fsencode(managed_root(runtime) / "b.mkv"))
    assert facts.size == 2


class TestInTheLibraryAlready:
    @pytest.fixture
    def given_settings(self, tmp_path: Path) -> dict[str, Any]:
        (tmp_path / "library").mkdir()
        return {
            "library": {"paths": str(tmp_path / "library"), "watch": False},
            "storage": {"local_root": str(tmp_path / "library" / "new")},
        }

    async def test_a_managed_folder_within_a_library_folder_is_none_of_its_own(
        self, runtime: Runtime, tmp_path: Path
    ) -> None:
        async with runtime.database.transaction() as session:
            path = os.fsencode(tmp_path / "library")
            session.add(LibraryFolder(path=path, shown_path="", added_at=runtime.clock()))
        local = runtime.plugins.get("storage", "local")
        stored = await local.put("film.mkv", blocks(b"1"))
        assert stored.key == os.fsencode(tmp_path / "library" / "new" / "film.mkv")
        assert (await local.stat(stored.key)) == stored.facts
        async with runtime.database.session() as session:
            assert len(list(await session.scalars(select(LibraryFolder)))) == 1
