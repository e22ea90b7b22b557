"""Connections one by one: what servers may say, and what nobody should."""

import asyncio
import contextlib
import gzip
import itertools
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from telethon.tl import TLObject, functions

from shadow.telegram.errors import LinkLost, SessionDead, TelegramFlood
from shadow.telegram.links import wire
from shadow.telegram.links.floods import Floods
from shadow.telegram.links.keys import AuthKey, Tampered
from shadow.telegram.links.link import Link, Place
from shadow.telegram.links.outcomes import outcome
from shadow.telegram.links.pool import FileLinks, Traffic
from shadow.telegram.service import Session, Swarm
from tests.support.telegram_dc import DataCentres, Generated
from tests.support.telegram_dc.crypto import seal
from tests.telegram.conftest import CHANNEL, TOKENS, OpenRuntime
from tests.telegram.sessions.test_reading import location

MIB = 1 << 20
CONFIG = functions.help.GetConfigRequest()


@pytest.fixture
async def session(opened: OpenRuntime) -> AsyncIterator[Session]:
    async with (
        opened(worker_tokens=[TOKENS[0]]) as runtime,
        runtime.part(Swarm).session() as taken,
    ):
        await taken.verify()
        yield taken


async def fresh_link(session: Session) -> Link:
    key = session.login.keys[2]
    return await Link(session.keyring.place(2), key, updates=False).connect()


@pytest.mark.parametrize("seconds", [-4000, -20, 20, 4000])
async def test_a_clock_that_is_wrong_is_put_right(
    dc: DataCentres, session: Session, seconds: int
) -> None:
    session.login.keys[2].offset += seconds
    link = await fresh_link(session)
    assert (await link.send(CONFIG)).this_dc == 2
    link.close()


async def test_a_salt_that_is_over_is_replaced(dc: DataCentres, session: Session) -> None:
    session.login.keys[2].salt = 12345
    link = await fresh_link(session)
    answers = await asyncio.gather(*[link.send(CONFIG) for _ in range(5)])
    assert [answer.this_dc for answer in answers] == [2] * 5
    assert link.calls == 0
    assert link.cost == 0
    link.close()


async def test_many_calls_on_one_connection_are_acknowledged(
    dc: DataCentres, session: Session
) -> None:
    link = await fresh_link(session)
    for _ in range(3):
        await asyncio.gather(*[link.send(CONFIG) for _ in range(40)])
    link.close()
    assert dc.counters.errors == {}


async def test_connections_are_opened_under_load_and_calls_spread_over_them(
    dc: DataCentres, session: Session
) -> None:
    film = Generated(16 * MIB)
    stored = dc.put_document(CHANNEL, film, "film.mkv", dc=1)
    at = await location(session, stored)
    files = session.files(1)
    dc.faults.delay = 0.02
    pieces: list[Any] = await asyncio.gather(
        *[
            files.send(functions.upload.GetFileRequest(at, number * MIB, MIB))
            for number in range(16)
        ]
    )
    assert b"".join(bytes(piece.bytes) for piece in pieces) == film.read(0, film.size)
    assert files.connections == 4
    assert dc.counters.open_by_dc["1"] == 4
    assert dc.counters.calls["auth.exportAuthorization"] == 1


@pytest.mark.parametrize("length", [4096, 253, 254, 512 << 10])
async def test_parts_of_uploads_arrive_as_they_are(
    dc: DataCentres, session: Session, length: int
) -> None:
    part = os.urandom(length)
    files = session.files(2)
    for content in (part, memoryview(part)):
        request = functions.upload.SaveBigFilePartRequest(77, 0, 1, content)
        assert await files.send(request) is True
    assert await files.send(functions.upload.SaveFilePartRequest(78, 0, part)) is True
    held: Any = [upload for centre in dc._centres.values() for upload in centre.parts.items()]
    assert [bytes(upload.parts[0].content) for _, upload in held] == [part, part]


# -- hostile servers -------------------------------------------------------------------------------

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
KEY = AuthKey(1, os.urandom(256))


