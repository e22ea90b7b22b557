"""The segment cache: whole or not at all, bounded, and shared by processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shadow.hls import cache as cache_module
from shadow.hls.cache import Kept, SegmentCache
from shadow.hls.sending import open_kept

LIMIT = 100_000
MAKE_HALF = """
import sys, time
from pathlib import Path
from shadow.hls.cache import SegmentCache
cache = SegmentCache(Path(sys.argv[1]), 100_000)
with cache.claim(sys.argv[2]) as part:
    part.write_bytes(b"half")
    print("claimed", flush=True)
    time.sleep(600)
"""


def key(number: int) -> str:
    return f"{number:040x}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def opened(folder: Path, limit: int = LIMIT) -> SegmentCache:
    cache = SegmentCache(folder, limit)
    cache.prepare()
    return cache


async def put(cache: SegmentCache, number: int, content: bytes) -> Kept:
    with cache.claim(key(number)) as part:
        assert part is not None
        part.write_bytes(content)
        return await cache.keep(key(number), part, len(content))


def stored(folder: Path) -> list[Path]:
    return sorted(one for one in (folder / "segments").rglob("*") if one.is_file())


def left_over(folder: Path) -> list[Path]:
    return list((folder / "making").iterdir())


async def test_what_was_kept_is_found_by_this_process_and_by_another(folder: Path) -> None:
    first, second = opened(folder), opened(folder)

    kept = await put(first, 1, b"segment")

    assert first.find(key(1)) == kept
    assert second.find(key(1)) is None
    found = await second.look(key(1))
    assert found is not None
    assert found.path.read_bytes() == b"segment"
    assert await second.look(key(2)) is None
    assert left_over(folder) == []


async def test_only_one_may_make_a_segment_at_a_time(folder: Path) -> None:
    first, second = opened(folder), opened(folder)

    with first.claim(key(1)) as one, second.claim(key(1)) as two, first.claim(key(1)) as three:
        assert one is not None
        assert two is None
        assert three is None
        with second.claim(key(2)) as other:
            assert other is not None
    with second.claim(key(1)) as after:
        assert after is not None


async def test_what_is_not_kept_leaves_nothing(folder: Path) -> None:
    cache = opened(folder)

    with pytest.raises(RuntimeError, match="encoder"), cache.claim(key(1)) as part:
        assert part is not None
        part.write_bytes(b"half a seg")
        raise RuntimeError("encoder")

    assert await cache.look(key(1)) is None
    assert left_over(folder) == []


async def test_a_segment_shorter_than_its_maker_said_is_not_kept(folder: Path) -> None:
    cache = opened(folder)

    with cache.claim(key(1)) as part:
        assert part is not None
        part.write_bytes(b"short")
        with pytest.raises(ValueError, match="not as long"):
            await cache.keep(key(1), part, 100)

    assert stored(folder) == []
    assert left_over(folder) == []


async def test_a_process_killed_half_way_leaves_nothing_that_is_served(folder: Path) -> None:
    cache = opened(folder)
    with subprocess.Popen(
        [sys.executable, "-c", MAKE_HALF, str(folder), key(7)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "src"},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"claimed\n"
        with cache.claim(key(7)) as part:
            assert part is None
        waiting = asyncio.create_task(cache.settled(key(7)))
        child.send_signal(signal.SIGKILL)

    assert await asyncio.wait_for(waiting, 60) is None
    assert await cache.look(key(7)) is None
    await cache.sweep()
    assert left_over(folder) == []
    kept = await put(cache, 7, b"whole")
    assert kept.path.read_bytes() == b"whole"


async def test_whoever_waits_for_another_gets_what_it_made(folder: Path) -> None:
    first, second = opened(folder), opened(folder)
    with first.claim(key(1)) as part:
        assert part is not None
        waiting = asyncio.create_task(second.settled(key(1)))
        part.write_bytes(b"whole")
        await first.keep(key(1), part, 5)

    found = await asyncio.wait_for(waiting, 60)

    assert found is not None
    assert found.path.read_bytes() == b"whole"


async def test_a_file_whose_length_is_not_its_name_s_is_thrown_away(folder: Path) -> None:
    cache = opened(folder)
    kept = await put(cache, 1, b"segment")
    kept.path.write_bytes(b"seg")  # what a power cut leaves

    assert await opened(folder).look(key(1)) is None
    assert not kept.path.exists()
    kept = await put(cache, 2, b"segment")
    kept.path.write_bytes(b"")

    assert open_kept(kept) is None
    assert not kept.path.exists()


async def test_a_segment_swept_by_another_process_is_noticed(folder: Path) -> None:
    cache = opened(folder)
    kept = await put(cache, 1, b"segment")
    kept.path.unlink()

    assert open_kept(kept) is None
    cache.forget(key(1))
    assert await cache.look(key(1)) is None


async def test_the_cache_stays_under_its_limit_and_the_oldest_go_first(folder: Path) -> None:
    cache = opened(folder)
    for number in range(40):
        kept = await put(cache, number, b"x" * 9_000)
        os.utime(kept.path, (number, number))
        assert sum(one.stat().st_size for one in stored(folder)) <= LIMIT

    there = [number for number in range(40) if await opened(folder).look(key(number))]
    assert there == list(range(40 - len(there), 40))
    assert len(there) >= 5


async def test_two_processes_together_stay_under_the_limit(folder: Path) -> None:
    first, second = opened(folder), opened(folder)

    for number in range(0, 60, 2):
        await put(first, number, b"x" * 3_000)
        await put(second, number + 1, b"x" * 3_000)
        assert sum(one.stat().st_size for one in stored(folder)) <= LIMIT


async def test_what_was_used_lately_outlives_what_was_made_lately(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = opened(folder)
    for number in range(9):
        kept = await put(cache, number, b"x" * 10_000)
        os.utime(kept.path, (number, number))
    monkeypatch.setattr(cache_module, "TOUCH_SECONDS", -1.0)
    assert cache.find(key(0)) is not None

    await put(cache, 9, b"x" * 20_000)

    assert await opened(folder).look(key(0)) is not None
    assert await opened(folder).look(key(1)) is None


async def test_being_used_is_written_down_once_a_minute_at_most(folder: Path) -> None:
    cache = opened(folder)
    kept = await put(cache, 1, b"x")
    os.utime(kept.path, (5, 5))

    for _ in range(3):
        assert cache.find(key(1)) is not None
    assert kept.path.stat().st_mtime == 5

    kept.touched = time.monotonic() - cache_module.TOUCH_SECONDS - 1
    assert cache.find(key(1)) is not None
    assert kept.path.stat().st_mtime > 5


async def test_a_smaller_limit_holds_from_the_next_start_on(folder: Path) -> None:
    cache = opened(folder)
    for number in range(9):
        await put(cache, number, b"x" * 10_000)

    opened(folder, 35_000)

    assert sum(one.stat().st_size for one in stored(folder)) <= 35_000


async def test_room_can_be_made_below_the_limit(folder: Path) -> None:
    cache = opened(folder)
    for number in range(5):
        await put(cache, number, b"x" * 10_000)

    await cache.make_room(25_000)

    assert len(stored(folder)) == 2


async def test_the_cache_leaves_room_on_the_disk_to_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = opened(folder)
    for number in range(5):
        await put(cache, number, b"x" * 10_000)

    monkeypatch.setattr(cache_module, "SPARED_BYTES", 1 << 60)
    await cache.sweep()

    assert sum(one.stat().st_size for one in stored(folder)) <= 45_000
