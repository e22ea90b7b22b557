"""Twenty people watch films that lie in Telegram while everything goes wrong: no byte is."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from tests.support.telegram_dc import DataCentres, Options
from tests.telegram.streaming.cinema import (
    MIB,
    TOKENS,
    Cinema,
    Refused,
    opened_cinema,
    padded_film,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEWERS = 20
FILMS = 4
CACHE = 20 * MIB
"""Less than half of the films: what is watched is fetched again and again."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cinema(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cinema]:
    """A server with four films in Telegram, and a cache that is too small for them."""
    folder = tmp_path_factory.mktemp("cinema") / "data"
    async with (
        DataCentres(Options(dcs=2, home=2)) as dc,
        opened_cinema(dc, folder, SHADOW_STORAGE__CACHE_BYTES=str(CACHE)) as running,
    ):
        await running.bring({f"Film{n}.20{n:02}.mp4": padded_film(n) for n in range(FILMS)})
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def calm(cinema: Cinema) -> AsyncIterator[DataCentres]:
    """All faults off and nothing in the cache, before and after."""
    await cinema.clear_cache()
    cinema.dc.counters.clear()
    cinema.survives_breaks = False
    before = cinema.dc.world.reference_seconds
    yield cinema.dc
    cinema.dc.faults.clear()
    cinema.dc.world.reference_seconds = before


async def all_watch(cinema: Cinema) -> None:
    async with asyncio.TaskGroup() as group:
        for viewer in range(VIEWERS):
            group.create_task(cinema.watch(viewer))


async def after_calls(dc: DataCentres, count: int) -> None:
    """Wait until so many pieces were asked for."""
    while dc.counters.calls["upload.getFile"] < count:
        await asyncio.sleep(0.01)


async def test_flood_waits_on_every_20th_call(cinema: Cinema) -> None:
    cinema.dc.faults.flood("upload.getFile", seconds=1, every=20)
    await all_watch(cinema)
    assert cinema.dc.counters.errors["FLOOD_WAIT_1"] > 0


async def test_references_that_expire(cinema: Cinema) -> None:
    cinema.dc.world.reference_seconds = 0.5
    await all_watch(cinema)
    assert cinema.dc.counters.errors["FILE_REFERENCE_EXPIRED"] > 0


async def test_connections_that_break_every_few_megabytes(cinema: Cinema) -> None:
    cinema.dc.faults.drop_after = 3 * MIB + 777
    connections = cinema.dc.counters.connections
    await all_watch(cinema)
    assert cinema.dc.counters.connections > connections


async def test_one_session_is_revoked(cinema: Cinema) -> None:
    account = next(one for one in cinema.dc.world.accounts.values() if one.token == TOKENS[0])
    async with asyncio.TaskGroup() as group:
        group.create_task(all_watch(cinema))
        await after_calls(cinema.dc, 8)
        cinema.dc.revoke(account)
    assert cinema.dc.counters.errors["SESSION_REVOKED"] > 0


async def test_a_data_centre_that_is_away_for_ten_seconds(cinema: Cinema) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(all_watch(cinema))
        await after_calls(cinema.dc, 4)
        cinema.dc.faults.unreachable = {cinema.dc.options.home}
        cinema.dc.drop_connections()
        await asyncio.sleep(1)  # what had come before is answered
        calls = cinema.dc.counters.calls["upload.getFile"]
        await asyncio.sleep(9)
        assert cinema.dc.counters.calls["upload.getFile"] == calls
        cinema.dc.faults.unreachable = set()


async def test_requests_that_are_never_answered(cinema: Cinema) -> None:
    cinema.dc.faults.ignore("upload.getFile", times=3)
    await all_watch(cinema)
    assert not +cinema.dc.faults.unanswered


async def test_the_server_is_killed_and_started_again(cinema: Cinema) -> None:
    cinema.survives_breaks = True
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(all_watch(cinema))
        await after_calls(cinema.dc, 6)
        await cinema.restart()
        assert not watching.done()
    logins = cinema.dc.counters.calls
    assert logins["auth.importBotAuthorization"] == logins["auth.exportAuthorization"] == 0


async def test_the_disk_of_the_cache_is_full(cinema: Cinema) -> None:
    pid = cinema.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (64 << 10, before[1]))
    try:
        await all_watch(cinema)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def test_files_of_the_cache_are_spoiled(cinema: Cinema) -> None:
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(all_watch(cinema))
        spoiled = 0
        while not watching.done():
            spoiled += await asyncio.to_thread(spoil, cinema)
            await asyncio.sleep(0.1)
    assert spoiled > 0


def spoil(cinema: Cinema) -> int:
    """Turn some bits in every file of the cache; return in how many."""
    spoiled = 0
    for one in (cinema.folder / "cache" / "slices").glob("??/*"):
        with suppress(FileNotFoundError), one.open("r+b") as file:  # others take their places
            if file.seek(0, os.SEEK_END) > MIB // 2:
                file.seek(MIB // 4)
                file.write(b"spoiled")
                spoiled += 1
    return spoiled


async def test_without_any_session_people_are_told_to_come_back(cinema: Cinema) -> None:
    for account in cinema.dc.world.accounts.values():
        cinema.dc.revoke(account)
    cinema.dc.faults.refuse("auth.importBotAuthorization", 400, "ACCESS_TOKEN_EXPIRED", times=None)
    with pytest.raises(ExceptionGroup) as told:
        await all_watch(cinema)
    refused = [one for one in told.value.exceptions if isinstance(one, Refused)]
    assert refused
    assert {one.status for one in refused} == {503}
    assert all(int(one.retry_after) > 0 for one in refused)
