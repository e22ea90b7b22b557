"""Who may put an object under a name, where several want to at once, in any process."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.kit.clock import Clock
from shadow.kit.errors import ShadowError
from shadow.runtime.database import Database
from shadow.storage.errors import ObjectExists, StorageUnavailable
from shadow.telegram.object_models import TelegramObject

LEASE: Final = timedelta(seconds=10)
RENEW_SECONDS: Final = 3.0
LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make the object of a name: its row, and the mark that it is ours."""

    object_id: int
    owner: str

    async def check(self, session: AsyncSession) -> TelegramObject:
        """Return the row, locked until the transaction ends.

        Raises:
            StorageUnavailable: the right was lost: this process stood still for too long.
        """
        row = await session.get(TelegramObject, self.object_id, with_for_update=True)
        if row is None or row.owner != self.owner:
            raise StorageUnavailable("Another upload of that name has taken over. Try again.")
        return row


@asynccontextmanager
async def claimed(database: Database, clock: Clock, name: str) -> AsyncIterator[Claim]:
    """Hold the only right to make an object under a name; waits while somebody else holds it.

    Raises:
        ObjectExists: there is an object of that name, or was by the time the other one was done.
    """
    claim = await _claim(database, clock, name)
    renewing = asyncio.create_task(_renew(database, clock, claim))
    try:
        yield claim
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await asyncio.shield(_release(database, claim))


async def _claim(database: Database, clock: Clock, name: str) -> Claim:
    owner = secrets.token_hex(16)
    while True:
        try:
            async with database.transaction() as session:
                object_id = await _take(session, name, owner, clock())
        except IntegrityError:  # somebody else made the row in the meantime
            continue
        if object_id is not None:
            return Claim(object_id, owner)
        await asyncio.sleep(LOOK_SECONDS)


async def _take(session: AsyncSession, name: str, owner: str, now: datetime) -> int | None:
    """Return the id of the row that is ours now; None while another holds it."""
    query = select(TelegramObject).where(TelegramObject.name == name).with_for_update()
    row = await session.scalar(query)
    if row is None:
        row = TelegramObject(name=name, state="uploading", mtime_ns=0, changed_at=now)
        session.add(row)
    elif row.state == "stored":
        raise ObjectExists("Something lies under that name already.")
    elif row.owner is not None and row.lease_until is not None and row.lease_until > now:
        return None
    row.owner, row.lease_until, row.changed_at = owner, now + LEASE, now
    await session.flush()
    return row.id


async def _renew(database: Database, clock: Clock, claim: Claim) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        with suppress(ShadowError):  # tried again soon, and checked where it matters
            await _set(database, claim, lease_until=clock() + LEASE)


async def _release(database: Database, claim: Claim) -> None:
    with suppress(ShadowError):  # it lapses by itself
        await _set(database, claim, owner=None, lease_until=None)


async def _set(database: Database, claim: Claim, **values: Any) -> bool:
    mine = (TelegramObject.id == claim.object_id) & (TelegramObject.owner == claim.owner)
    async with database.transaction() as session:
        done = await session.execute(update(TelegramObject).where(mine).values(**values))
    return bool(cast("CursorResult[Any]", done).rowcount)