@contextlib.asynccontextmanager
async def server(answering: Answering) -> AsyncIterator[Link]:
    """Serve one connection in some way, and connect to it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await answering(reader, writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1")
    port = listening.sockets[0].getsockname()[1]
    link = await Link(Place(1, "127.0.0.1", port, b""), KEY).connect()
    try:
        yield link
    finally:
        link.close()
        listening.close()


def framed(packet: bytes) -> bytes:
    return struct.pack("<I", len(packet)) + packet


def sealed(body: bytes, *, session: int, key: AuthKey = KEY, message: int = 5) -> bytes:
    text = struct.pack("<qqqii", 0, session, message, 1, len(body)) + body
    return framed(b"".join(bytes(chunk) for chunk in seal(key.key, key.id, [text])))


PACKETS: dict[str, Callable[[int], bytes]] = {
    "a length beyond all packets": lambda _: struct.pack("<I", 1 << 30) + bytes(100),
    "a length below all packets": lambda _: struct.pack("<I", 0),
    "noise": lambda _: os.urandom(4000),
    "a packet of noise": lambda _: framed(KEY.id + os.urandom(16 + 160)),
    "another key": lambda one: sealed(bytes(20), session=one, key=AuthKey(1, os.urandom(256))),
    "another session": lambda one: sealed(bytes(20), session=one + 1),
    "a message of a client": lambda one: sealed(bytes(20), session=one, message=8),
    "a container that ends early": lambda one: sealed(
        struct.pack("<IiqiiI", wire.CONTAINER, 3, 9, 1, 400, 0), session=one
    ),
    "gzip that is none": lambda one: sealed(
        struct.pack("<I", wire.GZIP_PACKED) + TLObject.serialize_bytes(b"nothing" * 9), session=one
    ),
    "a transport error": lambda _: framed(struct.pack("<i", -444)),
}


@pytest.mark.parametrize("name", PACKETS)
async def test_what_is_no_packet_ends_the_connection_and_nothing_else(name: str) -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(60)
        writer.write(PACKETS[name](link._session))
        await writer.drain()
        await reader.read()

    async with server(answering) as link:
        with pytest.raises(LinkLost) as lost:
            await link.send(CONFIG)
        assert "silent" not in str(lost.value)
        assert link.closed


async def test_an_answer_that_nobody_understands_fails_that_call_only() -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(60)
        [number] = link._calls
        unknown = struct.pack("<IqI", wire.RPC_RESULT, number, 0x12345678)
        writer.write(sealed(unknown, session=link._session))
        await reader.read()

    async with server(answering) as link:
        with pytest.raises(wire.RpcFailed, match="ANSWER_UNREADABLE"):
            await link.send(CONFIG)
        assert not link.closed


async def test_packets_in_any_pieces_are_put_together() -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(60)
        film = struct.pack("<III", wire.UPLOAD_FILE, 0, 0) + TLObject.serialize_bytes(content)
        answers = [
            sealed(struct.pack("<Iq", wire.RPC_RESULT, number) + film, session=link._session,
                   message=2 * at + 1)
            for at, number in enumerate(link._calls)
        ]  # fmt: skip
        whole = b"".join(answers)
        cuts = [0, 1, 3, 4, 5, 70_000, 70_001, len(answers[0]) + 2, len(whole) - 1, len(whole)]
        for start, end in itertools.pairwise(cuts):
            writer.write(whole[start:end])
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read()

    content = os.urandom(200_000)
    async with server(answering) as link:
        found = await asyncio.gather(*[link.send(CONFIG) for _ in range(3)])
        assert [bytes(one.bytes) for one in found] == [content] * 3


def test_an_answer_is_not_unpacked_without_end() -> None:
    bomb = gzip.compress(bytes(wire.LARGEST_UNPACKED + 1))
    body = struct.pack("<I", wire.GZIP_PACKED) + TLObject.serialize_bytes(bomb)
    with pytest.raises(ValueError, match="larger"):
        wire.unpacked(memoryview(body))


def test_a_changed_byte_is_noticed() -> None:
    packet = bytearray(sealed(bytes(64), session=1)[4:])
    assert len(KEY.open(memoryview(packet), 1)[2]) == 64
    for at in (0, 9, 30, len(packet) - 1):
        packet[at] ^= 1
        with pytest.raises(Tampered):
            KEY.open(memoryview(packet), 1)
        packet[at] ^= 1


async def test_a_connection_whose_sequence_is_out_of_step_is_given_up() -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(60)
        [number] = link._calls
        too_low = struct.pack("<Iqii", wire.BAD_MESSAGE, number, 1, 32)
        writer.write(sealed(too_low, session=link._session))
        await reader.read()

    async with server(answering) as link:
        with pytest.raises(LinkLost, match="32"):
            await link.send(CONFIG)
        assert link.closed


def test_a_message_of_a_length_that_none_has_is_refused() -> None:
    with pytest.raises(Tampered):
        KEY.open(memoryview(sealed(bytes(21), session=1))[4:], 1)


async def test_whoever_finds_a_key_refused_while_connecting_is_not_cut_off() -> None:
    class Refused:
        floods = Floods()
        kept = False

        def place(self, dc: int) -> Place:
            return Place(dc, "127.0.0.1", 1, b"")

        async def key(self, dc: int) -> AuthKey:
            links.close()  # as the session hangs up
            await asyncio.sleep(0)
            self.kept = True
            raise SessionDead("The log-in has ended.")

        async def key_refused(self, key: AuthKey, why: str) -> None: ...

    owner = Refused()
    links = FileLinks(owner, 1, most=1, traffic=Traffic())
    with pytest.raises(SessionDead):
        await links.send(CONFIG)
    assert owner.kept


def test_a_flood_wait_of_nothing_is_a_wait() -> None:
    error = outcome(wire.RpcFailed(420, "FLOOD_WAIT_0"), "upload.getFile")
    assert isinstance(error, TelegramFlood)
    assert error.seconds == 1
