"""How accounts, channels and messages look to one account."""

from collections.abc import Iterable
from typing import Any

from telethon.tl import TLObject, types

from tests.support.telegram_dc.rpc import Call
from tests.support.telegram_dc.world import Account, Channel, Document, Post

ADMIN = types.ChatAdminRights(
    change_info=True,
    post_messages=True,
    edit_messages=True,
    delete_messages=True,
    invite_users=True,
)


def user(call: Call, account: Account) -> TLObject:
    """Show an account."""
    return types.User(
        account.id,
        is_self=account.id == call.account.id,
        bot=account.bot,
        bot_info_version=1 if account.bot else None,
        premium=account.premium,
        access_hash=call.hash_of("user", account.id),
        first_name=account.name,
        username=account.username or None,
    )


def channel(call: Call, shown: Channel) -> TLObject:
    """Show a channel with the rights the account has in it."""
    role = shown.roles.get(call.account.id)
    return types.Channel(
        shown.id,
        shown.title,
        types.ChatPhotoEmpty(),
        1_600_000_000,
        broadcast=True,
        creator=role == "creator",
        left=role is None,
        access_hash=call.hash_of("channel", shown.id),
        username=shown.username or None,
        admin_rights=ADMIN if role in {"creator", "admin"} else None,
        participants_count=len(shown.roles),
    )


def document(call: Call, shown: Document) -> TLObject:
    """Show a document: with an access hash and a fresh reference of this account's own."""
    world = call.centre.world
    return types.Document(
        shown.id,
        call.hash_of("document", shown.id),
        world.file_reference(call.account.id, shown.id),
        shown.made,
        shown.mime,
        shown.content.size,
        shown.dc,
        shown.attributes,
    )


def message(call: Call, where: Channel, post: Post) -> TLObject:
    """Show a message of a channel."""
    forwarded = None
    if post.forwarded:
        source, number, date = post.forwarded
        forwarded = types.MessageFwdHeader(
            date, from_id=types.PeerChannel(source), channel_post=number
        )
    media = None
    if post.document is not None:
        shown = call.centre.world.documents[post.document]
        media = types.MessageMediaDocument(document=document(call, shown))
    return types.Message(
        post.id,
        types.PeerChannel(where.id),
        post.date,
        post.text,
        out=post.sender == call.account.id,
        post=True,
        fwd_from=forwarded,
        media=media,
        reply_markup=post.markup,
        entities=post.entities or None,
        views=1,
        forwards=0,
        edit_date=post.edited,
    )


def messages(call: Call, where: Channel, posts: Iterable[Post | int], count: int) -> TLObject:
    """Show messages of one channel; a number stands for one that is not there."""
    shown: list[Any] = [
        types.MessageEmpty(post, types.PeerChannel(where.id))
        if isinstance(post, int)
        else message(call, where, post)
        for post in posts
    ]
    chats = [channel(call, where)]
    return types.messages.ChannelMessages(where.pts, count, shown, [], chats, [])


def updates(call: Call, where: Channel, changes: list[TLObject]) -> TLObject:
    """Wrap updates about one channel."""
    return types.Updates(changes, [user(call, call.account)], [channel(call, where)], call.now(), 0)
