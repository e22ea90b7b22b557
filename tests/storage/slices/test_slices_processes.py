"""Several processes of one machine share the slices, and any of them may be killed at any time."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.support.cache_process import KEY
from tests.support.far import MIB, FarStorage, bytes_on_disk, cache_at, film, read_range

from shadow.storage.slices import objects
from shadow.storage.slices.layout import FULL

Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a process that waits for `go`."""
    started: list[Process] = []

    async def begin(way: str, size: int) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.cache_process", way, str(tmp_path), str(size),
            stdin=PIPE, stdout=PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        started.append(process)
        assert await told(process) == {"ready": True}
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def told(process: Process) -> Any:
    assert process.stdout is not None
    while not (line := await process.stdout.readline()).startswith(b"{"):
        assert line, "the process ended"  # else a warning
    return json.loads(line)


def go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


async def test_processes_that_read_one_film_at_once_fetch_it_once(
    start: Start, tmp_path: Path
) -> None:
    size = 12 * MIB + 5
    processes = [await start("read", size) for _ in range(3)]
    for one in processes:
        go(one)
    said = [await told(one) for one in processes]
    assert [one["exact"] for one in said] == [True] * 3
    assert sum(one["sent"] for one in said) <= 1.02 * size
    assert bytes_on_disk(tmp_path) <= 13 * FULL


async def test_who_is_killed_while_filling_leaves_nothing_wrong_and_nobody_waiting(
    start: Start, tmp_path: Path
) -> None:
    size, random = 8 * MIB, Random(3)
    content = film(size)
    for _ in range(3):
        process = await start("read", size)
        go(process)
        await asyncio.sleep(random.uniform(0.0, 0.1))
        process.kill()
        await process.wait()
        async with cache_at(tmp_path) as cache:
            far = FarStorage()
            far.hold(KEY, content)
            start_at = random.randrange(size - MIB)
            reader = await cache.open_from(far, "far", KEY)
            got = await read_range(reader, start_at, start_at + MIB)
            assert got == content[start_at : start_at + MIB]
            await reader.close()
            assert (await cache.stats()).bytes >= bytes_on_disk(tmp_path)
    process = await start("read", size)
    go(process)
    assert (await told(process))["exact"]


async def test_what_a_killed_process_was_fetching_is_fetched_by_who_waits(
    start: Start, tmp_path: Path
) -> None:
    process = await start("wait", MIB)
    go(process)
    await told(process)
    far = FarStorage()
    far.hold(KEY, film(MIB))
    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", KEY)
        assert bytes(await reader.read(0, 1000)) == film(MIB)[:1000]  # the other process had it
        assert far.sent == 0
        waiting = asyncio.create_task(read_range(reader, 0, MIB))
        await asyncio.wait({waiting}, timeout=0.3)
        assert not waiting.done()
        assert far.sent == 0
        process.kill()
        assert await waiting == film(MIB)
        assert 0 < far.sent < MIB
        await reader.close()


async def test_a_process_that_stands_still_holds_nobody_up_for_ever(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PATIENCE_SECONDS", 0.2)
    process = await start("wait", MIB)
    go(process)
    await told(process)
    process.send_signal(signal.SIGSTOP)
    far = FarStorage()
    far.hold(KEY, film(MIB))
    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", KEY)
        assert await read_range(reader, 0, MIB) == film(MIB)
        await reader.close()


async def test_a_disk_that_takes_no_more_is_done_without(start: Start) -> None:
    size = 5 * MIB
    process = await start("small", size)
    go(process)
    said = await told(process)
    assert said["exact"]
    assert said["sent"] >= size
