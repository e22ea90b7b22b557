"""Messages of a channel and the documents in them, as one account sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shadow.telegram.errors import TelegramRefused
from shadow.telegram.library import TLObject, functions, types
from shadow.telegram.sessions.session import Session

MOST_MESSAGES: Final = 200
"""What `channels.getMessages` takes at a time."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message: its channel as bots write it (-100…), and its number there."""

    channel: int
    message: int


@dataclass(frozen=True, slots=True)
class Posted:
    """A document in a message. `raw` is Telegram's own object, with this account's reference."""

    post: Post
    document: int
    size: int
    dc: int
    name: str
    caption: str
    date: int
    raw: TLObject


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages of a channel that follow on: their documents, and the last number in use."""

    documents: list[Posted]
    last: int


class PostGone(Exception):
    """The message is deleted, or has no document (any more)."""


async def read_posts(session: Session, channel: int, messages: Sequence[int]) -> list[Posted]:
    """Return the documents of those of up to 200 messages that are there and have one.

    Raises:
        PeerUnknown: the account is not in the channel.
        TelegramUnavailable, TelegramRefused: what `Session.call` raises.
    """
    return _documents(channel, await _read(session, channel, messages))


async def read_page(session: Session, channel: int, first: int) -> Page:
    """Return the 200 messages from a number on: what bots, who may not search, can ask for.

    Raises as `read_posts`. `Page.last` is 0 when none of them is there.
    """
    found = await _read(session, channel, range(first, first + MOST_MESSAGES))
    last = max((one.id for one in found if getattr(one, "date", None)), default=0)
    return Page(_documents(channel, found), last)


async def _read(
    session: Session, channel: int, messages: Sequence[int], *, max_wait: float | None = None
) -> list[TLObject]:
    wanted = [types.InputMessageID(number) for number in messages]
    where = await session.input_channel(channel)
    request = functions.channels.GetMessagesRequest(channel=where, id=wanted)
    answer = await session.call(request, max_wait=max_wait)
    return list(answer.messages)


def _documents(channel: int, messages: Sequence[TLObject]) -> list[Posted]:
    found = [posted(channel, message) for message in messages]
    return [one for one in found if one is not None]


async def read_post(session: Session, post: Post, *, max_wait: float | None = None) -> Posted:
    """Return the document of a message; `max_wait` is as in `Session.call`.

    Raises:
        PostGone: there is none.
        PeerUnknown, TelegramUnavailable, TelegramRefused: as `read_posts`.
    """
    try:
        found = _documents(
            post.channel, await _read(session, post.channel, [post.message], max_wait=max_wait)
        )
    except TelegramRefused as refused:
        if refused.name in ("MSG_ID_INVALID", "MESSAGE_ID_INVALID"):
            raise PostGone from refused
        raise
    if not found or found[0].post != post:
        raise PostGone
    return found[0]


def posted(channel: int, message: TLObject) -> Posted | None:
    """Return the document of a message, if it has one."""
    media = getattr(message, "media", None)
    document = getattr(media, "document", None)
    if document is None or getattr(document, "file_reference", None) is None:
        return None
    names = [getattr(one, "file_name", None) for one in document.attributes]
    return Posted(
        post=Post(channel, message.id),
        document=document.id,
        size=document.size,
        dc=document.dc_id,
        name=next((name for name in names if name), ""),
        caption=message.message or "",
        date=int(message.date.timestamp()) if message.date else 0,
        raw=document,
    )
