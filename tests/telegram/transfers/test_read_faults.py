"""What goes wrong inside a running read: it goes on at the byte where it stood, or says why not."""

import asyncio
from contextlib import aclosing

import pytest

from shadow.storage.errors import ObjectChanged, StorageUnavailable
from shadow.telegram.errors import SwarmBusy
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.reading import read_range
from tests.support.telegram_dc import DataCentres, Generated, Stored
from tests.support.telegram_storage import BACKUP, LOGS, TOKENS
from tests.telegram.transfers.conftest import MIB, Reading

ONE = pytest.mark.parametrize("tokens", [TOKENS[:1]])
GET = "upload.getFile"


async def check(reading: Reading, stored: Stored, film: Generated) -> None:
    await asyncio.wait_for(reading.check([reading.volume(stored, film)], [film]), 60)


@pytest.mark.parametrize("tokens", [TOKENS[:1], TOKENS])
async def test_flood_waits_on_every_20th_call(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.flood(GET, seconds=1, every=20)
    await check(reading, stored, film)
    assert dc.counters.errors["FLOOD_WAIT_1"] >= 1


async def test_a_long_flood_wait_moves_the_stream_to_another_session(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    blocks = read_range(reading.reads, [reading.volume(stored, film)], 0, film.size)
    async with aclosing(blocks):
        read = bytearray(await anext(blocks))
        for account in (1001, 1002):
            if dc.counters.calls_by_account[f"{account} {GET}"]:
                dc.faults.flood(GET, seconds=600, account=account, holds=True)
        async for block in blocks:
            read += block
    assert read == bytes(film.read(0, film.size))
    assert all(dc.counters.calls_by_account[f"{account} {GET}"] for account in (1001, 1002))


async def test_when_all_must_wait_longer_than_a_stall_the_reader_is_told_when(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.flood(GET, seconds=600, holds=True)
    with pytest.raises(SwarmBusy) as busy:
        await check(reading, stored, film)
    assert 500 < (busy.value.retry_after or 0) <= 601


@pytest.mark.parametrize("seconds", [0.7, 0.2])
async def test_references_that_lapse(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres, seconds: float
) -> None:
    dc.world.reference_seconds = seconds
    dc.faults.bytes_per_second = 4 * MIB
    await check(reading, stored, film)
    assert dc.counters.errors["FILE_REFERENCE_EXPIRED"] >= 1


async def test_connections_cut_every_few_megabytes(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.drop_after = 3 * MIB + 77
    await check(reading, stored, film)
    assert dc.counters.connections >= 8


async def test_all_connections_cut_at_once(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.delay = 0.01
    blocks = read_range(reading.reads, [reading.volume(stored, film)], 0, film.size)
    read = bytearray()
    async with aclosing(blocks):
        async for block in blocks:
            if len(read) // MIB % 5 == 0:
                dc.drop_connections()
            read += block
    assert read == bytes(film.read(0, film.size))


@pytest.mark.parametrize("error", ["SESSION_REVOKED", "AUTH_KEY_UNREGISTERED"])
async def test_a_session_revoked_in_mid_stream(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres, error: str
) -> None:
    blocks = read_range(reading.reads, [reading.volume(stored, film)], 0, film.size)
    async with aclosing(blocks):
        read = bytearray(await anext(blocks))
        for account in (1001, 1002):
            if dc.counters.calls_by_account[f"{account} {GET}"]:
                dc.revoke(dc.world.accounts[account], error)
        async for block in blocks:
            read += block
    assert read == bytes(film.read(0, film.size))


async def test_a_data_centre_that_is_away_for_a_while(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    blocks = read_range(reading.reads, [reading.volume(stored, film)], 0, film.size)
    async with aclosing(blocks):
        read = bytearray(await anext(blocks))
        dc.faults.unreachable.add(2)
        dc.drop_connections()
        asyncio.get_running_loop().call_later(3, dc.faults.unreachable.clear)
        async for block in blocks:
            read += block
    assert read == bytes(film.read(0, film.size))


@pytest.mark.parametrize("fault", ["half_open", "unreachable"])
async def test_a_data_centre_that_stays_away_is_an_error_within_the_stall(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres, fault: str
) -> None:
    await reading.read([reading.volume(stored, film)], 0, 1)
    getattr(dc.faults, fault).add(2)
    dc.drop_connections()
    patient = reading.patient(3)
    with pytest.raises(StorageUnavailable):
        await asyncio.wait_for(patient.read([patient.volume(stored, film)], 0, film.size), 60)


async def test_a_request_that_is_never_answered(
    reading: Reading, stored: Stored, dc: DataCentres
) -> None:
    film = Generated(3 * MIB)
    stored = dc.put_document(LOGS, film, "short.mkv")
    await reading.read([reading.volume(stored, film)], 0, 1)
    dc.faults.ignore(GET, 1)
    dc.counters.clear()
    await check(reading, stored, film)
    assert dc.counters.bytes_sent[stored.document] == film.size


async def test_a_document_that_has_moved(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    await reading.read([reading.volume(stored, film)], 0, 1)
    dc.world.documents[stored.document].dc = 1
    await check(reading, stored, film)
    assert dc.counters.errors["FILE_MIGRATE_1"] >= 1


async def test_inner_failures_are_repeated(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.refuse(GET, 500, "INTERNAL", every=7, times=None)
    dc.faults.refuse("channels.getMessages", 500, "INTERNAL", times=1)
    await check(reading, stored, film)


async def test_short_answers_are_never_taken(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    """The document is shorter than its message says: an error, and no byte that is not there."""
    await reading.read([reading.volume(stored, film)], 0, 1)
    dc.world.documents[stored.document].content = Generated(2 * MIB + 5)
    patient = reading.patient(2)
    with pytest.raises((StorageUnavailable, ObjectChanged)):
        await patient.read([patient.volume(stored, film)], 0, film.size)


# -- messages -------------------------------------------------------------------------------------


def backed_up(dc: DataCentres, stored: Stored) -> Stored:
    """Put the same document into the backup channel too, as a forward does."""
    copy = dc.put_document(BACKUP, b"x", "film.mkv")
    channel = next(c for c in dc.world.channels.values() if -1000000000000 - c.id == BACKUP)
    channel.posts[copy.message].document = stored.document
    return Stored(copy.channel, copy.message, stored.document)


async def test_a_deleted_message_is_read_from_the_backup(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    volume = reading.volume(stored, film, backed_up(dc, stored))
    dc.delete_message(stored.channel, stored.message)
    await reading.check([volume], [film])
    assert [(one.number, post.message) for one, post in reading.mended] == [(0, stored.message)]


async def test_a_message_deleted_in_mid_stream_is_read_from_the_backup(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    volume = reading.volume(stored, film, backed_up(dc, stored))
    blocks = read_range(reading.reads, [volume], 0, film.size)
    async with aclosing(blocks):
        read = bytearray(await anext(blocks))
        dc.delete_message(stored.channel, stored.message)
        dc.world.reference_seconds = 0.3
        async for block in blocks:
            read += block
            await asyncio.sleep(0.05)
    assert read == bytes(film.read(0, film.size))


async def test_a_channel_that_is_lost_is_read_from_the_backup(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    volume = reading.volume(stored, film, backed_up(dc, stored))
    for account in (1001, 1002):
        dc.set_role(LOGS, dc.world.accounts[account], None)
    await reading.check([volume], [film])


async def test_a_session_that_is_not_in_the_channel_leaves_it_to_the_other(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.set_role(LOGS, dc.world.accounts[1001], None)
    for _ in range(3):
        await reading.check([reading.volume(stored, film)], [film])
    dc.set_role(LOGS, dc.world.accounts[1002], None)
    dc.world.reference_seconds = 0
    with pytest.raises(StorageUnavailable):
        await reading.check([reading.volume(stored, film)], [film])


async def test_another_document_is_never_sent(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    other = Generated(film.size, seed=9)
    wrong = dc.put_document(LOGS, other, "other.mkv")
    volume = reading.volume(Stored(LOGS, wrong.message, stored.document), film)
    with pytest.raises(ObjectChanged):
        await reading.read([volume], 0, film.size)
    volume = reading.volume(Stored(LOGS, wrong.message, stored.document), film, stored)
    await reading.check([volume], [film])


async def test_a_wrong_map_of_parts_is_an_error(
    reading: Reading, stored: Stored, film: Generated
) -> None:
    volume = reading.volume(stored, Generated(film.size + 5))
    with pytest.raises(ObjectChanged):
        await reading.read([volume], 0, 100)


async def test_what_is_gone_everywhere_is_an_error(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.delete_message(stored.channel, stored.message)
    with pytest.raises(ObjectChanged):
        await reading.read([reading.volume(stored, film)], 0, 100)
    assert reading.mended == []


async def test_places_are_given_back_whatever_happens(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.delete_message(stored.channel, stored.message)
    for _ in range(40):  # more than two sessions have places
        with pytest.raises(ObjectChanged):
            await reading.read([reading.volume(stored, film)], 0, 100)
    assert isinstance(reading.reads.swarm, Swarm)
