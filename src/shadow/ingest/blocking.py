"""The blocklist: content that is not to be stored here, by the SHA-256 of whole files.

It is asked before anything is stored that came by link, upload or submission. Files that a scan
finds in the library folders are not asked about: they lie there by the operator's own hand, and
are taken away by a take-down, which deletes them.
"""

import re
from typing import Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.models import User
from shadow.ingest.errors import BlockMissing, ContentBlocked, HashInvalid
from shadow.ingest.models import BlockedHash
from shadow.kit.clock import Clock, utc_now
from shadow.kit.paging import Page, decode_cursor, encode_cursor

SHA256: Final = re.compile(r"[0-9a-f]{64}")
MOST_TEXT: Final = 1000


async def check(session: AsyncSession, sha256: str, *, name: str = "") -> None:
    """Return if content of this hash may be stored.

    Raises:
        ContentBlocked: it may not; the message names the file, if `name` does.
    """
    blocked = await session.get(BlockedHash, sha256)
    if blocked is not None:
        what = f"“{name}”" if name else "This content"
        raise ContentBlocked(f"{what} is blocked here and is not stored.")


async def block(
    session: AsyncSession,
    sha256: str,
    *,
    name: str = "",
    reason: str = "",
    user_id: int | None = None,
    clock: Clock = utc_now,
) -> BlockedHash:
    """Block content by its hash; what is blocked already stays as it was noted first.

    Raises:
        HashInvalid: that is no SHA-256 in hex.
    """
    key = sha256.strip().lower()
    if not SHA256.fullmatch(key):
        raise HashInvalid("A SHA-256 has 64 hexadecimal digits.")
    if (there := await session.get(BlockedHash, key)) is not None:
        return there
    row = BlockedHash(
        sha256=key, name=name[:MOST_TEXT], reason=reason[:MOST_TEXT], user_id=user_id,
        added_at=clock(),
    )  # fmt: skip
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:  # somebody else did at the same moment, or the account is gone
        there = await session.get(BlockedHash, key, populate_existing=True)
        if there is None and user_id is not None:
            return await block(session, key, name=name, reason=reason, clock=clock)
        if there is None:
            raise
        return there
    return row


async def unblock(session: AsyncSession, sha256: str) -> None:
    """Let content be stored again. Raises `BlockMissing` when it is not blocked."""
    key = sha256.strip().lower()
    if await session.get(BlockedHash, key) is None:
        raise BlockMissing("This hash is not blocked.")
    await session.execute(delete(BlockedHash).where(BlockedHash.sha256 == key))


async def list_blocked(
    session: AsyncSession, *, limit: int, cursor: str | None = None, q: str | None = None
) -> Page[tuple[BlockedHash, str | None]]:
    """Return blocked hashes with the names of who blocked them, newest first.

    `q` is the beginning of a hash, or part of a name or reason.

    Raises:
        CursorInvalid: the cursor is of another list.
    """
    query = select(BlockedHash, User.name).outerjoin(User, User.id == BlockedHash.user_id)
    count = select(func.count()).select_from(BlockedHash)
    if q and q.strip():
        words = q.strip()
        found = or_(
            BlockedHash.sha256.startswith(words.lower(), autoescape=True),
            BlockedHash.name.icontains(words, autoescape=True),
            BlockedHash.reason.icontains(words, autoescape=True),
        )
        query, count = query.where(found), count.where(found)
    if cursor:
        last = await session.get(BlockedHash, str(decode_cursor(cursor, "blocked", 1)[0]))
        if last is not None:
            query = query.where(
                (BlockedHash.added_at < last.added_at)
                | ((BlockedHash.added_at == last.added_at) & (BlockedHash.sha256 > last.sha256))
            )
    query = query.order_by(BlockedHash.added_at.desc(), BlockedHash.sha256).limit(limit + 1)
    rows: list[tuple[BlockedHash, str | None]] = [
        (row[0], row[1]) for row in await session.execute(query)
    ]
    more = encode_cursor("blocked", rows[limit - 1][0].sha256) if len(rows) > limit else None
    return Page(rows[:limit], more, await session.scalar(count) or 0)
