"""The layer of messages: keys, salts, ids, containers, what servers say about messages."""

import asyncio
import contextlib
import os
import struct
import time
from hashlib import sha1, sha256
from typing import Any

import cryptg
import pytest
from telethon.crypto import AuthKey
from telethon.crypto import rsa as telethon_rsa
from telethon.network.mtprotostate import MTProtoState
from telethon.tl import functions, types

from tests.support.telegram_dc import DataCentres, Options
from tests.support.telegram_dc.clients import file_sender, telethon_bot, telethon_client
from tests.support.telegram_dc.crypto import open_rsa_block, server_key
from tests.telegram_dc.conftest import FILM, TOKEN, Place


def rsa_pad(text: bytes) -> bytes:
    """Encrypt as core.telegram.org/mtproto/auth_key (4.1) says newer clients do."""
    key = server_key()
    padded = text + os.urandom(192 - len(text))
    while True:
        temporary = os.urandom(32)
        with_hash = padded[::-1] + sha256(temporary + padded).digest()
        encrypted = cryptg.encrypt_ige(with_hash, temporary, bytes(32))
        mask = sha256(encrypted).digest()
        block = bytes(a ^ b for a, b in zip(temporary, mask, strict=True)) + encrypted
        number = int.from_bytes(block, "big")
        if number < key.n:
            return pow(number, key.e, key.n).to_bytes(256, "big")


