"""Messages with documents: sent, found again, forwarded, edited and deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shadow.telegram.errors import TelegramRefused, TelegramUnavailable
from shadow.telegram.library import TLObject, functions, types
from shadow.telegram.sessions.session import Session
from shadow.telegram.transfers.captions import Caption, random_id, read_caption
from shadow.telegram.transfers.posts import MOST_MESSAGES, Post, Posted, posted

PAGE: Final = 100
MOST_PAGES: Final = 20


async def channel_state(session: Session, channel: int) -> int:
    """Return a channel's `pts`: how many changes it has seen."""
    where = await session.input_channel(channel)
    full = await session.call(functions.channels.GetFullChannelRequest(channel=where))
    return int(full.full_chat.pts)


async def posted_since(session: Session, channel: int, pts: int) -> list[Posted]:
    """Return the documents posted in a channel since it was in a state; bots may ask that too."""
    where = await session.input_channel(channel)
    found: list[Posted] = []
    for _ in range(MOST_PAGES):
        request = functions.updates.GetChannelDifferenceRequest(
            channel=where, filter=types.ChannelMessagesFilterEmpty(), pts=max(1, pts), limit=PAGE
        )
        answer = await session.call(request)
        news = getattr(answer, "new_messages", None) or getattr(answer, "messages", None) or []
        found += [one for one in (posted(channel, message) for message in news) if one]
        if getattr(answer, "final", True) or not news:
            break
        pts = answer.pts
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message is to be made.

    `since` is the channel's state before the first try, kept where a kill does not lose it;
    `again` when this may not be the first try.
    """

    channel: int
    since: int
    again: bool


async def send_document(
    session: Session, target: Target, file: TLObject, caption: Caption
) -> Posted:
    """Send an uploaded file into a channel, as one message however often it is tried.

    Raises:
        TelegramRefused: FILE_PART_X_MISSING and others.
        TelegramUnavailable, PeerUnknown: what `Session.call` raises.
    """
    name = caption.name.rpartition("/")[2]
    media = types.InputMediaUploadedDocument(
        file=file,
        mime_type="application/octet-stream",
        attributes=[types.DocumentAttributeFilename(name)],
        force_file=True,
    )
    request = functions.messages.SendMediaRequest(
        peer=await _peer(session, target.channel),
        media=media,
        message=str(caption),
        random_id=random_id("send", caption.mark),
        silent=True,
    )
    return await _once(session, target, request, _marked(caption.mark))


async def find_sent(session: Session, target: Target, mark: str) -> Posted | None:
    """Return the message that was made of an upload, if there is one."""
    return await _made_before(session, target, _marked(mark))


def _marked(mark: str) -> Callable[[Posted], bool]:
    def is_it(one: Posted) -> bool:
        found = read_caption(one.caption)
        return found is not None and found.mark == mark

    return is_it


async def forward_document(
    session: Session, source: Post, target: Target, *, document: int
) -> Posted:
    """Forward a message with a document into a channel, once however often it is tried.

    Raises:
        TelegramRefused: MESSAGE_ID_INVALID when the message is gone, and others.
        TelegramUnavailable, PeerUnknown: what `Session.call` raises.
    """
    request = functions.messages.ForwardMessagesRequest(
        from_peer=await _peer(session, source.channel),
        id=[source.message],
        random_id=[random_id("forward", source, target.channel, target.since)],
        to_peer=await _peer(session, target.channel),
        silent=True,
    )
    return await _once(session, target, request, lambda one: one.document == document)


async def _once(
    session: Session, target: Target, request: TLObject, is_it: Callable[[Posted], bool]
) -> Posted:
    """Make a message, unless a call whose answer was lost has made it already."""
    if target.again and (before := await _made_before(session, target, is_it)):
        return before
    try:
        return _made(target.channel, await session.call(request))
    except (TelegramRefused, TelegramUnavailable):
        if before := await _made_before(session, target, is_it):
            return before
        raise


async def _made_before(
    session: Session, target: Target, is_it: Callable[[Posted], bool]
) -> Posted | None:
    found = await posted_since(session, target.channel, target.since)
    return next((one for one in found if is_it(one)), None)


async def edit_caption(session: Session, post: Post, caption: str) -> None:
    """Change what stands below a document; the same text again is fine."""
    request = functions.messages.EditMessageRequest(
        peer=await _peer(session, post.channel), id=post.message, message=caption
    )
    try:
        await session.call(request)
    except TelegramRefused as refused:
        if refused.name != "MESSAGE_NOT_MODIFIED":
            raise


async def delete_posts(session: Session, channel: int, messages: Sequence[int]) -> None:
    """Delete messages of a channel; those that are gone already are fine."""
    where = await session.input_channel(channel)
    for start in range(0, len(messages), MOST_MESSAGES // 2):
        some = list(messages[start : start + MOST_MESSAGES // 2])
        await session.call(functions.channels.DeleteMessagesRequest(channel=where, id=some))


async def _peer(session: Session, channel: int) -> TLObject:
    where = await session.input_channel(channel)
    return types.InputPeerChannel(where.channel_id, where.access_hash)


def _made(channel: int, updates: TLObject) -> Posted:
    """Read the one document out of the answer to a call that posts."""
    for update in getattr(updates, "updates", []):
        message = getattr(update, "message", None)
        found = posted(channel, message) if hasattr(message, "media") else None
        if found is not None:
            return found
    raise TelegramUnavailable("Telegram did not say which message it made.")
