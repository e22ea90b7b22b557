"""What scans remember of folders, and the queries on it."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.ingest.comparing import Remembered
from shadow.ingest.models import FolderMemory

GONE = Remembered(b"", b"")
"""Stands for a folder that is not there any more until its files are marked missing."""
UNSURE = b"?"
"""A signature that no folder has: the next scan looks at the folder again."""
PIECE = 200


async def memory_of(session: AsyncSession, root_id: int) -> dict[bytes, Remembered]:
    """Return all that is remembered of a root, by relative folder."""
    query = select(FolderMemory.folder, FolderMemory.signature, FolderMemory.sidecars).where(
        FolderMemory.root_id == root_id
    )
    rows = await session.execute(query)
    return {folder: Remembered(signature, sidecars) for folder, signature, sidecars in rows}


async def remember(
    session: AsyncSession, root_id: int, folders: Mapping[bytes, Remembered], *, sweep: bool = False
) -> None:
    """Keep these folders as they are now; with `sweep`, as ones that files vanished from."""
    names = sorted(folders)
    for start in range(0, len(names), PIECE):
        piece = names[start : start + PIECE]
        await session.execute(
            delete(FolderMemory).where(
                FolderMemory.root_id == root_id, FolderMemory.folder.in_(piece)
            )
        )
        rows = [
            {"root_id": root_id, "folder": name, "sweep": sweep, **folders[name]._asdict()}
            for name in piece
        ]
        await session.execute(insert(FolderMemory), rows)


async def to_sweep(
    session: AsyncSession, root_id: int, *, after: bytes | None
) -> list[FolderMemory]:
    """Return the next folders, in order, that files vanished from."""
    query = (
        select(FolderMemory)
        .where(FolderMemory.root_id == root_id, FolderMemory.sweep)
        .order_by(FolderMemory.folder)
        .limit(PIECE)
    )
    if after is not None:
        query = query.where(FolderMemory.folder > after)
    return list(await session.scalars(query))


async def swept(session: AsyncSession, root_id: int, folders: Collection[bytes]) -> None:
    """Note that these folders are done; those that are gone are forgotten."""
    of_these = (FolderMemory.root_id == root_id, FolderMemory.folder.in_(folders))
    await session.execute(
        delete(FolderMemory).where(*of_these, FolderMemory.signature == GONE.signature)
    )
    await session.execute(update(FolderMemory).where(*of_these).values(sweep=False))
