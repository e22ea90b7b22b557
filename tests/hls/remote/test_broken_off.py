"""Work on a far film that is broken off: killed, cancelled or cut off by the storage."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.hls.functions import WORKER_FUNCTIONS
from shadow.hls.indexing import INDEX_FILE
from shadow.runtime.workers import WorkerCrashed, WorkerPool
from shadow.storage.errors import ObjectMissing, StorageUnavailable
from tests.support.lent_files import FarFile, far, lending

Media = Callable[[str], Path]


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(1, functions=WORKER_FUNCTIONS, task_timeout=60) as opened:
        yield opened


async def test_a_killed_worker_leaves_nothing_lent(media: Media, pool: WorkerPool) -> None:
    file = far(media("h264_mkv"))
    async with lending() as server:

        async def index() -> Any:
            async with server.lend("a", file.open, size=len(file.content)) as address:
                await pool.call(INDEX_FILE, address)  # the worker is up, and has read it once
                file.gate = asyncio.Event()
                return await pool.call(INDEX_FILE, address)

        indexing = asyncio.create_task(index())
        await asyncio.wait_for(file.waiting.wait(), 60)
        for child in list(pool._children):
            os.kill(child._process.get_pid(), signal.SIGKILL)
        with pytest.raises(WorkerCrashed):
            await indexing
        assert server.lent == 0
    assert file.open_now == 0


async def test_a_cancelled_viewer_leaves_nothing_lent(media: Media, pool: WorkerPool) -> None:
    file = far(media("h264_mkv"))
    file.gate = asyncio.Event()
    async with lending() as server:

        async def index() -> Any:
            async with server.lend("a", file.open, size=len(file.content)) as address:
                return await pool.call(INDEX_FILE, address)

        indexing = asyncio.create_task(index())
        await asyncio.wait_for(file.waiting.wait(), 60)
        indexing.cancel()
        await asyncio.gather(indexing, return_exceptions=True)
        assert server.lent == 0
    assert file.open_now == 0


@pytest.mark.parametrize("error", [ObjectMissing("It was deleted."), StorageUnavailable("Away.")])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
async def test_what_is_read_of_a_film_that_goes_is_never_taken_for_the_film(
    media: Media, pool: WorkerPool, error: ObjectMissing | StorageUnavailable, part: float
) -> None:
    whole = media("h264_mkv").read_bytes()
    file = FarFile(whole, fails_at=int(len(whole) * part), error=error)
    async with lending() as server:
        with pytest.raises(type(error), match=error.detail):
            async with server.lend("a", file.open, size=len(whole)) as address:
                await pool.call(INDEX_FILE, address)
        assert server.lent == 0
    assert file.open_now == 0
