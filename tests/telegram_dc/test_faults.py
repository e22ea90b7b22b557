"""Every fault happens when its switch is turned, and ends when it is turned back."""

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from telethon import errors
from telethon.crypto import AuthKey
from telethon.tl import functions, types

from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import telethon_bot, telethon_client
from tests.telegram_dc.conftest import FILM, OTHER, TOKEN, Location, Place

Ask = Callable[[types.InputDocumentFileLocation], Any]


async def test_every_nth_call_of_a_method_has_to_wait(
    dc: DataCentres, client: Any, place: Place, location: Location, first_piece: Ask
) -> None:
    at = await location(client, place.film)
    dc.faults.flood("upload.getFile", seconds=7, every=3)
    refused = []
    for number in range(1, 10):
        try:
            await client._sender.send(first_piece(at))
        except errors.FloodWaitError as error:
            refused.append((number, error.seconds))
    assert refused == [(3, 7), (6, 7), (9, 7)]
    assert (await client.get_messages(place.channel, ids=place.film.message)).file
    dc.faults.clear()
    dc.faults.flood("upload.getFile", seconds=9, times=1, premium=True)
    with pytest.raises(errors.FloodPremiumWaitError):
        await client._sender.send(first_piece(at))
    assert (await client._sender.send(first_piece(at))).bytes == FILM.read(0, 4096)


async def test_a_wait_that_holds_refuses_one_account_until_it_is_over(
    dc: DataCentres, client: Any, place: Place, location: Location, first_piece: Ask
) -> None:
    dc.set_role(place.channel, dc.add_bot(OTHER), "member")
    at = await location(client, place.film)
    dc.faults.flood("upload.getFile", seconds=60, times=1, account=1001, holds=True)
    for _ in range(3):
        with pytest.raises(errors.FloodWaitError) as refused:
            await client._sender.send(first_piece(at))
        assert 0 < refused.value.seconds <= 60
    async with telethon_bot(dc, OTHER) as other:
        theirs = await location(other, place.film)
        assert (await other._sender.send(first_piece(theirs))).bytes == FILM.read(0, 4096)
    assert dc.counters.calls_by_account["1001 upload.getFile"] == 3
    assert dc.counters.calls_by_account["1002 upload.getFile"] == 1


async def test_any_other_error_once(dc: DataCentres, client: Any, place: Place) -> None:
    dc.faults.refuse("users.getUsers", 500, "RPC_CALL_FAIL")
    with pytest.raises(errors.ServerError):
        await client._sender.send(functions.users.GetUsersRequest([types.InputUserSelf()]))
    assert await client.get_me()


async def test_a_round_trip_takes_the_delay(
    dc: DataCentres, client: Any, place: Place, location: Location, first_piece: Ask
) -> None:
    at = await location(client, place.film)
    dc.faults.delay, dc.faults.jitter = 0.2, 0.01
    began = time.monotonic()
    await asyncio.gather(*[client._sender.send(first_piece(at)) for _ in range(8)])
    assert time.monotonic() - began >= 0.2


async def test_a_connection_is_no_faster_than_its_cap(
    dc: DataCentres, client: Any, place: Place, location: Location
) -> None:
    at = await location(client, place.film)
    dc.faults.bytes_per_second = 4 << 20
    began = time.monotonic()
    got = await client._sender.send(functions.upload.GetFileRequest(at, 0, 1 << 20))
    assert time.monotonic() - began >= 0.24
    assert got.bytes == FILM.read(0, 1 << 20)
    began = time.monotonic()
    await client(functions.upload.SaveBigFilePartRequest(1, 0, 2, bytes(FILM.read(0, 512 << 10))))
    assert time.monotonic() - began >= 0.12


