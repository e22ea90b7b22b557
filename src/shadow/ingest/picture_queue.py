"""Which pictures are still to be put into the artwork store, and in what order."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Title
from shadow.catalog.service import FoundFile, RecordedBatch
from shadow.ingest.models import PendingPicture

PIECE = 200


async def queue_pictures(
    session: AsyncSession, batch: RecordedBatch, found: Sequence[FoundFile]
) -> None:
    """Note the pictures beside recorded files, and that of readable ones a frame may be wanted.

    Nothing is noted for a batch in which nothing changed but pictures that are given again.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in batch.artwork:
        for picture in one.artwork:
            of_file = picture.kind == "still"
            owner = f"file:{one.file_id}" if of_file else f"title:{one.title_id}"
            season = "" if picture.season is None else picture.season
            key = f"{owner}:{picture.kind}:{season}"
            rows[key] = {
                "key": key, "kind": picture.kind, "file_id": one.file_id,
                "title_id": one.title_id, "season": picture.season, "path": picture.path,
            }  # fmt: skip
    if batch.added or batch.updated:
        for file in found:
            file_id = batch.file_ids.get(file.path)
            if file.facts is not None and file_id is not None:
                key = f"file:{file_id}:frame"
                rows[key] = {
                    "key": key, "kind": "frame", "file_id": file_id,
                    "title_id": None, "season": None, "path": None,
                }  # fmt: skip
    await _insert(session, rows)


async def _insert(session: AsyncSession, rows: dict[str, dict[str, Any]]) -> None:
    keys = sorted(rows)
    for start in range(0, len(keys), PIECE):
        piece = keys[start : start + PIECE]
        await session.execute(delete(PendingPicture).where(PendingPicture.key.in_(piece)))
        await session.execute(insert(PendingPicture), [rows[key] for key in piece])


async def count_pending(session: AsyncSession) -> int:
    """Return how many pictures are still to be made."""
    return await session.scalar(select(func.count()).select_from(PendingPicture)) or 0


async def next_pending(session: AsyncSession) -> list[PendingPicture]:
    """Return the pictures to make next: those that lie beside files, then what lists show first."""
    beside = select(PendingPicture).where(PendingPicture.kind != "frame")
    found = list(await session.scalars(beside.order_by(PendingPicture.id).limit(PIECE)))
    if found:
        return found
    first_of_title = (
        select(func.min(PendingPicture.id))
        .join(File, File.id == PendingPicture.file_id)
        .where(exists().where(Title.id == File.title_id, Title.poster_id.is_(None)))
        .group_by(File.title_id)
        .limit(PIECE)
    )
    query = select(PendingPicture).where(PendingPicture.id.in_(first_of_title))
    found = list(await session.scalars(query.order_by(PendingPicture.id)))
    if found:
        return found
    rest = select(PendingPicture).order_by(PendingPicture.id).limit(PIECE)
    return list(await session.scalars(rest))


async def drop_pending(session: AsyncSession, ids: Collection[int]) -> None:
    """Forget pictures that are made, or cannot be."""
    await session.execute(delete(PendingPicture).where(PendingPicture.id.in_(ids)))