async def test_a_key_is_made_with_either_form_of_the_rsa_block(
    dc: DataCentres, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telethon_bot(dc, TOKEN) as client:
        assert (await client.get_me()).id == 1001
    monkeypatch.setattr(
        telethon_rsa, "encrypt", lambda fingerprint, text, use_old=False: rsa_pad(text)
    )
    async with telethon_bot(dc, TOKEN) as client:
        assert (await client.get_me()).id == 1001
    assert dc.counters.handshakes == 2


def test_a_block_in_neither_form_is_not_opened() -> None:
    key = server_key()
    number = int.from_bytes(b"\x7f" + os.urandom(255), "big") % key.n
    assert open_rsa_block(key, pow(number, key.e, key.n).to_bytes(256, "big")) is None


@pytest.mark.parametrize("damage", [4, 60, 200])
async def test_a_spoilt_handshake_makes_no_key(
    dc: DataCentres, place: Place, monkeypatch: pytest.MonkeyPatch, damage: int
) -> None:
    def spoilt(fingerprint: int, text: bytes, *, use_old: bool = False) -> bytes:
        block = bytearray(sha1(text).digest() + text + os.urandom(235 - len(text)))
        block[min(damage, 19 + len(text))] ^= 1
        return pow(int.from_bytes(block, "big"), server_key().e, server_key().n).to_bytes(
            256, "big"
        )

    monkeypatch.setattr(telethon_rsa, "encrypt", spoilt)
    client = telethon_client(dc, connection_retries=0, retry_delay=0)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.connect()
    assert not dc.counters.handshakes


async def test_salts_pings_and_dropped_answers(client: Any, dc: DataCentres) -> None:
    sender = client._sender
    salts = await sender.send(functions.GetFutureSaltsRequest(3))
    assert len({salt.salt for salt in salts.salts}) == 3
    assert salts.salts[0].valid_since.timestamp() <= time.time()
    assert salts.salts[0].valid_until < salts.salts[2].valid_until
    assert (await sender.send(functions.PingDelayDisconnectRequest(7, 75))).ping_id == 7
    assert sender._state.salt in {salt.salt for salt in salts.salts}
    unknown = await sender.send(functions.RpcDropAnswerRequest(4))
    assert isinstance(unknown, types.RpcAnswerUnknown)


async def test_many_requests_in_a_container_are_each_answered(
    client: Any, place: Place, dc: DataCentres
) -> None:
    asked = functions.users.GetUsersRequest([types.InputUserSelf()])
    answers = await asyncio.gather(*[client._sender.send(asked) for _ in range(50)])
    assert {one[0].id for one in answers} == {1001}


async def test_a_long_answer_is_gzipped_and_read(
    client: Any, place: Place, dc: DataCentres
) -> None:
    stored = [
        dc.put_document(place.channel, b"x", f"{n}.bin", text="long " * 50) for n in range(90)
    ]
    found = await client.get_messages(place.channel, ids=[one.message for one in stored])
    assert [message.file.name for message in found] == [f"{n}.bin" for n in range(90)]


async def _says(dc: DataCentres, client: Any, **changed: Any) -> Any:
    """Send one message by hand, with what is changed in it, and read what the server says."""
    state = MTProtoState(AuthKey(client.session.auth_key.key), loggers=client._log)
    state.salt = changed.get("salt", client._sender._state.salt)
    text = bytes(changed.get("request", functions.PingRequest(1)))
    message_id = changed.get("id", (int(time.time()) << 32) & ~3)
    inner = struct.pack("<qii", message_id, changed.get("sequence", 1), len(text)) + text
    packet = state.encrypt_message_data(inner)
    if "spoilt" in changed:
        packet = packet[:-16] + bytes(16)
    at = dc.addresses[2]
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(b"\xee" * 4 + struct.pack("<i", len(packet)) + packet)
    said: list[Any] = []
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
        while len(said) < 2:
            length = int.from_bytes(await reader.readexactly(4), "little")
            heard = state.decrypt_message_data(await reader.readexactly(length)).obj
            said += [one.obj for one in heard.messages] if hasattr(heard, "messages") else [heard]
            if isinstance(said[0], types.BadServerSalt):
                break
    writer.close()
    return said


async def test_what_is_wrong_with_a_message_is_said(dc: DataCentres, client: Any) -> None:
    now = int(time.time()) << 32
    new, pong = await _says(dc, client)
    assert isinstance(new, types.NewSessionCreated)
    assert isinstance(pong, types.Pong)
    (salt,) = await _says(dc, client, salt=12345)
    (key,) = dc.world.keys.values()
    assert salt.new_server_salt in dc.world.good_salts(key)
    rpc = functions.help.GetNearestDcRequest()
    for changed, code in [
        ({"id": now + 1}, 18),
        ({"id": now - (400 << 32)}, 16),
        ({"id": now + (60 << 32)}, 17),
        ({"request": rpc, "sequence": 2}, 35),
        ({"request": types.MsgsAck([4]), "sequence": 1}, 34),
    ]:
        _, refusal = await _says(dc, client, **changed)
        assert refusal.error_code == code, changed
    assert await _says(dc, client, spoilt=True) == []


async def test_a_repeated_message_is_done_once(dc: DataCentres, client: Any, place: Place) -> None:
    peer = await client.get_input_entity(place.channel)
    send = functions.messages.SendMessageRequest(peer, "once", random_id=5)
    await client(send)
    with pytest.raises(Exception, match="random"):
        await client._sender.send(send)
    assert dc.counters.errors["RANDOM_ID_DUPLICATE"] == 1


async def test_another_layer_or_none_is_refused(dc: DataCentres, place: Place) -> None:
    client = telethon_client(dc)
    await client.connect()
    wrapped = functions.InvokeWithLayerRequest(100, functions.help.GetNearestDcRequest())
    with pytest.raises(Exception, match=r"[Ll]ayer"):
        await client._sender.send(wrapped)
    await client.disconnect()


async def test_a_file_connection_gets_no_updates(
    dc: DataCentres, client: Any, place: Place
) -> None:
    sender = await file_sender(client, dc.addresses[2])
    await client.send_message(place.channel, "hello")
    assert sender._updates_queue is None
    sessions = [one for centre in dc._centres.values() for one in centre.sessions.values()]
    assert sorted(one.main for one in sessions if one.send) == [False, True]
    await sender.disconnect()


async def test_everything_is_there_after_a_restart(tmp_path: Any) -> None:
    options = Options(dcs=2, home=2, folder=tmp_path / "kept")
    async with DataCentres(options) as first:
        first.add_bot(TOKEN)
        channel = first.add_channel(-1001234567890)
        first.put_document(channel, FILM, "film.mkv", dc=1)
        async with telethon_bot(first, TOKEN) as client:
            sent = await client.send_file(channel, b"kept" * 1000, caption="a note")
            await client.forward_messages(channel, sent)
            await client.get_messages(channel, ids=1)
            kept = client.session.save()
    async with DataCentres(Options(**{**vars(options), "port": first.addresses[2].port})) as second:
        client = telethon_client(second, session=kept)
        await client.connect()
        film, note, forwarded = await client.get_messages(channel, ids=[1, 2, 3])
        assert await client.download_media(film, file=bytes) == FILM.read(0, FILM.size)
        assert await client.download_media(note, file=bytes) == b"kept" * 1000
        assert (note.text, forwarded.forward.channel_post) == ("a note", 2)
        assert not second.counters.calls["auth.importBotAuthorization"]
        await client.disconnect()
