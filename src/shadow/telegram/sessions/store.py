"""Log-ins in the database: leased to one process at a time, kept with their keys."""

import contextlib
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.runtime.context import Runtime
from shadow.runtime.files import Busy, alone
from shadow.telegram.models import TelegramSession
from shadow.telegram.sessions.logins import Credential, Login
from shadow.telegram.sessions.sealing import Safe

LEASE = timedelta(seconds=30)
LONG_AGO = timedelta(minutes=5)
RENEW_SECONDS = 10.0
ATTEMPTS = 5


class LoginStore:
    """The login slots that this process holds.

    A process holds a lock file in the data folder as long as it lives, so that the next one on
    this machine knows at once whose leases are void; others wait until they lapse.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._clock = runtime.clock
        self._safe = Safe(runtime.secret_key)
        self._folder = runtime.settings.core.data_dir / "telegram" / "leases"
        self._held = ExitStack()
        self._begun = False
        self._signs: dict[int, tuple[tuple[str | None, datetime], float]] = {}
        self.owner = uuid.uuid4().hex

    def begin(self) -> None:
        """Show the other processes of this machine that this one lives; may be called again."""
        if self._begun:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held.enter_context(alone(self._lock(self.owner)))
        self._begun = True

    def _lock(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    async def lease(self, credential: Credential) -> Login | None:
        """Take a login slot of an account; None when a session string has another owner.

        A bot gets a new slot when all are taken.
        """
        for _ in range(ATTEMPTS):
            taken, rows = await self._free_slot(credential)
            if taken is not None:
                return taken
            if rows and not credential.token.get_secret_value():
                return None
            made = await self._new_slot(credential, rows)
            if made is not None:
                return made
        return None

    async def _free_slot(
        self, credential: Credential
    ) -> tuple[Login | None, Sequence[TelegramSession]]:
        given = {"account": credential.account} if credential.account else {}
        query = select(TelegramSession).filter_by(**(given or {"origin": credential.origin}))
        query = query.order_by(TelegramSession.slot)
        async with self._database.transaction() as session:
            rows = list(await session.scalars(query))
            for row in rows:
                if await self._taken(session, row):
                    return self._login(row, credential), rows
        return None, rows

    async def _taken(self, session: AsyncSession, row: TelegramSession) -> bool:
        now = self._clock()
        if row.lease_owner not in (None, self.owner) and not self._silent(row, now):
            return False
        done = await session.execute(
            update(TelegramSession)
            .where(
                TelegramSession.id == row.id,
                TelegramSession.lease_owner == row.lease_owner,
                TelegramSession.lease_until == row.lease_until,  # its owner may come back to life
            )
            .values(lease_owner=self.owner, lease_until=now + LEASE)
        )
        return _count(done) == 1

    def _silent(self, row: TelegramSession, now: datetime) -> bool:
        """Tell whether a lease's owner shows no more signs of life.

        Machines' clocks are not compared (ADR 0008): a lease that nobody renewed while we watched
        is over, whatever moment it names, and so is one from long ago.
        """
        until = row.lease_until
        if until is None or until < now - LONG_AGO:
            return True
        sign, at = (row.lease_owner, until), time.monotonic()
        known = self._signs.get(row.id)
        if known is None or known[0] != sign:
            self._signs[row.id] = (sign, at)
            return False
        return at - known[1] > LEASE.total_seconds()

    async def _new_slot(
        self, credential: Credential, rows: Sequence[TelegramSession]
    ) -> Login | None:
        first = min((row.first_login_at for row in rows if row.first_login_at), default=None)
        row = TelegramSession(
            account=credential.account or f"user-{credential.origin[:12]}",
            slot=max((row.slot for row in rows), default=-1) + 1,
            kind="bot" if credential.bot else "user",
            origin=credential.origin,
            first_login_at=first,
            lease_owner=self.owner,
            lease_until=self._clock() + LEASE,
        )
        try:
            async with self._database.transaction() as session:
                session.add(row)
                await session.flush()
        except IntegrityError:
            return None  # another process was quicker
        return self._login(row, credential)

    def _login(self, row: TelegramSession, credential: Credential) -> Login:
        """Read a row; one that another token or string made is begun anew."""
        login = Login(
            row.account, row.slot, row.kind == "bot", row.user_id, row.name, row.premium,
            first_login_at=row.first_login_at, row=row.id,
        )  # fmt: skip
        if row.origin == credential.origin:
            login.home, login.keys = row.home_dc, self._safe.open(row.keys, row.origin)
            login.dead_reason, login.retry_at = row.dead_reason or "", row.retry_at
        if credential.key and not login.dead_reason:
            login.home = credential.key.dc
            known = login.keys.get(login.home)
            if known is None or known.key != credential.key.key:
                login.keys = {login.home: credential.key}
        return login

    async def save(self, login: Login, credential: Credential) -> bool:
        """Write a log-in as it is now; False when the slot is not this process's any more."""
        values: dict[str, Any] = {
            "account": login.account,
            "origin": credential.origin,
            "user_id": login.user_id,
            "name": login.name,
            "premium": login.premium,
            "home_dc": login.home,
            "keys": self._safe.close(login.keys, credential.origin),
            "first_login_at": login.first_login_at,
            "dead_reason": login.dead_reason[:200] or None,
            "retry_at": login.retry_at,
        }
        mine = (TelegramSession.id == login.row) & (TelegramSession.lease_owner == self.owner)
        with contextlib.suppress(IntegrityError):  # the same account by two strings
            async with self._database.transaction() as session:
                done = await session.execute(update(TelegramSession).where(mine).values(**values))
            return _count(done) == 1
        return False

    async def renew(self, rows: Sequence[int]) -> set[int]:
        """Hold slots for another 30 s; returns those that are still this process's."""
        await self.free_the_dead()
        mine = TelegramSession.id.in_(rows) & (TelegramSession.lease_owner == self.owner)
        async with self._database.transaction() as session:
            until = self._clock() + LEASE
            await session.execute(update(TelegramSession).where(mine).values(lease_until=until))
            return set(await session.scalars(select(TelegramSession.id).where(mine)))

    async def free_the_dead(self) -> None:
        """Void the leases of processes of this machine that are gone."""
        for lock in self._folder.glob("*.lock"):
            if lock.stem == self.owner:
                continue
            with contextlib.suppress(Busy, FileNotFoundError), alone(lock):
                await self._release(lock.stem)
                lock.unlink()

    async def _release(self, owner: str) -> None:
        async with self._database.transaction() as session:
            await session.execute(
                update(TelegramSession)
                .where(TelegramSession.lease_owner == owner)
                .values(lease_owner=None, lease_until=None)
            )

    async def end(self) -> None:
        """Give all slots back, if any could be taken."""
        if not self._begun:
            return
        try:
            await self._release(self.owner)
        finally:
            self._held.close()
            self._lock(self.owner).unlink(missing_ok=True)


def _count(done: object) -> int:
    return cast("CursorResult[Any]", done).rowcount
