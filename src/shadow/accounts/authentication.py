"""Who is this? Cookie or token in, person out; and what signing in needs, in one object."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.sql.dml import Update

from shadow.accounts.limits import SignInLimits
from shadow.accounts.models import ApiToken, SignInSession, User
from shadow.accounts.settings import AccountsSettings
from shadow.kit.clock import Clock
from shadow.kit.ids import fingerprint
from shadow.runtime.access import Principal, Role
from shadow.runtime.database import Database, DatabaseUnavailable

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
SEEN_EVERY = timedelta(minutes=1)
"""A visit is written down at most this often."""
Seen = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Fills `runtime.access.Authenticator`, and holds what signing in needs. One per Runtime.

    `public_url` is the address that people use, or empty.
    """

    database: Database
    settings: AccountsSettings
    limits: SignInLimits
    clock: Clock
    public_url: str = ""
    _noting: set[Seen] = field(default_factory=set)

    async def __call__(self, *, cookie: str | None, bearer: str | None) -> Principal | None:
        """Return the person, or None for a credential that is unknown, expired or revoked.

        A bearer token, even a wrong one, is judged alone: it never falls back to the cookie.
        """
        now = self.clock()
        if bearer is not None:
            return await self._by_token(bearer, now)
        if cookie:
            return await self._by_cookie(cookie, now)
        return None

    async def _by_cookie(self, cookie: str, now: datetime) -> Principal | None:
        query = (
            select(User, SignInSession)
            .join(SignInSession, SignInSession.user_id == User.id)
            .where(SignInSession.secret_hash == fingerprint(cookie), SignInSession.expires_at > now)
        )
        async with self.database.session() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        user, held = found
        last_moment = held.created_at + timedelta(days=self.settings.session_max_days)
        if last_moment <= now or not self._may_enter(user):
            return None
        if now - held.last_seen_at >= SEEN_EVERY:
            expires_at = min(now + timedelta(days=self.settings.session_days), last_moment)
            note = (
                update(SignInSession)
                .where(SignInSession.id == held.id)
                .values(last_seen_at=now, expires_at=expires_at)
            )
            await self._note(("session", held.id), user.id, note, now)
        return Principal(user.id, user.name, user.role, via="cookie", credential_id=held.id)

    async def _by_token(self, token: str, now: datetime) -> Principal | None:
        query = (
            select(User, ApiToken)
            .join(ApiToken, ApiToken.user_id == User.id)
            .where(
                ApiToken.secret_hash == fingerprint(token),
                or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
            )
        )
        async with self.database.session() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        user, held = found
        if not self._may_enter(user):
            return None
        if held.last_used_at is None or now - held.last_used_at >= SEEN_EVERY:
            note = update(ApiToken).where(ApiToken.id == held.id).values(last_used_at=now)
            await self._note(("token", held.id), user.id, note, now)
        scopes = None if held.scopes is None else frozenset(held.scopes)
        return Principal(
            user.id, user.name, user.role, via="token", credential_id=held.id, scopes=scopes
        )

    def _may_enter(self, user: User) -> bool:
        anonymous = user.role is Role.guest and user.password_hash is None
        return user.role is not Role.banned and (self.settings.guests_allowed or not anonymous)

    async def _note(self, seen: Seen, user_id: int, note: Update, now: datetime) -> None:
        """Write a visit down; of many requests at once, one does, and a failure stops nobody."""
        if seen in self._noting:
            return
        self._noting.add(seen)
        try:
            async with self.database.transaction() as session:
                await session.execute(note)
                await session.execute(
                    update(User).where(User.id == user_id).values(last_seen_at=now)
                )
        except DatabaseUnavailable:
            log.warning("accounts.visit_not_noted", user_id=user_id)
        finally:
            self._noting.discard(seen)


def accounts_of(runtime: "Runtime") -> Accounts:
    """Return the `Accounts` that this Runtime was built with."""
    found = runtime.authenticate
    if not isinstance(found, Accounts):
        raise TypeError("this Runtime was built with another authenticator")
    return found
