"""Writing into channels: sending, editing, forwarding and deleting messages."""

import secrets
from typing import Any

from telethon.tl import TLObject, functions, types

from tests.support.telegram_dc import views
from tests.support.telegram_dc.faults import RpcError
from tests.support.telegram_dc.files import assembled
from tests.support.telegram_dc.rpc import Call, answers
from tests.support.telegram_dc.world import Channel, Document, Post, document_name


def _writable(call: Call, given: TLObject) -> Channel:
    channel = call.channel(given)
    if channel.roles[call.account.id] == "member":
        raise RpcError(403 if call.account.bot else 400, "CHAT_WRITE_FORBIDDEN")
    return channel


def _once(call: Call, random_id: int) -> None:
    """Refuse a message that has been sent already: what a client repeats after a cut line."""
    sent = call.centre.world.random_ids
    if (call.account.id, random_id) in sent:
        raise RpcError(500, "RANDOM_ID_DUPLICATE")
    sent.add((call.account.id, random_id))


def add_post(channel: Channel, post: Post) -> Post:
    """Give a message its number and put it into its channel."""
    channel.last_id += 1
    channel.pts += 1
    post.id, post.pts = channel.last_id, channel.pts
    channel.posts[post.id] = post
    return post


def _tell(call: Call, channel: Channel, changes: dict[int, list[TLObject]]) -> TLObject:
    """Push changes to every other member and return them to who made them."""
    for member, seen in changes.items():
        if member != call.account.id:
            update = types.Updates(seen, [], [], call.now(), 0)
            call.centre.push(member, update)
    mine = changes[call.account.id]
    call.centre.push(call.account.id, types.Updates(mine, [], [], call.now(), 0), but=call.session)
    call.centre.world.save()
    return views.updates(call, channel, mine)


def _new(call: Call, channel: Channel, posts: list[tuple[Post, int]]) -> TLObject:
    changes: dict[int, list[TLObject]] = {}
    for member in channel.roles:
        seen = call.seen_by(member)
        changes[member] = [
            types.UpdateNewChannelMessage(views.message(seen, channel, post), post.pts, 1)
            for post, _ in posts
        ]
    answer = _tell(call, channel, changes)
    named = [types.UpdateMessageID(post.id, random_id) for post, random_id in posts]
    answer.updates = [*named, *answer.updates]
    return answer


@answers(functions.messages.SendMessageRequest)
async def send_message(call: Call, request: Any) -> TLObject:
    channel = _writable(call, request.peer)
    if not request.message:
        raise RpcError(400, "MESSAGE_EMPTY")
    if len(request.message) > 4096:
        raise RpcError(400, "MESSAGE_TOO_LONG")
    _once(call, request.random_id)
    post = Post(0, call.now(), call.account.id, request.message)
    post.entities, post.markup = list(request.entities or []), request.reply_markup
    return _new(call, channel, [(add_post(channel, post), request.random_id)])


def _document(call: Call, media: TLObject) -> Document:
    world = call.centre.world
    if isinstance(media, types.InputMediaDocument):
        known = world.document(media.id.id)
        if known is None or media.id.access_hash != call.hash_of("document", known.id):
            raise RpcError(400, "MEDIA_EMPTY")
        world.check_reference(media.id.file_reference, call.account.id, known.id)
        return known
    if not isinstance(media, types.InputMediaUploadedDocument):
        raise RpcError(400, "MEDIA_INVALID")
    content = assembled(call, media.file)
    attributes = list(media.attributes)
    if not document_name(attributes) and media.file.name:
        attributes.append(types.DocumentAttributeFilename(media.file.name))
    number, name = secrets.randbits(62), document_name(attributes)
    dc = call.centre.id
    made = Document(number, name, media.mime_type, dc, content, attributes, call.now())
    world.documents[number] = made
    return made


@answers(functions.messages.SendMediaRequest)
async def send_media(call: Call, request: Any) -> TLObject:
    channel = _writable(call, request.peer)
    if len(request.message) > 1024:
        raise RpcError(400, "MEDIA_CAPTION_TOO_LONG")
    document = _document(call, request.media)
    _once(call, request.random_id)
    post = Post(0, call.now(), call.account.id, request.message, document.id)
    post.entities, post.markup = list(request.entities or []), request.reply_markup
    return _new(call, channel, [(add_post(channel, post), request.random_id)])


@answers(functions.messages.ForwardMessagesRequest)
async def forward_messages(call: Call, request: Any) -> TLObject:
    source, target = call.channel(request.from_peer), _writable(call, request.to_peer)
    if len(request.id) > 100 or len(request.random_id) != len(request.id):
        raise RpcError(400, "RANDOM_ID_INVALID")
    found = [source.posts.get(number) for number in request.id]
    if not all(found):
        raise RpcError(400, "MESSAGE_ID_INVALID")
    made = []
    for old, random_id in zip(found, request.random_id, strict=True):
        if old is None:
            continue
        _once(call, random_id)
        origin = None if request.drop_author else old.forwarded or (source.id, old.id, old.date)
        text = "" if request.drop_media_captions and old.document else old.text
        post = Post(0, call.now(), call.account.id, text, old.document, forwarded=origin)
        made.append((add_post(target, post), random_id))
    return _new(call, target, made)


def _own(call: Call, given: TLObject, number: int) -> tuple[Channel, Post]:
    channel = _writable(call, given)
    post = channel.posts.get(number)
    if post is None:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    return channel, post


@answers(functions.messages.EditMessageRequest)
async def edit_message(call: Call, request: Any) -> TLObject:
    channel, post = _own(call, request.peer, request.id)
    text = post.text if request.message is None else request.message
    if request.media is None and (text, request.reply_markup) == (post.text, post.markup):
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    if request.media is not None:
        post.document = _document(call, request.media).id
    post.text, post.markup, post.edited = text, request.reply_markup, call.now()
    channel.pts += 1
    post.pts = channel.pts
    changes: dict[int, list[TLObject]] = {}
    for member in channel.roles:
        shown = views.message(call.seen_by(member), channel, post)
        changes[member] = [types.UpdateEditChannelMessage(shown, post.pts, 1)]
    return _tell(call, channel, changes)


@answers(functions.channels.DeleteMessagesRequest)
async def delete_messages(call: Call, request: Any) -> TLObject:
    channel = call.channel(request.channel)
    if channel.roles[call.account.id] == "member":
        raise RpcError(403, "MESSAGE_DELETE_FORBIDDEN")
    gone = [number for number in request.id if channel.posts.pop(number, None)]
    if gone:
        channel.pts += len(gone)
        channel.gone.append((channel.pts, gone))
        update = types.UpdateDeleteChannelMessages(channel.id, gone, channel.pts, len(gone))
        _tell(call, channel, {member: [update] for member in channel.roles})
    return types.messages.AffectedMessages(channel.pts, len(gone))
