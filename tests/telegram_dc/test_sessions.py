"""Who may do what: log-ins, their keys and strings, roles in channels, what bots may not ask."""

from pathlib import Path
from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types

from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import file_sender, telethon_bot, telethon_client
from tests.support.telegram_dc.kurigram import kurigram_client
from tests.telegram_dc.conftest import FILM, OTHER, TOKEN, Location, Place


async def test_an_unknown_token_is_refused(dc: DataCentres, place: Place) -> None:
    client = telethon_client(dc)
    await client.connect()
    with pytest.raises(errors.AccessTokenInvalidError):
        await client.sign_in(bot_token="9:wrong")
    await client.disconnect()


async def test_a_bot_is_sent_to_its_home(dc: DataCentres, place: Place) -> None:
    async with telethon_bot(dc, TOKEN, home=1) as client:
        assert client.session.dc_id == 2
        assert (await client.get_me()).id == 1001
    assert dc.counters.errors["USER_MIGRATE_2"] == 1


async def test_without_logging_in_nothing_is_answered(dc: DataCentres, place: Place) -> None:
    client = telethon_client(dc)
    await client.connect()
    with pytest.raises(errors.AuthKeyUnregisteredError):
        await client(functions.updates.GetStateRequest())
    assert (await client(functions.help.GetNearestDcRequest())).this_dc == 2
    await client.disconnect()


async def test_a_saved_session_logs_in_to_nothing_again(dc: DataCentres, place: Place) -> None:
    async with telethon_bot(dc, TOKEN) as client:
        kept = client.session.save()
    dc.counters.clear()
    again = telethon_client(dc, session=kept)
    await again.connect()
    assert (await again.get_me()).id == 1001
    await again.disconnect()
    assert not dc.counters.handshakes
    assert not dc.counters.calls["auth.importBotAuthorization"]


async def test_session_strings_of_a_person_work_in_both_libraries(
    dc: DataCentres, place: Place, tmp_path: Path
) -> None:
    ada = dc.add_user(77)
    dc.set_role(place.channel, ada, "member")
    client = telethon_client(dc, session=dc.session_string(ada))
    await client.connect()
    assert [dialog.id async for dialog in client.iter_dialogs()] == [place.channel]
    found = [message.id async for message in client.iter_messages(place.channel)]
    assert found == [place.far.message, place.film.message]
    with pytest.raises(errors.ChatWriteForbiddenError):
        await client.send_message(place.channel, "hello")
    await client.disconnect()
    text = dc.session_string(ada, "new")
    assert len(text) == 362
    async with kurigram_client(dc, tmp_path, session=text) as other:
        assert other.me.id == 77
        dialogs = [dialog.chat.id async for dialog in other.get_dialogs()]
        assert dialogs == [place.channel]  # where it learns the channel's access hash
        history = [message.id async for message in other.get_chat_history(place.channel)]
        assert history == found


@pytest.mark.parametrize(("form", "length"), [("old", 351), ("64", 356), ("new", 362)])
async def test_pyrogram_strings_have_the_lengths_of_their_kinds(
    dc: DataCentres, form: str, length: int
) -> None:
    assert len(dc.session_string(dc.add_user(77), form)) == length


async def test_a_bot_may_not_ask_what_only_people_may(client: Any, place: Place) -> None:
    peer = await client.get_input_entity(place.channel)
    empty = types.InputMessagesFilterEmpty()
    for request in (
        functions.messages.GetHistoryRequest(peer, 0, None, 0, 10, 0, 0, 0),
        functions.messages.GetDialogsRequest(None, 0, types.InputPeerEmpty(), 10, 0),
        functions.messages.SearchRequest(peer, "", empty, None, None, 0, 0, 10, 0, 0, 0),
    ):
        with pytest.raises(errors.BotMethodInvalidError):
            await client(request)


