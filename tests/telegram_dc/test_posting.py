"""Messages: sent, edited, forwarded, deleted, and told to who is connected."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pyrogram.errors import FileReferenceExpired, FloodWait
from telethon import Button, errors, events
from telethon.tl import functions, types

from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import telethon_bot
from tests.support.telegram_dc.kurigram import kurigram_client
from tests.telegram_dc.conftest import FILM, OTHER, TOKEN, Place


async def test_a_forwarded_file_is_the_same_document(
    dc: DataCentres, client: Any, place: Place
) -> None:
    backup = dc.add_channel(-1009999999999)
    sent = await client.forward_messages(backup, place.film.message, place.channel)
    assert sent.document.id == place.film.document
    assert (sent.forward.chat_id, sent.forward.channel_post) == (place.channel, place.film.message)
    dc.delete_message(place.channel, place.film.message)
    assert await client.get_messages(place.channel, ids=place.film.message) is None
    assert await client.download_media(sent, file=bytes) == FILM.read(0, FILM.size)
    assert dc.counters.calls["upload.saveFilePart"] == 0


async def test_kurigram_forwards_edits_deletes_and_is_told_errors(
    dc: DataCentres, place: Place, tmp_path: Path
) -> None:
    backup = dc.add_channel(-1009999999999)
    async with kurigram_client(dc, tmp_path, token=TOKEN) as client:
        (copy,) = await client.forward_messages(backup, place.channel, [place.film.message])
        assert copy.document.file_name == "film.mkv"
        assert copy.forward_origin.message_id == place.film.message
        note = await client.send_message(place.channel, "one")
        assert (await client.edit_message_text(place.channel, note.id, "two")).text == "two"
        assert await client.delete_messages(place.channel, note.id) == 1
        assert (await client.get_messages(place.channel, note.id)).empty
        dc.faults.flood("messages.sendMessage", seconds=99, times=1)
        with pytest.raises(FloodWait) as waited:
            await client.send_message(place.channel, "three")
        assert waited.value.value == 99
        dc.world.reference_seconds = 0
        with pytest.raises(FileReferenceExpired):
            await client.download_media(copy, in_memory=True)


async def test_a_known_document_is_sent_again_without_its_bytes(
    client: Any, place: Place, dc: DataCentres
) -> None:
    film = await client.get_messages(place.channel, ids=place.film.message)
    sent = await client.send_file(place.channel, film.document, caption="again")
    assert (sent.document.id, sent.text) == (place.film.document, "again")
    dc.world.reference_seconds = 0
    with pytest.raises(errors.FileReferenceExpiredError):
        await client.send_file(place.channel, film.document)


async def test_messages_are_edited_and_deleted(client: Any, place: Place, dc: DataCentres) -> None:
    note = await client.send_message(place.channel, "one")
    assert (await client.edit_message(place.channel, note.id, "two")).text == "two"
    with pytest.raises(errors.MessageNotModifiedError):
        await client.edit_message(place.channel, note.id, "two")
    with pytest.raises(errors.MessageIdInvalidError):
        await client.edit_message(place.channel, 999, "two")
    buttons = [[Button.inline("Stop", b"stop")]]
    await client.edit_message(place.channel, note.id, "three", buttons=buttons)
    seen = await client.get_messages(place.channel, ids=note.id)
    assert (seen.text, seen.buttons[0][0].data) == ("three", b"stop")
    deleted = await client.delete_messages(place.channel, [note.id, 999])
    assert deleted[0].pts_count == 1
    assert await client.get_messages(place.channel, ids=note.id) is None
    peer = await client.get_input_entity(place.channel)
    for text in ("", "x" * 4097):
        with pytest.raises(errors.BadRequestError):
            await client(functions.messages.SendMessageRequest(peer, text))


async def test_others_are_told_what_happens_in_a_channel(
    dc: DataCentres, client: Any, place: Place
) -> None:
    dc.set_role(place.channel, dc.add_bot(OTHER), "admin")
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with telethon_bot(dc, OTHER, receive_updates=True) as other:
        await other.get_messages(place.channel, ids=place.film.message)
        other.add_event_handler(heard.put, events.NewMessage())
        other.add_event_handler(heard.put, events.MessageEdited())
        other.add_event_handler(heard.put, events.MessageDeleted())
        sent = await client.send_file(place.channel, b"text" * 99, caption="news")
        new = await asyncio.wait_for(heard.get(), 10)
        assert (new.chat_id, new.message.id, new.raw_text) == (place.channel, sent.id, "news")
        got = await other.download_media(new.message, file=bytes)
        assert got == b"text" * 99
        await client.edit_message(place.channel, sent.id, "old news")
        assert (await asyncio.wait_for(heard.get(), 10)).raw_text == "old news"
        await client.delete_messages(place.channel, [sent.id])
        assert (await asyncio.wait_for(heard.get(), 10)).deleted_ids == [sent.id]


async def test_what_was_missed_is_in_the_difference(
    dc: DataCentres, client: Any, place: Place
) -> None:
    channel = await client.get_input_entity(place.channel)
    note = await client.send_message(place.channel, "missed")
    await client.delete_messages(place.channel, [place.film.message])
    ask = functions.updates.GetChannelDifferenceRequest
    wanted = types.ChannelMessagesFilterEmpty()
    missed = await client(ask(channel, wanted, 3, 100))
    assert [message.id for message in missed.new_messages] == [note.id]
    assert missed.other_updates[0].messages == [place.film.message]
    nothing = await client(ask(channel, wanted, missed.pts, 100))
    assert isinstance(nothing, types.updates.ChannelDifferenceEmpty)
