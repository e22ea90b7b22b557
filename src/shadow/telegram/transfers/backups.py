"""The second message of every document: made by forwarding, and forwarded back when need be."""

from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, update

from shadow.runtime.database import Database
from shadow.telegram.object_models import TelegramPart
from shadow.telegram.sessions.session import Session
from shadow.telegram.transfers.posting import Target, channel_state, forward_document
from shadow.telegram.transfers.posts import Post, PostGone, read_post

log = structlog.get_logger(__name__)
LOOK_BACK = 500
"""Changes of a channel that are searched for a message that an earlier try may have made."""


def main_post(part: TelegramPart) -> Post:
    """Return the message that a document was posted in."""
    return Post(part.channel, part.message_id)


def backup_post(part: TelegramPart) -> Post | None:
    """Return the message in the backup channel, if there is one."""
    if part.backup_channel is None or part.backup_message_id is None:
        return None
    return Post(part.backup_channel, part.backup_message_id)


async def back_up(database: Database, session: Session, part: TelegramPart, channel: int) -> None:
    """Forward a document to the backup channel, once, unless it is there already.

    Several may do so at once: they agree on one `since`, and with it on one message.

    Raises:
        TelegramRefused, TelegramUnavailable, PeerUnknown.
    """
    now = await _present(database, part)
    if now is None or now.backup_message_id is not None:
        return
    since, again = now.backup_since, True
    if since is None:
        since, again = await channel_state(session, channel), False
        if not await _noted(database, part, since):
            now = await _present(database, part)
            if now is None or now.backup_since is None:
                return  # deleted, or put right by somebody else
            since, again = now.backup_since, True
    target = Target(channel, since, again)
    found = await forward_document(session, main_post(part), target, document=part.document_id)
    await _set(
        database, part, backup_channel=found.post.channel, backup_message_id=found.post.message
    )


async def mend(database: Database, session: Session, part: TelegramPart) -> bool:
    """Put a document back whose message is gone, by forwarding its backup; False if none is.

    Raises:
        TelegramRefused, TelegramUnavailable, PeerUnknown.
    """
    source = backup_post(part)
    if source is None or not await has_document(session, source, part):
        return False
    state = await channel_state(session, part.channel)
    target = Target(part.channel, max(1, state - LOOK_BACK), again=True)
    found = await forward_document(session, source, target, document=part.document_id)
    log.info("telegram.mended", channel=part.channel, lost=part.message_id, now=found.post.message)
    await _set(database, part, message_id=found.post.message)
    return True


async def has_document(session: Session, post: Post, part: TelegramPart) -> bool:
    """Tell whether a message is there and has the document."""
    try:
        found = await read_post(session, post)
    except PostGone:
        return False
    return (found.document, found.size) == (part.document_id, part.size)


async def drop_backup(database: Database, part: TelegramPart) -> None:
    """Forget a backup message that is gone, so that another is made."""
    await _set(database, part, backup_channel=None, backup_message_id=None, backup_since=None)


async def _present(database: Database, part: TelegramPart) -> TelegramPart | None:
    """Return a part as it is now: it may have been read long ago."""
    async with database.session() as session:
        return await session.get(TelegramPart, (part.object_id, part.number))


async def _noted(database: Database, part: TelegramPart, since: int) -> bool:
    """Keep the backup channel's state, unless somebody else has kept one already."""
    of_it = TelegramPart.object_id == part.object_id, TelegramPart.number == part.number
    query = update(TelegramPart).where(*of_it, TelegramPart.backup_since.is_(None))
    async with database.transaction() as session:
        done = await session.execute(query.values(backup_since=since))
    return bool(cast("CursorResult[Any]", done).rowcount)


async def _set(database: Database, part: TelegramPart, **values: int | None) -> None:
    of_it = TelegramPart.object_id == part.object_id, TelegramPart.number == part.number
    async with database.transaction() as session:
        await session.execute(update(TelegramPart).where(*of_it).values(**values))
    for name, value in values.items():
        setattr(part, name, value)
