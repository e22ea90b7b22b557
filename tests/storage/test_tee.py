"""One stream to several sinks: each gets every byte, none harms another, little is held."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

import pytest
from tests.support.storages import blocks, failing

from shadow.storage.errors import StorageFull, StorageUnavailable
from shadow.storage.tee import DEPTH, tee

CONTENT = bytes(range(256)) * 8_000
Sink = Callable[[AsyncIterable[bytes]], Awaitable[bytes]]


async def keep(stream: AsyncIterable[bytes]) -> bytes:
    return b"".join([block async for block in stream])


def failing_after(count: int) -> Sink:
    async def sink(stream: AsyncIterable[bytes]) -> bytes:
        taken = 0
        async for _ in stream:
            taken += 1
            if taken > count:
                break
        raise StorageFull("There is no room for the object.")

    return sink


async def stuck(stream: AsyncIterable[bytes]) -> bytes:
    async for _ in stream:
        await asyncio.Event().wait()
    return b""


@pytest.mark.parametrize("content", [b"", b"1", CONTENT])
async def test_every_sink_gets_every_byte(content: bytes) -> None:
    teed = await tee(blocks(content, 10_000), keep, keep, keep)
    assert teed.main == content
    assert teed.others == (content, content)


@pytest.mark.parametrize("count", [0, 1, 50, 10_000])
async def test_another_sink_that_fails_is_reported_and_harms_nobody(count: int) -> None:
    teed = await tee(blocks(CONTENT, 10_000), keep, failing_after(count), keep)
    assert teed.main == CONTENT
    assert isinstance(teed.others[0], StorageFull)
    assert teed.others[1] == CONTENT


@pytest.mark.parametrize("count", [0, 1, 50, 10_000])
async def test_when_the_main_sink_fails_nobody_keeps_anything(count: int) -> None:
    kept: list[bytes] = []

    async def other(stream: AsyncIterable[bytes]) -> bytes:
        kept.append(await keep(stream))
        return kept[-1]

    with pytest.raises(StorageFull):
        await tee(blocks(CONTENT, 10_000), failing_after(count), other)
    assert kept == []


async def test_when_the_content_fails_nobody_keeps_anything() -> None:
    kept: list[bytes] = []

    async def sink(stream: AsyncIterable[bytes]) -> bytes:
        kept.append(await keep(stream))
        return kept[-1]

    with pytest.raises(ZeroDivisionError):
        await tee(failing([b"1", b"2"], ZeroDivisionError()), sink, sink)
    assert kept == []


async def test_a_sink_that_takes_nothing_is_given_up() -> None:
    teed = await tee(blocks(CONTENT, 10_000), keep, stuck, stall_seconds=0.05)
    assert teed.main == CONTENT
    assert isinstance(teed.others[0], StorageUnavailable)


async def test_a_fast_sink_waits_for_a_slow_one_instead_of_the_bytes_being_held() -> None:
    asked = taken = most = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal asked
        for _ in range(100):
            asked += 1
            yield b"x"

    async def slow(stream: AsyncIterable[bytes]) -> bytes:
        nonlocal taken, most
        async for _ in stream:
            await asyncio.sleep(0)
            taken += 1
            most = max(most, asked - taken)
        return b""

    await tee(counted(), keep, slow)
    assert taken == 100
    assert most <= DEPTH + 2


async def test_a_cancelled_tee_ends_every_sink() -> None:
    ended: list[str] = []
    begun = asyncio.Event()

    async def sink(stream: AsyncIterable[bytes]) -> bytes:
        try:
            async for _ in stream:
                begun.set()
        finally:
            ended.append("ended")
        return b""

    async def endless() -> AsyncIterator[bytes]:
        yield b"1"
        await asyncio.Event().wait()

    teeing = asyncio.ensure_future(tee(endless(), sink, sink))
    await begun.wait()
    teeing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await teeing
    assert ended == ["ended", "ended"]
