"""Forget files for good: rows and all that hangs on them, and titles that nothing is left of."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.artwork import artwork_path
from shadow.catalog.bulk import chunks, table_of
from shadow.catalog.events import FilesGone, TitlesChanged
from shadow.catalog.models import File, Image, Title
from shadow.catalog.presence import refresh_titles
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish


async def files_with(session: AsyncSession, sha256: Collection[str]) -> list[File]:
    """Return all files whose content is known to have one of these hashes, oldest first."""
    query = select(File).where(File.sha256.in_(sorted(sha256))).order_by(File.id)
    return list(await session.scalars(query))


async def forget_files(
    session: AsyncSession, file_ids: Collection[int], *, clock: Clock = utc_now
) -> None:
    """Delete files from the catalogue, by database id, and their titles if no file is left there.

    Their bytes are not touched. Ids that are gone already are fine.
    """
    titles: set[int] = set()
    for piece in chunks(sorted(file_ids)):
        found = await session.scalars(select(File.title_id).where(File.id.in_(piece)))
        titles |= {one for one in found if one is not None}
        await session.execute(delete(table_of(File)).where(table_of(File).c.id.in_(piece)))
    table = table_of(Title)
    for piece in chunks(sorted(titles)):
        empty = ~exists().where(File.title_id == table.c.id)
        await session.execute(
            delete(table).where(table.c.id.in_(piece), empty, table.c.arriving.is_(None))
        )
    await refresh_titles(session, titles, now=clock())
    publish(session, FilesGone(tuple(sorted(file_ids))))
    publish(session, TitlesChanged(tuple(sorted(titles))))


async def forget_pictures(runtime: Runtime, shown_paths: Collection[str]) -> None:
    """Delete the pictures that were taken from inside files, by the paths people see; repeatable.

    Bytes that also came from elsewhere stay.
    """
    sources = [f"inside:{one}" for one in sorted(shown_paths)]
    data_dir = runtime.settings.core.data_dir
    for piece in chunks(sources):
        async with runtime.database.session() as session:
            rows = list(await session.scalars(select(Image).where(Image.source.in_(piece))))
            hashes = {one.sha256 for one in rows}
            mine = [one.id for one in rows]
            others = await session.scalars(
                select(Image.sha256).where(Image.sha256.in_(hashes), Image.id.not_in(mine))
            )
            hashes -= {*others}
        await asyncio.to_thread(_drop, data_dir, hashes)
        async with runtime.database.transaction() as session:
            table = table_of(Image)
            await session.execute(delete(table).where(table.c.id.in_(mine)))


def _drop(data_dir: Path, hashes: Collection[str]) -> None:
    for sha256 in hashes:
        artwork_path(data_dir, sha256).unlink(missing_ok=True)
        for variant in (data_dir / "cache" / "images" / sha256[:2]).glob(f"{sha256}-*"):
            variant.unlink(missing_ok=True)
