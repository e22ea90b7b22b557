"""API tokens: credentials for programs, with scopes, an end and a way to take them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.errors import (
    ScopesExceeded,
    TokenInvalid,
    TokenMissing,
    TooManyTokens,
)
from shadow.accounts.models import ApiToken
from shadow.accounts.users import find_user
from shadow.kit.ids import fingerprint, new_secret
from shadow.runtime.access import Principal

PREFIX = "shd_"
"""Lets secret scanners, and people, know one when they see it."""
SCOPES = ("read", "stream", "write", "admin")
MAX_TOKENS = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is known only now."""

    token: ApiToken
    secret: str


async def create_token(
    session: AsyncSession,
    *,
    user_name: str,
    name: str,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a token for the user of this name and return its secret, which is known only now.

    `scopes` None: all that the user may.

    Raises:
        UserMissing: nobody has this name.
        TokenInvalid: an unknown scope, no scope at all, or a name that is empty or cannot be shown.
        TooManyTokens: the user has 100.
    """
    user = await find_user(session, name=user_name)
    return (await _add_token(session, user.id, name, scopes, expires_at)).secret


async def create_own_token(
    session: AsyncSession,
    *,
    caller: Principal,
    name: str,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
) -> NewToken:
    """Make a token for the caller; one that is a token itself passes on its own scopes at most.

    Raises:
        ScopesExceeded: the new token could do more than the calling one.
        TokenInvalid, TooManyTokens: as `create_token`.
    """
    if caller.scopes is not None and (scopes is None or not caller.scopes.issuperset(scopes)):
        raise ScopesExceeded
    return await _add_token(session, caller.user_id, name, scopes, expires_at)


async def list_tokens(session: AsyncSession, *, user_id: int) -> Sequence[ApiToken]:
    """Return the tokens of a user, expired ones too, newest first."""
    rows = await session.scalars(
        select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    )
    return rows.all()


async def revoke_token(session: AsyncSession, *, user_id: int, token_id: int) -> None:
    """Take a token of this user back.

    Raises:
        TokenMissing: there is none, or it is someone else's.
    """
    revoked = await session.scalar(
        delete(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id)
        .returning(ApiToken.id)
    )
    if revoked is None:
        raise TokenMissing


async def _add_token(
    session: AsyncSession,
    user_id: int,
    name: str,
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
) -> NewToken:
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise TokenInvalid("A token's name has 1 to 80 characters that can be shown.")
    held = None if scopes is None else [scope for scope in SCOPES if scope in scopes]
    if scopes is not None and (not held or not set(scopes) <= set(SCOPES)):
        raise TokenInvalid(f"A token has one or more of these scopes: {', '.join(SCOPES)}.")
    owned = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id)
    if (await session.scalar(owned) or 0) >= MAX_TOKENS:
        raise TooManyTokens
    secret = PREFIX + new_secret()
    token = ApiToken(
        user_id=user_id,
        name=name.strip(),
        secret_hash=fingerprint(secret),
        scopes=held,
        expires_at=expires_at,
    )
    session.add(token)
    await session.flush()
    return NewToken(token=token, secret=secret)
