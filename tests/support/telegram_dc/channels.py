"""Reading channels: what members may see, and what only people may ask."""

from typing import Any

from telethon.tl import TLObject, functions, types

from tests.support.telegram_dc import views
from tests.support.telegram_dc.accounts import account_of
from tests.support.telegram_dc.faults import RpcError
from tests.support.telegram_dc.rpc import Call, answers
from tests.support.telegram_dc.world import Channel, Post


def for_people(call: Call) -> None:
    """Refuse a bot."""
    if call.account.bot:
        raise RpcError(400, "BOT_METHOD_INVALID")


@answers(functions.channels.GetChannelsRequest)
async def get_channels(call: Call, request: Any) -> TLObject:
    found = [call.channel(given) for given in request.id]
    return types.messages.Chats([views.channel(call, channel) for channel in found])


@answers(functions.channels.GetFullChannelRequest)
async def get_full_channel(call: Call, request: Any) -> TLObject:
    channel = call.channel(request.channel)
    full = types.ChannelFull(
        channel.id, "", 0, 0, 0, types.PhotoEmpty(0), types.PeerNotifySettings(), [], channel.pts,
        participants_count=len(channel.roles),
    )  # fmt: skip
    return types.messages.ChatFull(full, [views.channel(call, channel)], [])


def _wanted(channel: Channel, given: list[TLObject]) -> list[Post | int]:
    if len(given) > 200:
        raise RpcError(400, "MSG_ID_INVALID")
    numbers = [getattr(one, "id", 0) if not isinstance(one, int) else one for one in given]
    return [channel.posts.get(number, number) for number in numbers]


@answers(functions.channels.GetMessagesRequest)
async def get_messages(call: Call, request: Any) -> TLObject:
    channel = call.channel(request.channel)
    found = _wanted(channel, request.id)
    return views.messages(call, channel, found, len(found))


@answers(functions.messages.GetMessagesRequest)
async def get_private_messages(_: Call, request: Any) -> TLObject:
    """Answer for private chats, which nobody here has: each message is missing."""
    empty = [types.MessageEmpty(getattr(one, "id", 0), None) for one in request.id]
    return types.messages.Messages(empty, [], [], [])


def _page(channel: Channel, request: Any) -> TLObject | list[Post]:
    newest_first = sorted(channel.posts.values(), key=lambda post: -post.id)
    above = [post for post in newest_first if request.offset_id and post.id >= request.offset_id]
    start = max(0, len(above) + request.add_offset)
    page = newest_first[start : start + max(0, min(request.limit, 100))]
    return [
        post
        for post in page
        if (not request.max_id or post.id < request.max_id) and post.id > request.min_id
    ]


@answers(functions.messages.GetHistoryRequest)
async def get_history(call: Call, request: Any) -> TLObject:
    for_people(call)
    channel = call.channel(request.peer)
    return views.messages(call, channel, _page(channel, request), len(channel.posts))


@answers(functions.messages.SearchRequest)
async def search(call: Call, request: Any) -> TLObject:
    for_people(call)
    channel = call.channel(request.peer)
    posts = [
        post
        for post in _page(channel, request)
        if request.q.lower() in post.text.lower() and _passes(post, request.filter)
    ]
    return views.messages(call, channel, posts, len(posts))


def _passes(post: Post, wanted: TLObject) -> bool:
    if isinstance(wanted, types.InputMessagesFilterEmpty):
        return True
    return isinstance(wanted, types.InputMessagesFilterDocument) and post.document is not None


@answers(functions.messages.GetDialogsRequest)
async def get_dialogs(call: Call, request: Any) -> TLObject:
    for_people(call)
    world = call.centre.world
    mine = [c for c in world.channels.values() if call.account.id in c.roles and c.posts]
    mine.sort(key=lambda c: (c.posts[max(c.posts)].date, c.id), reverse=True)
    after = getattr(request.offset_peer, "channel_id", None)
    numbers = [channel.id for channel in mine]
    if after in numbers:
        mine = mine[numbers.index(after) + 1 :]
    page = mine[: min(request.limit, 100)]
    dialogs = [
        types.Dialog(
            types.PeerChannel(c.id), max(c.posts), 0, 0, 0, 0, 0, 0, types.PeerNotifySettings(),
            pts=c.pts,
        )
        for c in page
    ]  # fmt: skip
    tops = [views.message(call, c, c.posts[max(c.posts)]) for c in page]
    chats = [views.channel(call, c) for c in page]
    if len(page) == len(numbers):
        return types.messages.Dialogs(dialogs, tops, chats, [])
    return types.messages.DialogsSlice(len(numbers), dialogs, tops, chats, [])


@answers(functions.channels.GetParticipantRequest)
async def get_participant(call: Call, request: Any) -> TLObject:
    channel = call.channel(request.channel)
    whom = account_of(call, request.participant)
    if whom.id != call.account.id and channel.roles[call.account.id] == "member":
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    role = channel.roles.get(whom.id)
    if role is None:
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    shown: TLObject
    if role == "creator":
        shown = types.ChannelParticipantCreator(whom.id, views.ADMIN)
    elif role == "admin":
        shown = types.ChannelParticipantAdmin(whom.id, whom.id, call.now(), views.ADMIN)
    elif whom.id == call.account.id:
        shown = types.ChannelParticipantSelf(whom.id, whom.id, call.now())
    else:
        shown = types.ChannelParticipant(whom.id, call.now())
    chats = [views.channel(call, channel)]
    return types.channels.ChannelParticipant(shown, chats, [views.user(call, whom)])


@answers(functions.contacts.ResolveUsernameRequest)
async def resolve_username(call: Call, request: Any) -> TLObject:
    world = call.centre.world
    wanted = request.username.lower().lstrip("@")
    for account in world.accounts.values():
        if wanted and account.username.lower() == wanted:
            peer = types.PeerUser(account.id)
            return types.contacts.ResolvedPeer(peer, [], [views.user(call, account)])
    for channel in world.channels.values():
        if wanted and channel.username.lower() == wanted:
            peer = types.PeerChannel(channel.id)
            return types.contacts.ResolvedPeer(peer, [views.channel(call, channel)], [])
    raise RpcError(400, "USERNAME_NOT_OCCUPIED")
