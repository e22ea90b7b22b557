"""Signed-in browsers: opening, listing and ending sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.errors import SessionMissing
from shadow.accounts.models import SignInSession, User
from shadow.accounts.settings import AccountsSettings
from shadow.kit.ids import fingerprint, new_secret

MAX_SESSIONS = 100
"""Sessions one user may have; the one unseen for longest gives way."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: the connection's address, what the browser calls itself, the cookie it sent."""

    address: str
    user_agent: str | None = None
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the secret of their new session, for the cookie."""

    user: User
    secret: str


async def open_session(
    session: AsyncSession,
    *,
    user: User,
    visitor: Visitor,
    settings: AccountsSettings,
    now: datetime,
) -> SignedIn:
    """Sign `user` in: a new secret in place of the one the browser sent, if any."""
    secret = new_secret()
    await session.execute(delete(SignInSession).where(SignInSession.expires_at <= now))
    if visitor.cookie:
        await end_session_of_cookie(session, cookie=visitor.cookie)
    session.add(
        SignInSession(
            user_id=user.id,
            secret_hash=fingerprint(secret),
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(days=settings.session_days),
            user_agent=_shown(visitor.user_agent),
        )
    )
    user.last_seen_at = now
    await session.flush()
    await _end_surplus(session, user_id=user.id)
    return SignedIn(user=user, secret=secret)


async def list_sessions(
    session: AsyncSession, *, user_id: int, now: datetime
) -> Sequence[SignInSession]:
    """Return the live sessions of a user, newest first."""
    rows = await session.scalars(
        select(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.expires_at > now)
        .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
    )
    return rows.all()


async def end_session(session: AsyncSession, *, user_id: int, session_id: int) -> None:
    """End one session of this user.

    Raises:
        SessionMissing: there is none, or it is someone else's.
    """
    ended = await session.scalar(
        delete(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.user_id == user_id)
        .returning(SignInSession.id)
    )
    if ended is None:
        raise SessionMissing


async def end_session_of_cookie(session: AsyncSession, *, cookie: str) -> None:
    """End the session of this cookie, if it has one."""
    await session.execute(
        delete(SignInSession).where(SignInSession.secret_hash == fingerprint(cookie))
    )


async def end_sessions(session: AsyncSession, *, user_id: int, keep: int | None = None) -> None:
    """End all sessions of a user but the one with the id `keep`."""
    doomed = delete(SignInSession).where(SignInSession.user_id == user_id)
    if keep is not None:
        doomed = doomed.where(SignInSession.id != keep)
    await session.execute(doomed)


async def _end_surplus(session: AsyncSession, *, user_id: int) -> None:
    kept = (
        select(SignInSession.id)
        .where(SignInSession.user_id == user_id)
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
        .limit(MAX_SESSIONS)
    )
    await session.execute(
        delete(SignInSession).where(
            SignInSession.user_id == user_id, SignInSession.id.not_in(kept.scalar_subquery())
        )
    )


def _shown(user_agent: str | None) -> str | None:
    if not user_agent:
        return None
    return "".join(sign for sign in user_agent if sign.isprintable())[:200] or None
