"""What is known of uploads under way, kept so that a kill loses a quarter of a second of it."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from shadow.kit.clock import Clock
from shadow.kit.errors import ShadowError
from shadow.runtime.database import Database
from shadow.telegram.object_models import TelegramPart, TelegramUpload, TelegramUploadPart
from shadow.telegram.transfers.claims import Claim

FRESH: Final = timedelta(hours=1)
"""How long a confirmed part is counted on. Telegram keeps them for minutes to hours."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A document that an upload was begun for: see `TelegramUpload`.

    `confirmed` has the SHA-256 of each part that Telegram has confirmed lately.
    """

    number: int
    file_id: int
    account: str
    total: int
    since: int | None
    confirmed: dict[int, bytes]


class Records:
    """The rows of one object that is being put; every change proves that it is still ours."""

    def __init__(self, database: Database, clock: Clock, claim: Claim) -> None:
        """Take where they are kept, and the right to change them."""
        self._database = database
        self._clock = clock
        self._claim = claim
        self._object = claim.object_id

    async def begun(self, number: int, *, posted: bool) -> Begun | None:
        """Return the upload of a document; of one that is posted, parts of any age."""
        of_it = TelegramUploadPart.object_id == self._object, TelegramUploadPart.upload == number
        async with self._database.session() as session:
            row = await session.get(TelegramUpload, (self._object, number))
            query = select(TelegramUploadPart).where(*of_it)
            parts = list(await session.scalars(query)) if row else []
        if row is None:
            return None
        oldest = self._clock() - FRESH
        confirmed = {
            part.number: part.sha256 for part in parts if posted or part.confirmed_at > oldest
        }
        return Begun(number, row.file_id, row.account, row.total, row.since, confirmed)

    async def sent(self, first: int) -> list[tuple[int, int]]:
        """Return file id and `since` of each upload whose message may have been made.

        Of the documents from the number `first` on; none of them is posted as far as is known.
        """
        table = TelegramUpload
        query = select(table.file_id, table.since).where(
            table.object_id == self._object, table.number >= first
        )
        async with self._database.session() as session:
            rows = (await session.execute(query)).all()
        return [(file_id, since) for file_id, since in rows if since is not None]

    async def account(self) -> str | None:
        """Return the session that the last document was begun with."""
        query = select(TelegramUpload.account).where(TelegramUpload.object_id == self._object)
        async with self._database.session() as session:
            return await session.scalar(query.order_by(TelegramUpload.number.desc()).limit(1))

    async def posted(self) -> list[TelegramPart]:
        """Return the documents that are in the channel already, in order."""
        query = select(TelegramPart).where(TelegramPart.object_id == self._object)
        async with self._database.session() as session:
            return list(await session.scalars(query.order_by(TelegramPart.number)))

    async def begin(self, begun: Begun) -> None:
        """Begin the upload of a document anew; what was kept of it and of later ones is dropped."""
        async with self._database.transaction() as session:
            await self._claim.check(session)
            for column in (TelegramUploadPart.upload, TelegramUpload.number, TelegramPart.number):
                table = column.class_
                of_it = table.object_id == self._object
                await session.execute(delete(table).where(of_it, column >= begun.number))
            session.add(
                TelegramUpload(
                    object_id=self._object,
                    number=begun.number,
                    file_id=begun.file_id,
                    account=begun.account,
                    total=begun.total,
                    started_at=self._clock(),
                )
            )

    async def confirm(self, number: int, parts: dict[int, bytes]) -> None:
        """Keep that Telegram confirmed parts of a document."""
        rows = [
            {
                "object_id": self._object,
                "upload": number,
                "number": part,
                "sha256": sha256,
                "confirmed_at": self._clock(),
            }
            for part, sha256 in parts.items()
        ]
        async with self._database.transaction() as session:
            await self._claim.check(session)
            await session.execute(delete(TelegramUploadPart).where(*self._of(number, parts)))
            await session.execute(insert(TelegramUploadPart), rows)

    async def forget(self, number: int, parts: Collection[int]) -> None:
        """Forget that parts were confirmed: Telegram has lost them."""
        async with self._database.transaction() as session:
            await self._claim.check(session)
            await session.execute(delete(TelegramUploadPart).where(*self._of(number, parts)))

    def _of(self, number: int, parts: Collection[int]) -> tuple[ColumnElement[bool], ...]:
        table = TelegramUploadPart
        return table.object_id == self._object, table.upload == number, table.number.in_(parts)

    async def sending(self, number: int, since: int) -> None:
        """Keep the state that the channel has before the document's message is sent."""
        of_it = TelegramUpload.object_id == self._object, TelegramUpload.number == number
        async with self._database.transaction() as session:
            await self._claim.check(session)
            await session.execute(update(TelegramUpload).where(*of_it).values(since=since))

    async def add(self, part: TelegramPart) -> None:
        """Keep a document that is in the channel now."""
        async with self._database.transaction() as session:
            await self._claim.check(session)
            part.object_id = self._object
            session.add(part)

    async def drop(self, numbers: Sequence[int]) -> None:
        """Drop documents whose messages were deleted, and the uploads they were made of."""
        async with self._database.transaction() as session:
            await self._claim.check(session)
            for column in (TelegramUploadPart.upload, TelegramUpload.number, TelegramPart.number):
                table = column.class_
                of_it = table.object_id == self._object
                await session.execute(delete(table).where(of_it, column.in_(numbers)))

    async def publish(self, *, size: int, sha256: str, mtime_ns: int) -> None:
        """Make the object visible: from here on it is there."""
        async with self._database.transaction() as session:
            row = await self._claim.check(session)
            row.state, row.size, row.sha256, row.mtime_ns = "stored", size, sha256, mtime_ns
            row.owner = row.lease_until = None
            row.changed_at = self._clock()
            for table in (TelegramUploadPart, TelegramUpload):
                await session.execute(delete(table).where(table.object_id == self._object))

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._clock()


class Confirmations:
    """Parts that Telegram confirmed, written down a few times a second."""

    def __init__(self, records: Records, number: int, *, every: float = 0.25) -> None:
        """Take where to keep them, which document they are of, and the seconds between."""
        self._records = records
        self._number = number
        self._every = every
        self._waiting: dict[int, bytes] = {}
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def add(self, part: int, sha256: bytes) -> None:
        """Have it written down soon."""
        self._waiting[part] = sha256
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._soon())

    async def _soon(self) -> None:
        await asyncio.sleep(self._every)
        with suppress(ShadowError):  # tried again, and raised at the end
            await self.flush()

    async def flush(self) -> None:
        """Write down what waits. Raises what the database does."""
        async with self._writing:
            taken, self._waiting = self._waiting, {}
            try:
                if taken:
                    await self._records.confirm(self._number, taken)
            except BaseException:
                self._waiting = taken | self._waiting
                raise

    async def close(self) -> None:
        """Write down the rest; after a failure too, for the next try is to have it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()