async def test_a_connection_is_cut_in_the_middle_of_an_answer(
    dc: DataCentres, place: Place, location: Location
) -> None:
    async with telethon_bot(dc, TOKEN, auto_reconnect=False) as client:
        at = await location(client, place.film)
        dc.faults.drop_after = 1_500_000
        ask = functions.upload.GetFileRequest
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            for _ in range(2):
                await client._sender.send(ask(at, 0, 1 << 20))
    assert dc.counters.bytes_sent[place.film.document] >= 1 << 20


async def test_a_half_open_dc_takes_requests_and_says_nothing(
    dc: DataCentres, client: Any, place: Place, location: Location, first_piece: Ask
) -> None:
    at = await location(client, place.film)
    dc.faults.half_open.add(2)
    waiting = client._sender.send(first_piece(at))
    fresh = telethon_client(dc, connection_retries=1, timeout=1)
    connecting = asyncio.ensure_future(fresh.connect())
    done, _ = await asyncio.wait([waiting, connecting], timeout=0.5)
    assert not done
    assert dc.counters.open_by_dc == {"2": 2}
    connecting.cancel()
    dc.faults.half_open.clear()
    await client._sender.send(first_piece(at))
    assert not waiting.done()
    waiting.cancel()


async def test_one_request_is_never_answered(
    dc: DataCentres, client: Any, place: Place, location: Location, first_piece: Ask
) -> None:
    at = await location(client, place.film)
    dc.faults.ignore("upload.getFile")
    waiting = client._sender.send(first_piece(at))
    assert (await client._sender.send(first_piece(at))).bytes == FILM.read(0, 4096)
    assert not waiting.done()
    dropped = await client._sender.send(functions.RpcDropAnswerRequest(1))
    assert isinstance(dropped, types.RpcAnswerUnknown)
    waiting.cancel()


async def test_a_dc_is_unreachable_for_a_while(dc: DataCentres, client: Any, place: Place) -> None:
    dc.faults.unreachable.add(1)
    message = await client.get_messages(place.channel, ids=place.far.message)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.download_media(message, file=bytes)
    dc.faults.unreachable.clear()
    assert await client.download_media(message, file=bytes) == FILM.read(0, FILM.size)


async def test_garbage_ends_a_connection_and_nothing_else(
    dc: DataCentres, client: Any, place: Place
) -> None:
    at = dc.addresses[2]
    key = AuthKey(client.session.auth_key.key)
    known = key.key_id.to_bytes(8, "little")
    for packet in (
        b"",
        bytes(8),
        bytes(24),
        bytes(100),
        known,
        known + bytes(31),
        known + bytes(80),
    ):
        reader, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"\xee" * 4 + struct.pack("<i", len(packet)) + packet)
        assert len(await reader.read()) in {0, 8}, packet
        writer.close()
    assert (await client.get_me()).id == 1001


@pytest.mark.parametrize(("floods", "code"), [(1, -429), (0, -404)])
async def test_transport_errors_are_four_bytes_and_the_end(
    dc: DataCentres, floods: int, code: int
) -> None:
    dc.faults.transport_floods = floods
    at = dc.addresses[1]
    reader, writer = await asyncio.open_connection(at.host, at.port)
    packet = b"an unknown key, " + bytes(48)
    writer.write(b"\xee" * 4 + struct.pack("<i", len(packet)) + packet)
    assert await reader.read() == struct.pack("<ii", 4, code)
    writer.close()


async def test_a_client_outlives_a_flood_of_the_transport(
    dc: DataCentres, client: Any, place: Place
) -> None:
    dc.faults.transport_floods = 1
    assert (await client.get_me()).id == 1001
    assert dc.counters.connections > 1


async def test_connections_are_cut_and_the_client_comes_back(dc: DataCentres, place: Place) -> None:
    async with telethon_bot(dc, TOKEN, retry_delay=0) as client:
        before = dc.counters.connections
        dc.drop_connections()
        await client._sender.send(functions.PingRequest(5))
        assert (await client.get_me()).id == 1001
        assert dc.counters.connections == before + 1
        assert dc.counters.open_connections == 1
