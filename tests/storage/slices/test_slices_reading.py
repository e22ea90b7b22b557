"""Readers through the slice cache: exact bytes, each fetched once, and no more than is needed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.far import MIB, FarStorage, cache_at, film, read_range, slice_files

from shadow.storage.errors import ObjectChanged, ObjectMissing, StorageUnavailable
from shadow.storage.ports import Reader
from shadow.storage.slices.cache import SliceCache
from shadow.storage.slices.layout import BLOCK, SLICE
from shadow.storage.slices.objects import AHEAD
from shadow.storage.slices.runs import Gathered

KEY = b"films/nosferatu.mkv"
KIB = 1024


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[SliceCache]:
    async with cache_at(tmp_path / "slices") as opened:
        yield opened


@pytest.fixture
def far() -> FarStorage:
    return FarStorage()


async def opened(cache: SliceCache, far: FarStorage) -> Reader:
    return await cache.open_from(far, "far", KEY)


async def settled(far: FarStorage) -> None:
    """Wait until nothing has been sent for a while."""
    sent = -1
    while sent != far.sent:
        sent = far.sent
        await asyncio.sleep(0.1)


@given(
    size=st.sampled_from([1, BLOCK - 1, BLOCK, BLOCK + 1, SLICE, SLICE + 1, 3 * SLICE - 7]),
    ranges=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 400_000)), min_size=1, max_size=8),
    chunk=st.sampled_from([1000, BLOCK, 100_000, SLICE]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_range_is_exact_and_no_block_is_fetched_twice(
    tmp_path_factory: pytest.TempPathFactory,
    size: int,
    ranges: list[tuple[float, int]],
    chunk: int,
) -> None:
    content, far = film(size), FarStorage(chunk=chunk)
    far.hold(KEY, content)
    async with cache_at(tmp_path_factory.mktemp("slices")) as cache:
        reader = await opened(cache, far)
        for place, length in ranges:
            start = min(int(place * size), size - 1)
            stop = min(start + length, size)
            assert await read_range(reader, start, stop, 64 * KIB) == content[start:stop]
        assert not await reader.read(size, 10)
        await settled(far)
        assert far.sent <= size
        await reader.close()


@given(cuts=st.lists(st.integers(1, 3 * BLOCK), max_size=12), size=st.integers(1, 5 * BLOCK))
@settings(deadline=None)
def test_what_comes_off_a_network_is_cut_into_whole_blocks(cuts: list[int], size: int) -> None:
    content = film(size)
    gathered, kept, at = Gathered(0, size), bytearray(), 0
    for length in [*cuts, size]:
        for piece in gathered.add(content[at : at + length] + b"too much" * (at + length >= size)):
            assert gathered.at % BLOCK == 0
            assert len(piece) % BLOCK == 0 or gathered.at + len(piece) == size
            kept += piece
            gathered.at += len(piece)
        at += length
        if at >= size:
            break
    assert kept == content


async def test_a_film_read_through_is_fetched_once_and_then_never_again(
    cache: SliceCache, far: FarStorage, tmp_path: Path
) -> None:
    content = film(20 * MIB + 12345)
    far.hold(KEY, content)
    for _ in range(2):
        reader = await opened(cache, far)
        assert await read_range(reader, 0, len(content)) == content
        await reader.close()
    assert far.sent == len(content)
    assert len(slice_files(tmp_path / "slices")) == 21


async def test_a_seek_costs_about_what_it_asks_for(cache: SliceCache, far: FarStorage) -> None:
    content, random = film(24 * MIB), Random(7)
    far.hold(KEY, content)
    served = 0
    for _ in range(40):
        start, before = random.randrange(len(content) - 64 * KIB), far.sent
        reader = await opened(cache, far)
        assert await read_range(reader, start, start + 64 * KIB) == content[start:][: 64 * KIB]
        await reader.close()
        assert far.sent - before < 128 * KIB
        served += 64 * KIB
    await settled(far)
    assert far.sent <= 2 * served


async def test_reading_ahead_grows_with_reading_on_and_is_bounded(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(60 * MIB)
    far.hold(KEY, content)
    reader = await opened(cache, far)
    at, ahead = 5 * MIB, []
    for stop in (5 * MIB + 128 * KIB, 5 * MIB + 512 * KIB, 7 * MIB, 12 * MIB, 30 * MIB):
        await read_range(reader, at, stop)
        await settled(far)
        at = stop
        ahead.append(5 * MIB + far.sent - stop)
    assert ahead[0] == 0
    assert ahead == sorted(ahead)
    assert MIB < ahead[-1] <= AHEAD
    assert far.sent <= 25 * MIB + AHEAD
    await reader.close()
    assert far.streams == 0


async def test_reading_ahead_stops_soon_after_the_viewer_leaves(
    cache: SliceCache, far: FarStorage
) -> None:
    far.hold(KEY, film(40 * MIB))
    reader = await opened(cache, far)
    await read_range(reader, 0, 10 * MIB)
    await settled(far)
    far.gate = asyncio.Event()
    await read_range(reader, 10 * MIB, 16 * MIB)
    while not far.streams:
        await asyncio.sleep(0.01)
    await reader.close()
    while far.streams:  # the test's time limit is the other outcome
        await asyncio.sleep(0.05)
    far.gate = None
    assert far.sent < 30 * MIB


async def test_the_next_request_of_a_player_reads_ahead_at_once(
    cache: SliceCache, far: FarStorage
) -> None:
    far.hold(KEY, film(30 * MIB))
    first = await opened(cache, far)
    await read_range(first, 0, 4 * MIB)
    await first.close()
    await settled(far)
    second = await opened(cache, far)
    await read_range(second, 4 * MIB, 4 * MIB + 128 * KIB)
    await settled(far)
    assert far.sent > 7 * MIB
    await second.close()


async def test_fifty_viewers_of_one_film_fetch_it_once(cache: SliceCache, far: FarStorage) -> None:
    content = film(6 * MIB)
    far.hold(KEY, content)

    async def view(number: int) -> None:
        await asyncio.sleep(number * 0.002)
        reader = await opened(cache, far)
        assert await read_range(reader, 0, len(content)) == content
        await reader.close()

    await asyncio.gather(*(view(number) for number in range(50)))
    assert far.sent <= 1.02 * len(content)
    assert far.looks <= 3


async def test_viewers_at_different_places_do_not_fetch_anything_twice(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(24 * MIB)
    far.hold(KEY, content)

    async def view(start: int) -> None:
        reader = await opened(cache, far)
        assert await read_range(reader, start, len(content)) == content[start:]
        await reader.close()

    await asyncio.gather(*(view(start * MIB + 777) for start in (0, 3, 9, 9, 16, 23)))
    assert far.sent <= 1.02 * len(content)


async def test_waiters_share_one_fetch_and_one_that_gives_up_harms_nobody(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(MIB)
    far.hold(KEY, content)
    far.gate = asyncio.Event()
    readers = [await opened(cache, far) for _ in range(20)]
    reads = [asyncio.create_task(one.read(100, 50_000)) for one in readers]
    while not far.streams:
        await asyncio.sleep(0.01)
    reads[0].cancel()
    await asyncio.sleep(0)
    far.gate.set()
    got = await asyncio.gather(*reads, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert all(bytes(one) == content[100:50_100] for one in got[1:])  # type: ignore[arg-type] none failed
    assert far.sent == 64 * KIB
    assert len(far.asked) == 1
    for one in readers:
        await one.close()


async def test_a_far_seek_does_not_wait_for_what_lies_between(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(40 * MIB)
    far.hold(KEY, content)
    reader = await opened(cache, far)
    await read_range(reader, 0, 12 * MIB)
    await settled(far)
    ahead = far.sent
    far.gate = asyncio.Event()
    await read_range(reader, 12 * MIB, 18 * MIB)  # has more fetched, which the gate holds back
    while not far.streams:
        await asyncio.sleep(0.01)
    start, stop = max(
        (one for one in far.asked if one[0] >= ahead), key=lambda one: one[1] - one[0]
    )
    place = start + SLICE + 8 * BLOCK
    assert place + 64 * KIB <= stop
    seeking = asyncio.create_task(reader.read(place, 64 * KIB))
    while (place, place + 64 * KIB) not in far.asked:
        await asyncio.sleep(0.01)
    far.gate.set()
    assert bytes(await seeking) == content[place:][: 64 * KIB]
    await reader.close()


async def test_an_error_reaches_all_who_wait_and_is_not_kept(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(MIB)
    far.hold(KEY, content)
    far.gate = asyncio.Event()
    readers = [await opened(cache, far) for _ in range(5)]
    reads = [asyncio.create_task(one.read(0, 1000)) for one in readers]
    while not far.streams:
        await asyncio.sleep(0.01)
    far.failure = StorageUnavailable("It does not answer.")
    far.gate.set()
    got = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(one) for one in got] == [StorageUnavailable] * 5
    far.failure = None
    for one in readers:
        assert bytes(await one.read(0, 1000)) == content[:1000]
        await one.close()


async def test_an_unexpected_error_is_one_that_readers_can_go_on_from(
    cache: SliceCache, far: FarStorage
) -> None:
    far.hold(KEY, film(1000))
    far.failure = ZeroDivisionError()
    reader = await opened(cache, far)
    with pytest.raises(StorageUnavailable):
        await reader.read(0, 10)
    await reader.close()


async def test_an_answer_that_ends_early_is_an_error_and_never_a_short_file(
    cache: SliceCache, far: FarStorage
) -> None:
    content = film(200_000)
    far.hold(KEY, content)
    far.short = 10
    reader = await opened(cache, far)
    with pytest.raises(StorageUnavailable):
        await read_range(reader, 0, len(content))
    far.short = 0
    assert await read_range(reader, 0, len(content)) == content
    await reader.close()


async def test_versions_of_an_object_are_never_mixed(cache: SliceCache, far: FarStorage) -> None:
    old, new = film(3 * MIB, seed=1), film(3 * MIB, seed=2)
    far.hold(KEY, old)
    before = cache.open("far", KEY, *await far.ranged(KEY))
    assert await read_range(before, 0, MIB // 2) == old[: MIB // 2]
    await settled(far)
    far.hold(KEY, new)
    after = cache.open("far", KEY, *await far.ranged(KEY))
    assert after.facts != before.facts
    assert await read_range(after, 0, len(new)) == new
    with pytest.raises(ObjectChanged):
        await read_range(before, 2 * MIB, 3 * MIB)
    await before.close()
    await after.close()


async def test_an_object_whose_versions_cannot_be_told_apart_is_not_kept(
    tmp_path: Path, cache: SliceCache, far: FarStorage
) -> None:
    far._mtime = -1
    far.hold(KEY, film(MIB))
    reader = await opened(cache, far)
    assert await read_range(reader, 0, MIB) == film(MIB)
    await reader.close()
    assert slice_files(tmp_path / "slices") == []


async def test_opening_asks_once_for_many_and_again_after_a_failure(
    cache: SliceCache, far: FarStorage
) -> None:
    with pytest.raises(ObjectMissing):
        await opened(cache, far)
    far.hold(KEY, film(10))
    readers = await asyncio.gather(*(opened(cache, far) for _ in range(20)))
    assert far.looks == 2
    for one in readers:
        await one.close()


async def test_after_the_cache_is_closed_nothing_is_fetched(
    tmp_path: Path, far: FarStorage
) -> None:
    far.hold(KEY, film(MIB))
    far.gate = asyncio.Event()
    async with cache_at(tmp_path / "slices") as cache:
        reader = await opened(cache, far)
        reading = asyncio.create_task(reader.read(0, 10))
        while not far.streams:
            await asyncio.sleep(0.01)
    assert far.streams == 0
    with pytest.raises(StorageUnavailable):
        await reading
