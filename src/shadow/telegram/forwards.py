"""Documents that others posted in a channel: what is new there, and objects made of them in place.

An object of a forwarded document has the document's id in its name, so that the same document
forwarded again is the same object, whoever indexes it and however often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.kit.file_names import safe_file_name
from shadow.runtime.context import Runtime
from shadow.storage.ports import ObjectFacts, StoredObject
from shadow.telegram.object_models import TelegramObject, TelegramPart
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.captions import read_caption
from shadow.telegram.transfers.posts import MOST_MESSAGES, Posted, PostGone, read_page, read_post
from shadow.telegram.transfers.posts import Post as Message

FOLDER: Final = "Forwarded"
GAP_PAGES: Final = 3
"""Pages of deleted messages that are passed by for what may come after."""
ENDINGS: Final = {
    "video/mp4": ".mp4", "video/x-matroska": ".mkv", "video/webm": ".webm",
    "video/quicktime": ".mov", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/flac": ".flac",
    "audio/ogg": ".ogg",
}  # fmt: skip
"""Of documents without a name."""
SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A document that somebody posted: its message, its file's name and what it is said to be."""

    message_id: int
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class NewMessages:
    """What came to a channel: its documents, oldest first, and the last message looked at."""

    documents: Sequence[Forwarded]
    last: int


async def messages_after(runtime: Runtime, channel: int, after: int) -> NewMessages:
    """Return the next documents of a channel (-100…) after a message, but for those put from here.

    Some 200 messages are looked at. With nothing new `last` is `after`.

    Raises:
        SwarmBusy, PeerUnknown, TelegramUnavailable, TelegramRefused.
    """
    async with runtime.part(Swarm).session() as carrier:
        for gap in range(GAP_PAGES):
            page = await read_page(carrier, channel, after + 1 + gap * MOST_MESSAGES)
            if page.last:
                found = [_forwarded(one) for one in page.documents if not _is_ours(one)]
                return NewMessages(found, page.last)
    return NewMessages((), after)


async def index_message(runtime: Runtime, *, channel: int, message_id: int) -> StoredObject | None:
    """Make an object of the document of a message, without transfer; None if there is none.

    A document that is an object already, or a part of one, is that object.

    Raises:
        SwarmBusy, PeerUnknown, TelegramUnavailable, TelegramRefused.
    """
    async with runtime.part(Swarm).session() as carrier:
        try:
            posted = await read_post(carrier, Message(channel, message_id))
        except PostGone:
            return None
    if posted.size <= 0:
        return None
    try:
        async with runtime.database.transaction() as session:
            known = await _known(session, posted)
            if known is not None:
                return _shown(known)
            # Of an upload from here that is under way, or whose index was lost.
            return None if _is_ours(posted) else _shown(await _made(session, runtime, posted))
    except IntegrityError:  # somebody else was quicker with the same
        async with runtime.database.session() as session:
            known = await _known(session, posted)
        return None if known is None else _shown(known)


async def forget_forwarded(runtime: Runtime, key: bytes) -> None:
    """Forget the object of a forwarded document that is of no use here; its message stays."""
    name = key.decode()
    if not name.startswith(f"{FOLDER}/"):
        return
    async with runtime.database.transaction() as session:
        await session.execute(delete(TelegramObject).where(TelegramObject.name == name))


async def _known(session: AsyncSession, posted: Posted) -> TelegramObject | None:
    query = (
        select(TelegramObject)
        .join(TelegramPart, TelegramPart.object_id == TelegramObject.id)
        .where(TelegramPart.document_id == posted.document, TelegramObject.state == "stored")
    )
    return await session.scalar(query.order_by(TelegramObject.id).limit(1))


async def _made(session: AsyncSession, runtime: Runtime, posted: Posted) -> TelegramObject:
    row = TelegramObject(
        name=f"{FOLDER}/{posted.document}/{_forwarded(posted).name}", state="stored",
        size=posted.size, sha256=None, mtime_ns=posted.date * SECOND, owner=None,
        lease_until=None, changed_at=runtime.clock(),
    )  # fmt: skip
    session.add(row)
    await session.flush()
    part = TelegramPart(
        object_id=row.id, number=0, offset=0, size=posted.size, channel=posted.post.channel,
        message_id=posted.post.message, document_id=posted.document, dc=posted.dc,
    )  # fmt: skip
    session.add(part)
    await session.flush()
    return row


def _shown(row: TelegramObject) -> StoredObject:
    return StoredObject(row.name.encode(), ObjectFacts(row.size or 0, row.mtime_ns))


def _is_ours(posted: Posted) -> bool:
    return read_caption(posted.caption) is not None


def _forwarded(posted: Posted) -> Forwarded:
    media_type = str(getattr(posted.raw, "mime_type", "") or "").lower()
    first = posted.caption.strip().partition("\n")[0].strip()
    unnamed = f"{first[:100] or f'Message {posted.post.message}'}{ENDINGS.get(media_type, '')}"
    return Forwarded(posted.post.message, safe_file_name(posted.name or unnamed), media_type)
