"""What is kept on the disk: never too much, never wrong, and what is watched longest."""

import asyncio
import fcntl
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.far import (
    MIB,
    FarStorage,
    bytes_on_disk,
    cache_at,
    film,
    read_range,
    slice_files,
)

from shadow.storage.errors import ObjectMissing
from shadow.storage.ports import ObjectFacts
from shadow.storage.slices.cache import SliceCache
from shadow.storage.slices.index import SliceIndex
from shadow.storage.slices.layout import FULL, HEAD, SLICE, Version
from shadow.storage.slices.metrics import DAMAGED
from shadow.storage.slices.store import SliceStore

SLACK = 1 * FULL


async def view(cache: SliceCache, far: FarStorage, key: bytes) -> int:
    """Read an object, compare every byte, and return how much of it had to be fetched."""
    before = far.sent
    content = far.objects[key][0]
    reader = await cache.open_from(far, "far", key)
    assert await read_range(reader, 0, len(content)) == content
    await reader.close()
    return far.sent - before


@pytest.fixture
def far() -> FarStorage:
    far = FarStorage()
    for number in range(6):
        far.hold(b"%d" % number, film(6 * MIB, seed=number))
    return far


async def test_the_limit_holds_and_the_longest_unused_goes_first(
    tmp_path: Path, far: FarStorage
) -> None:
    async with cache_at(tmp_path, limit=13 * FULL) as cache:
        for key in (b"0", b"1", b"2"):
            assert await view(cache, far, key) == 6 * MIB
            assert bytes_on_disk(tmp_path) <= 13 * FULL + SLACK
            assert (await cache.stats()).bytes <= 13 * FULL
        assert await view(cache, far, b"2") == 0
        assert await view(cache, far, b"1") == 0
        assert await view(cache, far, b"0") >= 5 * MIB


async def test_what_is_watched_again_outlives_what_is_looked_at_once(
    tmp_path: Path, far: FarStorage
) -> None:
    now = [1_000_000.0]
    async with cache_at(tmp_path, limit=16 * FULL, now=lambda: now[0]) as cache:
        await view(cache, far, b"0")
        now[0] += 100
        assert await view(cache, far, b"0") == 0
        for key in (b"1", b"2", b"3", b"4"):  # one pass over far more than fits
            now[0] += 100
            await view(cache, far, key)
        now[0] += 100
        assert await view(cache, far, b"0") == 0
        assert await view(cache, far, b"1") == 6 * MIB


async def test_what_is_kept_gives_way_once_it_is_too_much(tmp_path: Path, far: FarStorage) -> None:
    now = [1_000_000.0]
    async with cache_at(tmp_path, limit=16 * FULL, now=lambda: now[0]) as cache:
        for key in (b"0", b"1", b"2", b"3"):
            await view(cache, far, key)
            now[0] += 100
            await view(cache, far, key)
            now[0] += 100
        assert await view(cache, far, b"3") == 0
        assert await view(cache, far, b"0") == 6 * MIB