async def test_a_channel_is_seen_by_its_members_with_their_own_hash(
    dc: DataCentres, client: Any, place: Place
) -> None:
    stranger = dc.add_bot(OTHER)
    mine = await client.get_input_entity(place.channel)
    ask = functions.channels.GetChannelsRequest
    async with telethon_bot(dc, OTHER) as other:
        with pytest.raises(errors.ChannelPrivateError):
            await other(ask([types.InputChannel(mine.channel_id, 0)]))
        with pytest.raises(errors.ChannelInvalidError):
            await other(ask([types.InputChannel(mine.channel_id, mine.access_hash)]))
        dc.set_role(place.channel, stranger, "member")
        seen = (await other(ask([types.InputChannel(mine.channel_id, 0)]))).chats[0]
        assert seen.access_hash != mine.access_hash
        with pytest.raises(errors.ChatWriteForbiddenError):
            await other.send_message(seen, "hello")
        asked = functions.channels.GetParticipantRequest(seen, types.InputPeerSelf())
        shown = await other(asked)
        assert isinstance(shown.participant, types.ChannelParticipantSelf)
        with pytest.raises(errors.MessageDeleteForbiddenError):
            await other.delete_messages(seen, [place.film.message])
    admin = await client(functions.channels.GetParticipantRequest(mine, types.InputPeerSelf()))
    assert admin.participant.admin_rights.post_messages
    resolved = await client(functions.contacts.ResolveUsernameRequest("films"))
    assert resolved.peer.channel_id == mine.channel_id


async def test_a_revoked_log_in_is_refused_on_every_dc_until_one_logs_in_again(
    dc: DataCentres, client: Any, place: Place
) -> None:
    message = await client.get_messages(place.channel, ids=place.far.message)
    await client.download_media(message, file=bytes)
    dc.revoke(place.bot)
    with pytest.raises(errors.SessionRevokedError):
        await client.get_messages(place.channel, ids=place.film.message)
    with pytest.raises(errors.SessionRevokedError):
        await client.download_file(message.document, file=bytes, dc_id=1)
    await client.sign_in(bot_token=TOKEN)
    assert (await client.get_messages(place.channel, ids=place.film.message)).file.size


async def test_a_key_the_server_has_forgotten_is_a_transport_error(
    dc: DataCentres, client: Any, place: Place
) -> None:
    dc.forget_keys(place.bot)
    with pytest.raises(errors.AuthKeyNotFound):
        await client.get_me()


async def test_logging_out_ends_the_key(dc: DataCentres, place: Place) -> None:
    client = telethon_client(dc)
    await client.start(bot_token=TOKEN)
    kept = client.session.save()
    await client.log_out()
    again = telethon_client(dc, session=kept)
    await again.connect()
    assert not await again.is_user_authorized()
    await again.disconnect()


async def test_two_clients_of_one_session_end_it(dc: DataCentres, place: Place) -> None:
    text = dc.session_string(place.bot)
    first, second = telethon_client(dc, session=text), telethon_client(dc, session=text)
    await first.connect()  # asks who it is
    with pytest.raises(errors.AuthKeyDuplicatedError):
        await second.connect()
    with pytest.raises(errors.AuthKeyDuplicatedError):
        await first.get_messages(place.channel, ids=place.film.message)
    with pytest.raises(errors.AuthKeyDuplicatedError):
        await first.sign_in(bot_token=TOKEN)
    await first.disconnect()
    await second.disconnect()


async def test_one_session_may_take_files_over_several_connections(
    dc: DataCentres, client: Any, place: Place, location: Location
) -> None:
    at = await location(client, place.film)
    senders = [await file_sender(client, dc.addresses[2]) for _ in range(3)]
    for number, sender in enumerate(senders):
        got = await sender.send(functions.upload.GetFileRequest(at, number << 20, 4096))
        assert got.bytes == FILM.read(number << 20, 4096)
    assert dc.counters.open_connections == 4
    for sender in senders:
        await sender.disconnect()


async def test_a_session_may_move_from_one_client_to_the_next(
    dc: DataCentres, place: Place
) -> None:
    text = dc.session_string(place.bot)
    for _ in range(3):
        client = telethon_client(dc, session=text)
        await client.connect()
        assert (await client.get_me()).id == 1001
        await client.disconnect()
    assert not dc.counters.errors
