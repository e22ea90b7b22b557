"""A process that is killed while it puts an object: the next goes on, and nothing is doubled."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.kit.clock import utc_now
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.telegram import service as telegram
from tests.support.programs import Running, start
from tests.support.storages import blocks
from tests.support.telegram_dc import DataCentres, rpc
from tests.support.telegram_storage import BACKUP, LOGS, TOKENS, telegram_settings
from tests.telegram.transfers.conftest import MIB
from tests.telegram.transfers.test_putting import NAME, PART, content, posts, read

ROOT = Path(__file__).resolve().parents[3]
SIZE = 46 * PART + 777
MOST = 21
"""Parts of a document: the object has three."""


@pytest.fixture
def settings(dc: DataCentres, data_dir: Path, sqlite_file: Path) -> dict[str, Any]:
    dc.world.most_parts = {False: MOST, True: MOST}
    data_dir.mkdir()
    shutil.copy(sqlite_file, data_dir / "shadow.sqlite")
    return {"data_dir": str(data_dir), "telegram": telegram_settings(dc, TOKENS)}


class Killer:
    """Kills the process when its data centre gets, or has done, the Nth call of a method."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._perform = rpc.perform
        self._when: Callable[[str], bool] = lambda _: False
        self._before = False
        self.process: Running | None = None
        monkeypatch.setattr(rpc, "perform", self._watched)

    def arm(self, method: str, nth: int, *, before: bool) -> None:
        left = [nth]

        def when(name: str) -> bool:
            left[0] -= name == method
            return name == method and left[0] == 0

        self._when, self._before = when, before

    async def _watched(self, call: Any, request: Any) -> Any:
        due = self._when(rpc.method_name(rpc._unwrapped(call, request)))
        if due and self._before:
            await self._kill()
            return None
        try:
            return await self._perform(call, request)
        finally:
            if due:
                await self._kill()

    async def _kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    return Killer(monkeypatch)


async def put_until_killed(killer: Killer, settings: dict[str, Any]) -> int:
    words = (json.dumps(settings), str(SIZE), NAME)
    killer.process = await start("tests.telegram.transfers.put_process", *words)
    return await killer.process.wait()


@asynccontextmanager
async def next_process(settings: dict[str, Any]) -> AsyncIterator[Runtime]:
    """Open a Runtime a minute later: what the killed one had leased has lapsed."""

    def later() -> datetime:
        return utc_now() + timedelta(minutes=1)

    async with open_runtime(read_settings(settings), clock=later, role=Role.looks) as runtime:
        yield runtime


STAGES = [
    ("upload.saveBigFilePart", 12, False),
    ("channels.getFullChannel", 1, True),
    ("messages.sendMedia", 1, True),
    ("messages.sendMedia", 3, False),
    ("messages.editMessage", 2, False),
    ("messages.forwardMessages", 2, False),
]


@pytest.mark.parametrize(("method", "nth", "before"), STAGES)
async def test_a_kill_at_any_stage_doubles_nothing_and_shows_nothing_half(
    dc: DataCentres, killer: Killer, settings: dict[str, Any], method: str, nth: int, before: bool
) -> None:
    dc.faults.delay = 0.005
    killer.arm(method, nth, before=before)
    assert await put_until_killed(killer, settings) == -9
    film = content(SIZE)
    async with next_process(settings) as runtime:
        found = await telegram.find_object(runtime, NAME)
        if found is None:
            await telegram.put_object(runtime, NAME, blocks(film, MIB), size=SIZE)
        await telegram.sweep_objects(runtime)
        assert (found is not None) == (method == "messages.forwardMessages")
        assert await read(runtime) == film
    assert len(posts(dc, LOGS)) == len(posts(dc, BACKUP)) == 3
    assert [text for _, text in posts(dc, LOGS)] == [text for _, text in posts(dc, BACKUP)]
    assert sum(dc.counters.parts.values()) <= 47 + 3 * 16  # no more than was on its way


async def test_what_was_confirmed_a_moment_ago_is_not_sent_again(
    dc: DataCentres, killer: Killer, settings: dict[str, Any]
) -> None:
    dc.world.most_parts = {False: 4000, True: 8000}
    dc.faults.bytes_per_second = 8 * MIB
    killer.arm("upload.saveBigFilePart", 40, before=False)
    assert await put_until_killed(killer, settings) == -9
    dc.faults.clear()
    assert len(dc.counters.parts) == 1
    async with next_process(settings) as runtime:
        await telegram.put_object(runtime, NAME, blocks(content(SIZE), MIB), size=SIZE)
        assert await read(runtime) == content(SIZE)
    assert len(dc.counters.parts) == 1  # the same upload was gone on with
    assert sum(dc.counters.parts.values()) <= 47 + 22


async def test_an_upload_nobody_goes_on_with_is_swept(
    dc: DataCentres, killer: Killer, settings: dict[str, Any]
) -> None:
    killer.arm("messages.sendMedia", 2, before=False)
    assert await put_until_killed(killer, settings) == -9
    assert len(posts(dc, LOGS)) == 2
    days = timedelta(days=2)

    async with open_runtime(
        read_settings(settings), clock=lambda: utc_now() + days, role=Role.looks
    ) as runtime:
        assert (await telegram.sweep_objects(runtime)).given_up == 1
    assert posts(dc, LOGS) == []
