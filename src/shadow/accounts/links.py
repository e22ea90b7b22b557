"""One-time links: one that makes the first admin, others that sign a user in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.errors import LinkInvalid, UserMissing
from shadow.accounts.models import OneTimeLink, User
from shadow.accounts.users import any_admin
from shadow.kit.ids import fingerprint, new_secret
from shadow.runtime.access import Role

FIRST_ADMIN = "first_admin"
LOGIN = "login"


@dataclass(frozen=True, slots=True)
class Link:
    """What a one-time link does: `purpose` is `first_admin` or `login`."""

    purpose: str
    user_id: int | None


async def ensure_first_admin_link(
    session: AsyncSession, *, now: datetime, lifetime: timedelta = timedelta(hours=24)
) -> str | None:
    """Return the secret of a new first-admin link, or None when an admin exists.

    Earlier first-admin links stop working. The page is `/auth?token=…`.
    """
    await session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == FIRST_ADMIN))
    if await any_admin(session):
        return None
    return await _add_link(session, FIRST_ADMIN, None, now, now + lifetime)


async def create_login_link(
    session: AsyncSession, *, user_id: int, now: datetime, lifetime: timedelta
) -> str:
    """Return the secret of a new link that signs this user in once. The page is `/auth?token=…`.

    Raises:
        UserMissing: there is none, or the user is banned.
    """
    user = await session.get(User, user_id)
    if user is None or user.role is Role.banned:
        raise UserMissing
    await session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now))
    return await _add_link(session, LOGIN, user_id, now, now + lifetime)


async def read_link(session: AsyncSession, *, secret: str, now: datetime) -> Link | None:
    """Return what this link would do, without using it; None if it does nothing (any more)."""
    found = await session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.secret_hash == fingerprint(secret),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
    )
    if found is None:
        return None
    if found.purpose == FIRST_ADMIN and await any_admin(session):
        return None
    return Link(found.purpose, found.user_id)


async def use_link(session: AsyncSession, *, secret: str, now: datetime) -> Link:
    """Use a link up: of any number of attempts at once, one returns and the others raise.

    Raises:
        LinkInvalid: unknown, used, revoked or expired; or an admin exists already.
    """
    # One claim at a time, even of two first-admin links that two starting servers made.
    await session.execute(
        select(OneTimeLink.id)
        .where(OneTimeLink.purpose == FIRST_ADMIN, OneTimeLink.used_at.is_(None))
        .order_by(OneTimeLink.id)
        .with_for_update()
    )
    used = await session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.secret_hash == fingerprint(secret),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeLink.purpose, OneTimeLink.user_id)
    )
    row = used.one_or_none()
    if row is None or (row.purpose == FIRST_ADMIN and await any_admin(session)):
        raise LinkInvalid
    return Link(row.purpose, row.user_id)


async def _add_link(
    session: AsyncSession,
    purpose: str,
    user_id: int | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    secret = new_secret()
    session.add(
        OneTimeLink(
            purpose=purpose,
            user_id=user_id,
            secret_hash=fingerprint(secret),
            created_at=now,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return secret