async def test_a_restart_keeps_the_slices(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    async with cache_at(tmp_path) as cache:
        assert await view(cache, far, b"0") == 0


async def test_a_restart_with_a_lower_limit_shrinks_to_it(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path) as cache:
        for key in (b"0", b"1", b"2"):
            await view(cache, far, key)
    async with cache_at(tmp_path, limit=7 * FULL) as cache:
        cache.start()
        assert (await cache.stats()).bytes <= 7 * FULL
        assert bytes_on_disk(tmp_path) <= 7 * FULL
        assert await view(cache, far, b"2") == 0


async def test_a_slice_counts_by_what_is_in_it(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", b"0")
        for at in (0, 3 * MIB, 3 * MIB + SLICE // 2):
            await reader.read(at, 30_000)
        await reader.close()
        assert (
            await cache.stats() == (2, 2 * HEAD + 3 * 32768, 256 * MIB)
            or (await cache.stats()).bytes == 2 * HEAD + 3 * 32768
        )
        assert bytes_on_disk(tmp_path) <= 2 * HEAD + 3 * 32768


@pytest.mark.parametrize("harm", ["bits", "zeros", "cut", "emptied", "table", "swapped"])
async def test_damaged_files_are_fetched_again_and_never_served(
    tmp_path: Path, far: FarStorage, harm: str
) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    spoil(slice_files(tmp_path), harm)
    damaged = DAMAGED._value.get()
    async with cache_at(tmp_path) as cache:
        fetched = await view(cache, far, b"0")
        assert 0 < fetched <= 2 * MIB
        assert await view(cache, far, b"0") == 0
    assert (DAMAGED._value.get() > damaged) == (harm not in ("emptied", "table"))


def spoil(files: list[Path], harm: str) -> None:
    one, other = files[1], files[4]
    whole = bytearray(one.read_bytes())
    match harm:
        case "bits":
            whole[HEAD + 400_000] ^= 4
            one.write_bytes(whole)
        case "zeros":
            whole[HEAD + 32768 : HEAD + 65536] = bytes(32768)
            one.write_bytes(whole)
        case "cut":
            one.write_bytes(whole[:700_000])
        case "emptied":
            one.write_bytes(b"")
        case "table":
            one.write_bytes(bytes(HEAD) + whole[HEAD:])
        case _:
            one.write_bytes(other.read_bytes())
            other.write_bytes(whole)


async def test_damage_under_an_open_reader_is_noticed(tmp_path: Path, far: FarStorage) -> None:
    content = far.objects[b"0"][0]
    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", b"0")
        assert await read_range(reader, 0, MIB) == content[:MIB]
        for path in slice_files(tmp_path):
            with path.open("r+b") as file:
                file.seek(HEAD + 100)
                file.write(b"something else")
        assert await read_range(reader, 0, MIB) == content[:MIB]
        await reader.close()


async def test_a_slice_that_gave_way_to_its_own_rest_is_made_anew(tmp_path: Path) -> None:
    store = SliceStore(SliceIndex(tmp_path, limit=FULL + FULL // 2 + 2 * HEAD, spare=0))
    half, whole = SLICE // 2, SLICE
    first, other = (Version("far", key, ObjectFacts(whole, 1)) for key in (b"a", b"b"))
    held = await store.look(first, 0)
    for version, start, stop in ((first, 0, half), (other, 0, whole), (first, half, whole)):
        claim = await store.claim(version, start, stop, anyway=False)
        held = held or claim.files[0]  # as who reads it has it
        await store.write(claim, start, memoryview(bytes(stop - start)))
        claim.release()
    found = await store.look(first, 0)
    assert found is not None
    assert len(await store.read(found, half, whole)) == half
    await store.close()


async def test_what_another_account_wrote_is_never_served(
    tmp_path: Path, far: FarStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    async with cache_at(tmp_path) as cache:
        assert await view(cache, far, b"0") == 6 * MIB


@pytest.mark.parametrize("lost", ["gone", "garbage"])
async def test_a_lost_index_is_begun_anew_without_orphans(
    tmp_path: Path, far: FarStorage, lost: str
) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink() if lost == "gone" else path.write_bytes(b"garbage" * 1000)
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"1")
    async with cache_at(tmp_path) as cache:
        assert await view(cache, far, b"1") <= 6 * MIB
        assert (await cache.stats()).bytes >= bytes_on_disk(tmp_path)


async def test_a_file_that_the_index_does_not_know_is_swept_away(
    tmp_path: Path, far: FarStorage
) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    stray = tmp_path / "ab" / f"{'ab' * 16}-{'cd' * 16}-3"
    stray.write_bytes(bytes(MIB))
    async with cache_at(tmp_path) as cache:
        cache.start()
        async with asyncio.timeout(60):
            while stray.exists():
                await asyncio.sleep(0.01)
        assert await view(cache, far, b"0") == 0


async def test_files_that_are_no_slices_are_left_alone(tmp_path: Path, far: FarStorage) -> None:
    names = (
        "tv/The-Long-Film-1.mkv",
        "ab/abcd-ef-1",
        f"ab/{'cd' * 16}-{'cd' * 16}-3",
        f"TV/{'ab' * 16}-{'cd' * 16}-3",
    )
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    SliceIndex(tmp_path, limit=256 * MIB, spare=0).sweep()
    assert [name for name in names if not (tmp_path / name).exists()] == []


async def test_nobody_waits_until_all_files_are_swept(
    tmp_path: Path, far: FarStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cache_at(tmp_path) as cache:
        await view(cache, far, b"0")
    swept = threading.Event()
    monkeypatch.setattr(SliceIndex, "sweep", lambda self: swept.wait(30))
    async with cache_at(tmp_path) as cache:
        cache.start()
        assert await view(cache, far, b"1") == 6 * MIB
        assert not swept.is_set()
        swept.set()


def test_a_sweep_ends_when_the_index_is_closed(tmp_path: Path) -> None:
    index = SliceIndex(tmp_path, limit=256 * MIB, spare=0)
    index.sizes()
    index.close()
    stray = tmp_path / "ab" / f"{'ab' * 16}-{'cd' * 16}-3"
    stray.write_bytes(b"")
    index.sweep()
    assert stray.exists()


async def test_a_deleted_object_is_purged_for_good(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path) as here, cache_at(tmp_path) as there:
        await view(here, far, b"0")
        await view(there, far, b"1")
        readers = [await one.open_from(far, "far", b"0") for one in (here, there)]
        for one in readers:
            assert await one.read(0, 1000)
        del far.objects[b"0"]
        await here.purge("far", b"0")
        assert len(slice_files(tmp_path)) == 6
        for one in readers:
            with pytest.raises(ObjectMissing):
                await one.read(2 * MIB, 1000)
            await one.close()
        with pytest.raises(ObjectMissing):
            await here.open_from(far, "far", b"0")
        assert await view(here, far, b"1") == 0


async def test_without_a_limit_nothing_is_kept(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path / "slices", limit=0) as cache:
        for _ in range(2):
            assert await view(cache, far, b"0") == 6 * MIB
        await cache.purge("far", b"0")
    assert not (tmp_path / "slices").exists()


async def test_room_is_left_on_the_disk(tmp_path: Path, far: FarStorage) -> None:
    free = shutil.disk_usage(tmp_path).free
    cache = SliceCache(tmp_path, limit=256 * MIB, spare=free + (64 << 30))
    assert await view(cache, far, b"0") == 6 * MIB
    assert slice_files(tmp_path) == []
    await cache.close()


async def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, far: FarStorage
) -> None:
    (tmp_path / "file").write_bytes(b"")
    async with cache_at(tmp_path / "file" / "slices") as cache:
        assert await view(cache, far, b"0") >= 6 * MIB


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_is_done_without(tiny_disk: Path, far: FarStorage) -> None:
    async with cache_at(tiny_disk) as cache:
        for key in (b"0", b"1"):
            assert await view(cache, far, key) >= 6 * MIB
        (tiny_disk / "others").write_bytes(bytes(shutil.disk_usage(tiny_disk).free))
        assert await view(cache, far, b"0") >= 1 * MIB


async def test_other_processes_may_be_at_the_index(tmp_path: Path, far: FarStorage) -> None:
    index = SliceIndex(tmp_path, limit=256 * MIB, spare=0)
    assert index.sizes() == (0, 0)
    other = sqlite3.connect(tmp_path / "index.sqlite")
    other.execute("BEGIN")
    other.execute("SELECT * FROM slices").fetchall()
    async with cache_at(tmp_path) as cache:
        assert await view(cache, far, b"0") == 6 * MIB
        assert await view(cache, far, b"0") == 0
    other.close()
    index.close()


async def test_what_comes_back_soon_after_it_had_to_go_is_kept(
    tmp_path: Path, far: FarStorage
) -> None:
    now = [1_000_000.0]
    async with cache_at(tmp_path, limit=16 * FULL, now=lambda: now[0]) as cache:
        for key in (b"0", b"1", b"2", b"3", b"0", b"4", b"5"):
            now[0] += 100
            await view(cache, far, key)
        assert await view(cache, far, b"0") == 0


async def test_evicted_slices_do_not_stay_open(tmp_path: Path, far: FarStorage) -> None:
    async with cache_at(tmp_path, limit=8 * FULL) as cache:
        readers = [await cache.open_from(far, "far", b"%d" % number) for number in range(4)]
        for reader in readers:
            await read_range(reader, 0, 6 * MIB)
        assert open_files(tmp_path) <= 9
        for reader in readers:
            await reader.close()
        while open_files(tmp_path):  # until what was on its way is given up
            await asyncio.sleep(0.05)


def open_files(folder: Path) -> int:
    """Return how many slices this process has open."""
    count = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            count += str(one.readlink()).startswith(f"{folder}/") and "index" not in str(
                one.readlink()
            )
    return count


async def test_no_slice_can_be_had_while_it_is_being_closed(
    tmp_path: Path, far: FarStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing, close = [], os.close

    def looked_at(number: int) -> None:
        closing.append(len(cache._store._files))
        close(number)

    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", b"0")
        await reader.read(0, 1000)
        monkeypatch.setattr("shadow.storage.slices.layout.os.close", looked_at)
        await reader.close()
        while not closing:
            await asyncio.sleep(0.01)
    assert not any(closing)


def test_one_process_at_a_time_opens_the_index(tmp_path: Path) -> None:
    index = SliceIndex(tmp_path, limit=FULL, spare=0)
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(index.trim)
        assert wait([opening], timeout=0.3).not_done
        assert not (tmp_path / "index.sqlite").exists()
        os.close(other)
        opening.result(30)
    index.close()
    assert (tmp_path / "index.sqlite").exists()
