"""Making segments: once however many ask, whole or not at all, and again after a mishap."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shadow.hls.cache import SegmentCache
from shadow.hls.errors import CacheFull, EncodingFailed
from shadow.hls.lanes import Lanes, Urgency
from shadow.hls.making import SegmentMaker
from shadow.hls.prepared import PreparedStore
from shadow.hls.reading_ahead import ReadAhead
from shadow.hls.renditions import INIT, Rendition, WorkerOrder
from tests.support import hls_tasks
from tests.support.hls_tasks import FUNCTIONS

NOW = Urgency.now
LIMIT = 10_000_000


@dataclass(frozen=True)
class Server:
    """The serving half of one server process."""

    cache: SegmentCache
    prepared: PreparedStore
    light: Lanes
    maker: SegmentMaker


def task(function: Callable[..., Any], *arguments: Any) -> WorkerOrder:
    return WorkerOrder(f"{hls_tasks.__name__}:{function.__name__}", arguments)


def rendition(segment: Callable[[int], WorkerOrder], *, count: int = 9) -> Rendition:
    return Rendition(
        name="v720",
        kind="encode",
        file_id="abcdefg",
        file_key="1-2-x",
        recipe="r" * 64,
        durations=(Fraction(6),) * count,
        heavy=False,
        media_type="video/mp4",
        init=task(hls_tasks.repeat, "init", 1),
        segment=segment,
    )


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[[], Any]]:
    """Start servers that share a data folder."""
    async with AsyncExitStack() as stack:

        async def started() -> Server:
            cache = SegmentCache(tmp_path / "cache", LIMIT)
            cache.prepare()
            prepared = PreparedStore(tmp_path / "prepared")
            light = Lanes("test", 2, functions=FUNCTIONS, most_waiting=8)
            await stack.enter_async_context(light)
            maker = SegmentMaker(cache=cache, prepared=prepared, heavy=light, light=light)
            stack.push_async_callback(maker.close)
            return Server(cache, prepared, light, maker)

        yield started


@pytest.fixture
async def server(start: Callable[[], Any]) -> Server:
    one: Server = await start()
    return one


async def get(server: Server, what: Rendition, number: int, viewer: str = "ada") -> bytes:
    kept = await server.maker.get(what, number, viewer=viewer, urgency=NOW)
    return kept.path.read_bytes()


async def until(there: Path) -> None:
    async with asyncio.timeout(60):
        while not there.exists():
            await asyncio.sleep(0.01)


async def test_twenty_who_ask_at_once_have_it_made_once(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    what = rendition(lambda k: task(hls_tasks.noted, bytes(log), f"segment {k}"))

    got = await asyncio.gather(*(get(server, what, 3, str(one)) for one in range(20)))

    assert set(got) == {b"segment 3"}
    assert len(log.read_text().splitlines()) == 1


async def test_what_was_made_is_not_made_again_after_a_restart(
    start: Callable[[], Any], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    what = rendition(lambda k: task(hls_tasks.noted, bytes(log), f"segment {k}"))
    first: Server = await start()
    assert await get(first, what, 3) == b"segment 3"

    second: Server = await start()

    assert await get(second, what, 3) == b"segment 3"
    assert len(log.read_text().splitlines()) == 1


async def test_two_servers_on_one_folder_make_a_segment_once(
    start: Callable[[], Any], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    what = rendition(lambda k: task(hls_tasks.wait_for, bytes(gate), "one segment"))
    first, second = await start(), await start()

    one = asyncio.create_task(get(first, what, 0))
    await until(tmp_path / "gate.begun")
    begun = (tmp_path / "gate.begun").read_text()
    two = asyncio.create_task(get(second, what, 0))
    await asyncio.sleep(0.2)  # long enough for the second to begin, if it did
    assert (tmp_path / "gate.begun").read_text() == begun
    gate.touch()

    assert await asyncio.gather(one, two) == [b"one segment"] * 2
    assert (tmp_path / "gate.begun").read_text() == begun


async def test_no_half_segment_is_seen_while_it_is_made(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    what = rendition(lambda k: task(hls_tasks.wait_for, bytes(gate), "one segment"))
    making = asyncio.create_task(get(server, what, 0))
    await until(tmp_path / "gate.begun")

    assert server.maker.known(what, 0) is None
    assert await server.cache.look(what.key(0)) is None
    gate.touch()

    assert await making == b"one segment"


async def test_a_worker_killed_half_way_is_replaced_once(server: Server, tmp_path: Path) -> None:
    what = rendition(lambda k: task(hls_tasks.die_once, bytes(tmp_path / "mark"), "whole"))

    assert await get(server, what, 0) == b"whole"


async def test_a_worker_killed_from_outside_is_replaced(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    what = rendition(lambda k: task(hls_tasks.wait_for, bytes(gate), "one segment"))
    making = asyncio.create_task(get(server, what, 0))
    await until(tmp_path / "gate.begun")
    victim = int((tmp_path / "gate.begun").read_text())

    os.kill(victim, signal.SIGKILL)
    gate.touch()

    assert await making == b"one segment"
    assert int((tmp_path / "gate.begun").read_text()) != victim


async def test_a_segment_that_kills_every_worker_is_said_to_fail(
    server: Server, tmp_path: Path
) -> None:
    what = rendition(lambda k: task(hls_tasks.die))

    with pytest.raises(EncodingFailed):
        await get(server, what, 0)

    assert list((tmp_path / "cache" / "making").iterdir()) == []
    fine = rendition(lambda k: task(hls_tasks.repeat, "x", 3))
    assert await get(server, fine, 1) == b"xxx"


async def test_a_full_disk_is_met_by_making_room_and_then_said_plainly(
    server: Server, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    what = rendition(lambda k: task(hls_tasks.fill_disk, bytes(mark), "segment"))

    with pytest.raises(CacheFull) as full:
        await get(server, what, 0)

    assert full.value.retry_after
    assert (tmp_path / "mark.tried").read_bytes() == b"xx"
    assert list((tmp_path / "cache" / "making").iterdir()) == []
    mark.touch()
    assert await get(server, what, 0) == b"segment"


async def test_who_leaves_before_its_turn_has_nothing_made(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"

    def waiting(number: int) -> WorkerOrder:
        return task(hls_tasks.wait_for, bytes(tmp_path / f"gate{number}"), "busy segment")

    busy = [asyncio.create_task(get(server, rendition(waiting), number)) for number in range(2)]
    await until(tmp_path / "gate0.begun")
    await until(tmp_path / "gate1.begun")
    what = rendition(lambda k: task(hls_tasks.noted, bytes(log), f"segment {k}"))
    left = asyncio.create_task(get(server, what, 7))
    await asyncio.sleep(0.05)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    for number in range(2):
        (tmp_path / f"gate{number}").touch()
    await asyncio.gather(*busy)

    assert await get(server, what, 8) == b"segment 8"
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["8"]


async def test_who_leaves_does_not_take_it_from_others(server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    what = rendition(lambda k: task(hls_tasks.wait_for, bytes(gate), "one segment"))
    leaves = asyncio.create_task(get(server, what, 0))
    stays = asyncio.create_task(get(server, what, 0, "grace"))
    await until(tmp_path / "gate.begun")

    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    gate.touch()

    assert await stays == b"one segment"


async def test_what_was_prepared_is_served_instead_of_being_made(server: Server) -> None:
    what = rendition(lambda k: task(hls_tasks.repeat, f"segment {k}", 1))
    kept = await server.maker.get(what, 2, viewer="job", urgency=Urgency.someday)
    assert await server.prepared.keep(what, 2, kept) == len(b"segment 2")

    spoiled = rendition(lambda k: task(hls_tasks.die))

    assert await get(server, spoiled, 2) == b"segment 2"
    assert not kept.path.exists()  # moved, not copied
    assert server.prepared.numbers(what) == {2: len(b"segment 2")}


async def test_the_init_segment_can_be_prepared_too(server: Server) -> None:
    what = rendition(lambda k: task(hls_tasks.die))
    kept = await server.maker.get(what, INIT, viewer="job", urgency=Urgency.someday)
    await server.prepared.keep(what, INIT, kept)

    assert await get(server, what, INIT) == b"init"
    assert list(server.prepared.numbers(what)) == [INIT]


class TestReadAhead:
    """Segments made before they are asked for."""

    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        return tmp_path / "log"

    @pytest.fixture
    def what(self, log: Path) -> Rendition:
        return rendition(lambda k: task(hls_tasks.noted, bytes(log), f"segment {k}"))

    @staticmethod
    def made(log: Path) -> set[int]:
        lines = log.read_text().splitlines() if log.exists() else []
        return {int(line.split()[1]) for line in lines}

    @classmethod
    async def until_made(cls, log: Path, wanted: set[int]) -> None:
        async with asyncio.timeout(60):
            while not wanted <= cls.made(log):
                await asyncio.sleep(0.01)

    async def test_the_next_few_are_made(self, server: Server, what: Rendition, log: Path) -> None:
        ahead = ReadAhead(server.maker, segments=3)

        ahead.follow("ada", what, 1)
        await self.until_made(log, {2, 3, 4})

        assert await get(server, what, 4) == b"segment 4"
        assert sorted(line.split()[1] for line in log.read_text().splitlines()) == ["2", "3", "4"]

    async def test_nothing_is_made_past_the_end(
        self, server: Server, what: Rendition, log: Path
    ) -> None:
        ahead = ReadAhead(server.maker, segments=3)

        ahead.follow("ada", what, 7)
        await self.until_made(log, {8})
        ahead.follow("ada", what, 8)

        assert self.made(log) == {8}

    async def test_a_jump_gives_up_what_has_not_begun(
        self, server: Server, log: Path, tmp_path: Path
    ) -> None:
        ahead = ReadAhead(server.maker, segments=3)
        gates = {number: tmp_path / f"gate{number}" for number in range(9)}
        what = rendition(
            lambda k: task(hls_tasks.wait_for, bytes(gates[k]), f"segment {k}"), count=9
        )
        first = asyncio.create_task(get(server, what, 0))
        ahead.follow("ada", what, 0)
        await until(tmp_path / "gate0.begun")
        await until(tmp_path / "gate1.begun")  # made ahead in the second lane; 2 and 3 wait

        ahead.follow("ada", what, 5)
        for gate in gates.values():
            gate.touch()
        await first
        for number in (6, 7, 8):
            await until(tmp_path / f"gate{number}.begun")

        assert not (tmp_path / "gate2.begun").exists()
        assert not (tmp_path / "gate3.begun").exists()

    async def test_it_stops_once_the_player_is_silent(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ahead = ReadAhead(server.maker, segments=3)
        gates = {number: tmp_path / f"gate{number}" for number in range(9)}
        what = rendition(lambda k: task(hls_tasks.wait_for, bytes(gates[k]), f"segment {k}"))
        first = asyncio.create_task(get(server, what, 0))
        ahead.follow("ada", what, 0)
        await until(tmp_path / "gate1.begun")  # 2 and 3 wait

        monkeypatch.setattr("shadow.hls.reading_ahead.IDLE_SECONDS", 0.0)
        ahead.follow("ada", what, 0)  # the last word from the player
        await asyncio.sleep(0.05)
        for gate in gates.values():
            gate.touch()
        await first
        other = rendition(lambda k: task(hls_tasks.repeat, "x", 1))
        await get(server, other, 8, "grace")  # the lanes are free again

        assert not (tmp_path / "gate2.begun").exists()
