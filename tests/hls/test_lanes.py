"""Lanes: who waits is served by urgency, then fairly, by the worker that suits best."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shadow.hls.errors import HlsBusy
from shadow.hls.lanes import Ask, Lanes, Urgency
from tests.support.hls_tasks import FUNCTIONS

NOW, SOON, SOMEDAY = Urgency.now, Urgency.soon, Urgency.someday


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers find the functions of tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.fixture
async def one() -> AsyncIterator[Lanes]:
    async with Lanes("test", 1, functions=FUNCTIONS, most_waiting=3) as lanes:
        yield lanes


@pytest.fixture
async def two() -> AsyncIterator[Lanes]:
    async with Lanes("test", 2, functions=FUNCTIONS, most_waiting=3) as lanes:
        yield lanes


class Turns:
    """People at the lanes, one task each; `order` is who got a turn, in order."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.order: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.asks: dict[str, Ask] = {}

    async def come(self, name: str, ask: Ask) -> None:
        self.gates[name] = asyncio.Event()
        self.asks[name] = ask
        self.tasks[name] = asyncio.create_task(self._stay(name, ask))
        await asyncio.sleep(0)

    async def _stay(self, name: str, ask: Ask) -> None:
        async with self.lanes.lane(ask):
            self.order.append(name)
            await self.gates[name].wait()

    async def leave(self, name: str) -> None:
        self.gates[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def leave_all(self) -> list[str]:
        done = 0
        while done < len(self.order):
            await self.leave(self.order[done])
            done += 1
        return self.order


async def test_who_waits_now_goes_before_what_is_made_ahead(one: Lanes) -> None:
    turns = Turns(one)
    await turns.come("first", Ask("a", NOW))
    await turns.come("prepared", Ask("job", SOMEDAY))
    await turns.come("ahead", Ask("a", SOON))
    await turns.come("person", Ask("b", NOW))

    assert await turns.leave_all() == ["first", "person", "ahead", "prepared"]


async def test_a_viewer_with_many_wishes_does_not_keep_others_waiting() -> None:
    async with Lanes("test", 1, functions=FUNCTIONS, most_waiting=10) as lanes:
        turns = Turns(lanes)
        for number in range(4):
            await turns.come(f"greedy {number}", Ask("greedy", NOW))
        for number in range(2):
            await turns.come(f"modest {number}", Ask("modest", NOW))

        order = await turns.leave_all()

    assert order == ["greedy 0", "modest 0", "greedy 1", "modest 1", "greedy 2", "greedy 3"]


async def test_one_too_many_is_told_that_the_server_is_busy(one: Lanes) -> None:
    turns = Turns(one)
    for number in range(4):  # one at it, three waiting
        await turns.come(str(number), Ask(str(number), NOW))

    with pytest.raises(HlsBusy) as refused:
        async with one.lane(Ask("late", NOW)):
            pass

    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 30
    await turns.come("ahead", Ask("ahead", SOON))  # waits for nobody, so it is not refused
    assert len(await turns.leave_all()) == 5


async def test_who_goes_away_frees_the_place_in_the_queue(one: Lanes) -> None:
    turns = Turns(one)
    for number in range(4):
        await turns.come(str(number), Ask(str(number), NOW))
    turns.tasks["2"].cancel()
    await asyncio.gather(turns.tasks["2"], return_exceptions=True)

    await turns.come("late", Ask("late", NOW))

    assert await turns.leave_all() == ["0", "1", "3", "late"]


async def test_a_turn_given_to_somebody_who_just_left_is_passed_on(one: Lanes) -> None:
    turns = Turns(one)
    await turns.come("first", Ask("a", NOW))
    await turns.come("second", Ask("b", NOW))
    await turns.come("third", Ask("c", NOW))

    turns.gates["first"].set()
    await turns.tasks["first"]
    turns.tasks["second"].cancel()  # in the same turn of the loop as it is given the lane
    await asyncio.gather(turns.tasks["second"], return_exceptions=True)
    await asyncio.sleep(0)

    assert "third" in turns.order
    await turns.leave("third")


async def test_a_wish_can_become_urgent_while_it_waits(one: Lanes) -> None:
    turns = Turns(one)
    await turns.come("first", Ask("a", NOW))
    await turns.come("ahead", Ask("a", SOON))
    await turns.come("hurried", Ask("b", SOON))

    one.hurry(turns.asks["hurried"], NOW)

    assert await turns.leave_all() == ["first", "hurried", "ahead"]


async def test_work_made_ahead_leaves_a_lane_to_who_waits(two: Lanes) -> None:
    turns = Turns(two)
    await turns.come("person", Ask("a", NOW))
    await turns.leave("person")
    await turns.come("ahead 1", Ask("a", SOON))
    await turns.come("ahead 2", Ask("a", SOON))
    assert turns.order == ["person", "ahead 1"]

    await turns.come("seek", Ask("a", NOW))

    assert turns.order == ["person", "ahead 1", "seek"]
    await turns.leave("ahead 1")
    assert turns.order[-1] == "ahead 2"
    await turns.leave("seek")
    await turns.leave("ahead 2")


async def test_jobs_take_every_lane_while_nobody_watches(two: Lanes) -> None:
    turns = Turns(two)
    await turns.come("1", Ask("job", SOMEDAY))
    await turns.come("2", Ask("job", SOMEDAY))

    assert turns.order == ["1", "2"]
    await turns.leave_all()


async def test_the_next_segment_goes_where_the_decoder_is(two: Lanes) -> None:
    def ask(chain: str, number: int) -> Ask:
        return Ask("a", NOW, file=chain[0], chain=chain, number=number)

    async def process(asked: Ask) -> int:
        async with two.lane(asked) as lane:
            pid: int = await lane.call(FUNCTIONS[-1], seconds=30)
            return pid

    async with AsyncExitStack() as both:
        first = await both.enter_async_context(two.lane(ask("film v720", 4)))
        second = await both.enter_async_context(two.lane(ask("other v720", 9)))
        pids = [await lane.call(FUNCTIONS[-1], seconds=30) for lane in (first, second)]

    assert pids[0] != pids[1]
    for number in range(3):
        assert await process(ask("other v720", 10 + number)) == pids[1]
        assert await process(ask("film v720", 5 + number)) == pids[0]
    assert await process(ask("film v480", 1)) == pids[0]  # the file is open there


async def test_no_process_runs_before_there_is_work(two: Lanes) -> None:
    assert two.processes == 0
    async with two.lane(Ask("a", NOW)) as lane:
        assert two.processes == 0
        await lane.call(FUNCTIONS[-1], seconds=30)
    assert two.processes == 1


async def test_a_process_can_be_had_ready_before_there_is_work(two: Lanes) -> None:
    two.warm(FUNCTIONS[-1])
    two.warm(FUNCTIONS[-1])
    async with two.lane(Ask("a", NOW)) as lane:
        await lane.call(FUNCTIONS[-1], seconds=30)

    assert two.processes == 1
