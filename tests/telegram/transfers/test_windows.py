"""The sliding window: in order, without a barrier, bounded, and nothing left running."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any

import pytest

from shadow.telegram.transfers.windows import in_order


class Work:
    """Pieces of work that end when the test says so."""

    def __init__(self, count: int) -> None:
        self.gates = [asyncio.Event() for _ in range(count)]
        self.begun: list[int] = []
        self.ended: list[int] = []

    def all(self) -> list[Callable[[], Coroutine[Any, Any, int]]]:
        return [lambda number=number: self._one(number) for number in range(len(self.gates))]

    async def _one(self, number: int) -> int:
        self.begun.append(number)
        try:
            await self.gates[number].wait()
            return number
        finally:
            self.ended.append(number)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_results_come_in_order_whatever_ends_first() -> None:
    work = Work(5)
    results = []

    async def read() -> None:
        results.extend([one async for one in in_order(work.all(), most=5)])

    reading = asyncio.create_task(read())
    for number in (1, 0, 4, 3, 2):
        await settled()
        work.gates[number].set()
    await reading
    assert results == [0, 1, 2, 3, 4]


async def test_the_window_grows_with_what_is_taken_and_is_bounded() -> None:
    work = Work(20)
    for gate in work.gates:
        gate.set()
    sizes = []
    async with aclosing(in_order(work.all(), most=6)) as results:
        async for result in results:
            await settled()
            sizes.append(len(work.begun) - result - 1)
    assert sizes[:6] == [3, 4, 5, 6, 6, 6]
    assert max(sizes) == 6


async def test_a_slow_one_holds_back_what_follows_but_not_its_work() -> None:
    work = Work(6)
    for gate in work.gates[1:]:
        gate.set()
    results = in_order(work.all(), most=2)
    first = asyncio.ensure_future(anext(results))
    await settled()
    assert work.ended == [1]
    work.gates[0].set()
    assert await first == 0
    assert await anext(results) == 1
    await results.aclose()


async def test_a_failure_comes_after_what_was_read_before_it() -> None:
    async def good() -> int:
        return 1

    async def bad() -> int:
        raise ZeroDivisionError

    results = []
    with pytest.raises(ZeroDivisionError):
        async for one in in_order([good, good, bad, good], most=4):
            results.append(one)  # noqa: PERF401 what came before the failure counts
    assert results == [1, 1]


async def test_closed_early_nothing_goes_on() -> None:
    work = Work(8)
    work.gates[0].set()
    results = in_order(work.all(), most=8)
    assert await anext(results) == 0
    await settled()
    await results.aclose()
    assert sorted(work.ended) == sorted(work.begun)


async def test_a_cancelled_reader_leaves_nothing_running() -> None:
    work = Work(8)

    async def read() -> None:
        async with aclosing(in_order(work.all(), most=8)) as results:
            async for _ in results:
                pass

    reading = asyncio.create_task(read())
    await settled()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert work.begun
    assert sorted(work.ended) == sorted(work.begun)
