"""Calls and files over our own connections, against the local data centres."""

import asyncio
from typing import Any

import pytest
from telethon.tl import functions, types

from shadow.telegram.errors import LinkLost, TelegramFlood, TelegramRefused
from shadow.telegram.service import Session, Swarm
from tests.support.telegram_dc import DataCentres, Generated, Stored
from tests.telegram.conftest import CHANNEL, OpenRuntime

MIB = 1 << 20
FILM = Generated(3 * MIB + 77)


async def location(session: Session, stored: Stored) -> types.InputDocumentFileLocation:
    """Fetch a document's location as a session sees it."""
    channel = await session.input_channel(stored.channel)
    wanted = [types.InputMessageID(stored.message)]
    found = await session.call(functions.channels.GetMessagesRequest(channel, wanted))
    document = found.messages[0].media.document
    return types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )


async def whole(session: Session, stored: Stored, dc: int) -> bytes:
    at = await location(session, stored)
    pieces: list[Any] = await asyncio.gather(
        *[
            session.files(dc).send(functions.upload.GetFileRequest(at, offset, MIB))
            for offset in range(0, FILM.size, MIB)
        ]
    )
    return b"".join(bytes(piece.bytes) for piece in pieces)


@pytest.mark.parametrize("home", [1, 2])
async def test_a_bot_reads_a_film_at_its_home_and_away(
    dc: DataCentres, opened: OpenRuntime, telegram: dict[str, Any], home: int
) -> None:
    stored = dc.put_document(CHANNEL, FILM, "film.mkv", dc=home)
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        assert await whole(session, stored, home) == FILM.read(0, FILM.size)


async def test_a_flood_wait_is_asked_of_telegram_once(dc: DataCentres, opened: OpenRuntime) -> None:
    stored = dc.put_document(CHANNEL, FILM, "film.mkv")
    dc.faults.flood("upload.getFile", seconds=30, premium=True)
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        at = await location(session, stored)
        for _ in range(3):
            with pytest.raises(TelegramFlood) as flood:
                await session.files(2).send(functions.upload.GetFileRequest(at, 0, MIB))
            assert flood.value.premium
            assert 25 < flood.value.seconds <= 30
    assert dc.counters.calls["upload.getFile"] == 1


async def test_a_file_that_lies_elsewhere_is_refused_with_the_data_centre(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    stored = dc.put_document(CHANNEL, FILM, "film.mkv", dc=1)
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        at = await location(session, stored)
        with pytest.raises(TelegramRefused) as refused:
            await session.files(2).send(functions.upload.GetFileRequest(at, 0, MIB))
        assert (refused.value.name, refused.value.dc) == ("FILE_MIGRATE_1", 1)


async def test_a_broken_connection_is_told_and_the_next_call_has_another(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    stored = dc.put_document(CHANNEL, FILM, "film.mkv")
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        at = await location(session, stored)
        request = functions.upload.GetFileRequest(at, 0, MIB)
        dc.faults.drop_after = MIB // 2
        with pytest.raises(LinkLost):
            await session.files(2).send(request)
        dc.faults.clear()
        assert bytes((await session.files(2).send(request)).bytes) == FILM.read(0, MIB)
