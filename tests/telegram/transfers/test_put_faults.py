"""What goes wrong while an object is put: it is posted once and whole, or not at all."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shadow.runtime.context import Runtime
from shadow.storage.errors import StorageUnavailable
from shadow.telegram import service as telegram
from tests.support.storages import blocks
from tests.support.telegram_dc import DataCentres
from tests.support.telegram_storage import BACKUP, LOGS
from tests.telegram.transfers.conftest import MIB
from tests.telegram.transfers.test_putting import NAME, PART, content, posts, read

SAVE = "upload.saveBigFilePart"
SEND = "messages.sendMedia"


async def check(runtime: Runtime, dc: DataCentres, size: int = 25 * MIB + 77) -> None:
    film = content(size)
    put = telegram.put_object(runtime, NAME, blocks(film, MIB), size=size)
    await asyncio.wait_for(put, 60)
    dc.faults.clear()
    assert await read(runtime) == film
    assert len(posts(dc, LOGS)) == 1
    assert len(posts(dc, BACKUP)) == 1


async def test_flood_waits(runtime: Runtime, dc: DataCentres) -> None:
    dc.faults.flood(SAVE, seconds=1, every=20)
    dc.faults.flood(SEND, seconds=1, times=1)
    await check(runtime, dc)


async def test_connections_cut_in_mid_answer_and_between(runtime: Runtime, dc: DataCentres) -> None:
    dc.faults.delay = 0.01
    dc.faults.drop_after = 4000
    await check(runtime, dc, 12 * MIB)


async def test_inner_failures(runtime: Runtime, dc: DataCentres) -> None:
    dc.faults.refuse(SAVE, 500, "INTERNAL", every=9, times=None)
    dc.faults.refuse(SEND, 500, "INTERNAL")
    dc.faults.refuse("messages.forwardMessages", 500, "INTERNAL")
    await check(runtime, dc)


@pytest.mark.parametrize("lost", [{0}, {7}, {50}, {3, 4, 5}, set(range(30))])
async def test_parts_that_telegram_has_lost(
    runtime: Runtime, dc: DataCentres, lost: set[int]
) -> None:
    dc.faults.lost_parts = set(lost)
    await check(runtime, dc)


async def test_lost_parts_of_a_small_file(runtime: Runtime, dc: DataCentres) -> None:
    dc.faults.lost_parts = {1}
    await check(runtime, dc, 3 * PART)


async def test_lost_parts_without_room_to_keep_them_are_sent_by_the_next_try(
    runtime: Runtime, dc: DataCentres
) -> None:
    folder = runtime.settings.core.data_dir / "telegram"
    folder.mkdir(exist_ok=True)
    (folder / "spool").write_text("in the way")
    dc.faults.lost_parts = {7}
    film = content(25 * PART)
    with pytest.raises(StorageUnavailable):
        await telegram.put_object(runtime, NAME, blocks(film), size=len(film))
    assert posts(dc, LOGS) == []
    await telegram.put_object(runtime, NAME, blocks(film), size=len(film))
    assert await read(runtime) == film
    assert list(dc.counters.parts.values()) == [26]


@pytest.mark.parametrize("method", [SEND, "messages.forwardMessages"])
async def test_an_answer_that_is_lost_does_not_double_the_message(
    runtime: Runtime, dc: DataCentres, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.telegram_dc import rpc

    performed = rpc.perform
    cut = []

    async def perform(call, request):  # type: ignore[no-untyped-def]  # a test
        answer = await performed(call, request)
        unwrapped = rpc._unwrapped(call, request)
        if rpc.method_name(unwrapped) == method and not cut:
            cut.append(method)
            dc.drop_connections()
        return answer

    monkeypatch.setattr(rpc, "perform", perform)
    await check(runtime, dc)
    assert cut


async def test_an_account_that_ends_in_mid_upload_is_replaced(
    runtime: Runtime, dc: DataCentres
) -> None:
    film = content(60 * PART)

    async def ended() -> AsyncIterator[bytes]:
        yield film[: 30 * PART]
        while sum(dc.counters.parts.values()) < 20:
            await asyncio.sleep(0.01)
        for account in (1001, 1002):
            if dc.counters.calls_by_account[f"{account} {SAVE}"]:
                dc.revoke(dc.world.accounts[account], "USER_DEACTIVATED_BAN")
        yield film[30 * PART :]

    await asyncio.wait_for(telegram.put_object(runtime, NAME, ended(), size=len(film)), 60)
    assert await read(runtime) == film
    assert len(posts(dc, LOGS)) == 1
    assert all(dc.counters.calls_by_account[f"{account} {SAVE}"] for account in (1001, 1002))


async def test_an_account_that_may_not_post_leaves_it_to_another(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.set_role(LOGS, dc.world.accounts[1001], "member")
    await check(runtime, dc, 11 * MIB)


async def test_a_channel_that_nobody_may_post_in_is_an_error(
    runtime: Runtime, dc: DataCentres
) -> None:
    for account in (1001, 1002):
        dc.set_role(LOGS, dc.world.accounts[account], "member")
    with pytest.raises(StorageUnavailable, match="CHAT_WRITE_FORBIDDEN"):
        await telegram.put_object(runtime, NAME, blocks(content(PART)))
    assert await telegram.find_object(runtime, NAME) is None


async def test_parts_that_lapsed_before_the_message_are_sent_again(
    runtime: Runtime, dc: DataCentres
) -> None:
    film = content(24 * PART)

    async def slow() -> AsyncIterator[bytes]:
        yield film[: 22 * PART]
        while sum(dc.counters.parts.values()) < 22:
            await asyncio.sleep(0.01)
        for centre in dc._centres.values():
            for upload in centre.parts.values():
                for part in upload.parts.values():
                    part.saved -= 3601
        yield film[22 * PART :]

    await telegram.put_object(runtime, NAME, slow(), size=len(film))
    assert await read(runtime) == film


async def test_a_message_whose_making_could_not_be_learnt_of_is_not_doubled(
    runtime: Runtime, dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.telegram_dc import rpc

    performed = rpc.perform
    cut = []

    async def perform(call, request):  # type: ignore[no-untyped-def]  # a test
        answer = await performed(call, request)
        if rpc.method_name(rpc._unwrapped(call, request)) == SEND and not cut:
            cut.append(SEND)
            dc.faults.flood("updates.getChannelDifference", seconds=25, times=1)
            dc.drop_connections()
        return answer

    monkeypatch.setattr(rpc, "perform", perform)
    await check(runtime, dc)
    assert cut


async def test_a_document_that_was_deleted_between_two_tries_is_sent_again(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.world.most_parts = {False: 4, True: 4}
    film = content(7 * PART)

    async def broken() -> AsyncIterator[bytes]:
        yield film[: 6 * PART]
        raise OSError("the line broke")

    with pytest.raises(OSError, match="broke"):
        await telegram.put_object(runtime, NAME, broken(), size=len(film))
    [(number, _)] = posts(dc, LOGS)
    dc.delete_message(LOGS, number)
    await telegram.put_object(runtime, NAME, blocks(film), size=len(film))
    assert await read(runtime) == film


async def test_what_telegram_refuses_for_good_keeps_no_other_from_the_sweep(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.faults.refuse("messages.forwardMessages", 400, "CHAT_WRITE_FORBIDDEN", times=3)
    for name in "abc":
        await telegram.put_object(runtime, name, blocks(name.encode()))
    dc.delete_message(LOGS, posts(dc, LOGS)[0][0])
    assert (await telegram.sweep_objects(runtime)).backed_up == 2
    dc.faults.refuse("channels.deleteMessages", 403, "MESSAGE_DELETE_FORBIDDEN", times=3)
    for name in "bc":
        await telegram.delete_object(runtime, name.encode())
    assert (await telegram.sweep_objects(runtime)).emptied == 1


@pytest.mark.parametrize("kept", [0, 4 * PART], ids=["another file", "a shorter one"])
async def test_no_message_of_a_later_document_that_is_given_up_stays(
    runtime: Runtime, dc: DataCentres, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    from tests.support.telegram_dc import rpc

    dc.world.most_parts = {False: 4, True: 4}
    performed = rpc.perform
    sent = []

    async def perform(call, request):  # type: ignore[no-untyped-def]  # a test
        answer = await performed(call, request)
        if rpc.method_name(rpc._unwrapped(call, request)) == SEND:
            sent.append(SEND)
            if len(sent) == 2:
                missing = "PERSISTENT_TIMESTAMP_INVALID"
                dc.faults.refuse("updates.getChannelDifference", 400, missing, times=None)
                dc.drop_connections()
        return answer

    monkeypatch.setattr(rpc, "perform", perform)
    film = content(7 * PART)
    with pytest.raises(StorageUnavailable):
        await telegram.put_object(runtime, NAME, blocks(film), size=len(film))
    assert len(posts(dc, LOGS)) == 2
    dc.faults.clear()
    second = film[:kept] or content(3 * PART, seed=2)
    await telegram.put_object(runtime, NAME, blocks(second), size=len(second))
    assert await read(runtime) == second
    assert len(posts(dc, LOGS)) == 1
