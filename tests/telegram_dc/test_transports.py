"""Two client libraries, each over every transport, move bytes exactly."""

import asyncio
import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
    ConnectionTcpObfuscated,
)
from telethon.network.connection.tcpintermediate import RandomizedIntermediatePacketCodec

from tests.support.telegram_dc import DataCentres, Generated
from tests.support.telegram_dc.clients import telethon_bot
from tests.support.telegram_dc.kurigram import kurigram_client
from tests.telegram_dc.conftest import FILM, TOKEN, Place

NOISE = hashlib.sha512(b"no transport").digest()


class PaddedCodec(RandomizedIntermediatePacketCodec):
    tag = b"\xdd" * 4


class ConnectionTcpPadded(ConnectionTcpIntermediate):
    """Telethon's padded codec, which it opens only through a proxy."""

    packet_codec = PaddedCodec


TELETHON = [
    ConnectionTcpFull,
    ConnectionTcpAbridged,
    ConnectionTcpIntermediate,
    ConnectionTcpPadded,
    ConnectionTcpObfuscated,
]
KURIGRAM = [
    "TCPFull",
    "TCPAbridged",
    "TCPAbridgedO",
    "TCPIntermediate",
    "TCPIntermediateO",
    "TCPIntermediatePadded",
]


@pytest.mark.parametrize("transport", TELETHON, ids=lambda kind: kind.__name__)
async def test_telethon_downloads_and_uploads_byte_exactly(
    dc: DataCentres, place: Place, transport: Any
) -> None:
    slow = transport is ConnectionTcpObfuscated  # half a MiB/s: it ciphers in Python
    film = Generated(100_001 if slow else FILM.size, 7)
    stored = dc.put_document(place.channel, film, "film.mkv")
    async with telethon_bot(dc, TOKEN, transport=transport) as client:
        message = await client.get_messages(place.channel, ids=stored.message)
        assert (message.file.name, message.file.size) == ("film.mkv", film.size)
        assert await client.download_media(message, file=bytes) == film.read(0, film.size)
        upload = os.urandom(150_001 if slow else 1_500_001)
        sent = await client.send_file(place.channel, upload, force_document=True)
        assert dc.content(place.channel, sent.id).read(0, len(upload) + 1) == upload


@pytest.mark.parametrize("transport", KURIGRAM)
async def test_kurigram_downloads_and_uploads_byte_exactly(
    dc: DataCentres, place: Place, tmp_path: Path, transport: str
) -> None:
    slow = transport.endswith("O")
    film = Generated(100_001 if slow else FILM.size, 7)
    stored = dc.put_document(place.channel, film, "film.mkv", text="A film")
    async with kurigram_client(dc, tmp_path, token=TOKEN, transport=transport) as client:
        message = await client.get_messages(place.channel, stored.message)
        assert (message.document.file_name, message.caption) == ("film.mkv", "A film")
        got = await client.download_media(message, in_memory=True)
        assert got.getvalue() == film.read(0, film.size)
        upload = io.BytesIO(os.urandom(150_001 if slow else 600_001))
        upload.name = "upload.bin"
        sent = await client.send_document(place.channel, upload)
        assert dc.content(place.channel, sent.id).read(0, 1 << 20) == upload.getvalue()


async def test_kurigram_fetches_from_another_dc_and_uploads_big_files(
    dc: DataCentres, place: Place, tmp_path: Path
) -> None:
    async with kurigram_client(dc, tmp_path, token=TOKEN) as client:
        message = await client.get_messages(place.channel, place.far.message)
        got = await client.download_media(message, in_memory=True)
        assert got.getvalue() == FILM.read(0, FILM.size)
        assert dc.counters.calls_by_dc["1 upload.getFile"] > 0
        assert dc.counters.calls_by_dc["2 auth.exportAuthorization"] > 0
        upload = io.BytesIO(os.urandom(11 << 20))
        upload.name = "big.bin"
        sent = await client.send_document(place.channel, upload)
        assert dc.content(place.channel, sent.id).read(0, 12 << 20) == upload.getvalue()
        assert dc.counters.calls["upload.saveBigFilePart"] == 22


async def test_telethon_follows_file_migrate_with_an_exported_authorisation(
    dc: DataCentres, client: Any, place: Place
) -> None:
    message = await client.get_messages(place.channel, ids=place.far.message)
    got = await client.download_media(message, file=bytes)
    assert got == FILM.read(0, FILM.size)
    assert dc.counters.calls_by_dc["1 auth.importAuthorization"] == 1
    assert dc.counters.bytes_sent[place.far.document] >= FILM.size


@pytest.mark.parametrize("first", [b"GET / HT", b"\x00" * 8, NOISE])
async def test_what_is_no_transport_is_cut(dc: DataCentres, first: bytes) -> None:
    at = dc.addresses[1]
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(first + bytes(64))
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
