"""Record a batch of found files: titles, seasons, episodes, files and streams, idempotently."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.found import FoundFile, RecordedBatch


async def record_files(session: AsyncSession, batch: Sequence[FoundFile]) -> RecordedBatch:
    """Bring the catalogue up to date with these files; about 200 at a time is quick.

    Idempotent by storage and path: recording the same again writes nothing. The session must be
    of `Database.transaction()`. Publishes `FilesRecorded` when anything changed.
    """
    raise NotImplementedError
