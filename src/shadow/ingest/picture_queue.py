"""Which pictures are still to be put into the artwork store, and in what order."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.service import RecordedBatch
from shadow.ingest.models import PendingPicture

PIECE = 200
ORDER = ("beside", "title", "episodes")
"""What lists show first comes first."""


async def queue_pictures(session: AsyncSession, batch: RecordedBatch) -> None:
    """Note the pictures beside recorded files, and the titles that may lack some."""
    rows: dict[str, dict[str, Any]] = {}
    for one in batch.artwork:
        for picture in one.artwork:
            owner = f"file:{one.file_id}" if picture.kind == "still" else f"title:{one.title_id}"
            season = "" if picture.season is None else picture.season
            rows[f"{owner}:{picture.kind}:{season}"] = {
                "stage": "beside", "title_id": one.title_id, "file_id": one.file_id,
                "kind": picture.kind, "season": picture.season, "path": picture.path,
            }  # fmt: skip
    if batch.added or batch.updated or batch.moved:
        for title_id in batch.title_ids:
            for stage in ORDER[1:]:
                rows[f"title:{title_id}:{stage}"] = {
                    "stage": stage, "title_id": title_id, "file_id": None,
                    "kind": None, "season": None, "path": None,
                }  # fmt: skip
    keys = sorted(rows)
    for start in range(0, len(keys), PIECE):
        piece = keys[start : start + PIECE]
        await session.execute(delete(PendingPicture).where(PendingPicture.key.in_(piece)))
        await session.execute(insert(PendingPicture), [{"key": key, **rows[key]} for key in piece])


async def count_pending(session: AsyncSession) -> int:
    """Return how many pictures or titles are still to be taken up."""
    return await session.scalar(select(func.count()).select_from(PendingPicture)) or 0


async def next_pending(session: AsyncSession) -> list[PendingPicture]:
    """Return what to take up next, all of one stage; empty at the end."""
    for stage in ORDER:
        query = select(PendingPicture).where(PendingPicture.stage == stage)
        found = list(await session.scalars(query.order_by(PendingPicture.id).limit(PIECE)))
        if found:
            return found
    return []


async def drop_pending(session: AsyncSession, ids: Collection[int]) -> None:
    """Forget what is done, or cannot be."""
    await session.execute(delete(PendingPicture).where(PendingPicture.id.in_(ids)))
