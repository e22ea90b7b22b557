"""Which files are there: missing, removed, restored, and the titles that show or hide with them."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Select, case, distinct, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import chunks, table_of, update_rows
from shadow.catalog.errors import FileMissing, TitleMissing
from shadow.catalog.events import FilesGone, TitlesChanged
from shadow.catalog.folding import clean
from shadow.catalog.found import KnownFile
from shadow.catalog.identity import path_key
from shadow.catalog.models import Episode, File, FileEpisode, Title
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.events import publish

_AVAILABLE: Final = (File.state == "present", File.role == "main")


async def files_of_folder(session: AsyncSession, root_id: int, folder: bytes) -> list[KnownFile]:
    """Return what is known of the files directly in one folder (relative, exact bytes)."""
    rows = await session.execute(
        select(File.id, File.path, File.size, File.mtime_ns, File.state).where(
            File.root_id == root_id, File.folder_key == path_key(folder)
        )
    )
    return [KnownFile(*row) for row in rows]


async def folders_of_root(session: AsyncSession, root_id: int) -> dict[bytes, int]:
    """Return the folders that hold known files not yet missing, with how many each holds."""
    rows = await session.execute(
        select(File.folder, func.count())
        .where(File.root_id == root_id, File.state != "missing")
        .group_by(File.folder)
    )
    return {row[0]: row[1] for row in rows}


async def mark_missing(
    session: AsyncSession, file_ids: Collection[int], *, clock: Clock = utc_now
) -> int:
    """Mark vanished files as missing and hide titles that have no file left; return how many.

    Removed files stay removed; files already missing are not written again.
    """
    gone: list[int] = []
    titles: set[int] = set()
    for piece in chunks(sorted(file_ids)):
        rows = await session.execute(
            select(File.id, File.title_id).where(
                File.id.in_(piece), File.state.in_(("present", "failed"))
            )
        )
        for row in rows:
            gone.append(row.id)
            titles |= {row.title_id} - {None}
    await _set_state(session, gone, titles, "missing", clock)
    return len(gone)


async def note_found_again(
    session: AsyncSession, file_id: int, *, mtime_ns: int, clock: Clock = utc_now
) -> None:
    """Note that a file's bytes are back at its place, written at that time; show it again."""
    row = (
        await session.execute(select(File.title_id, File.state).where(File.id == file_id))
    ).first()
    if row is None:
        return
    table = table_of(File)
    await session.execute(update(table).where(table.c.id == file_id).values(mtime_ns=mtime_ns))
    if row.state == "missing":
        await _set_state(session, [file_id], {row.title_id} - {None}, "present", clock)


async def remove_file(session: AsyncSession, file_id: str, *, clock: Clock = utc_now) -> None:
    """Take one file out of the library; the disk is not touched.

    Raises:
        FileMissing: no file has this public id.
    """
    await _switch_file(session, file_id, "removed", clock)


async def restore_file(session: AsyncSession, file_id: str, *, clock: Clock = utc_now) -> None:
    """Bring a removed file back. One that is not removed stays as it is.

    Raises:
        FileMissing: no file has this public id.
    """
    await _switch_file(session, file_id, "present", clock)


async def remove_title(session: AsyncSession, title_id: str, *, clock: Clock = utc_now) -> None:
    """Take a title and all its files out of the library; the disk is not touched.

    Raises:
        TitleMissing: no title has this public id.
    """
    row_id = await _title_row(session, title_id)
    files = await session.scalars(
        select(File.id).where(File.title_id == row_id, File.state != "removed")
    )
    await _set_state(session, list(files), {row_id}, "removed", clock)


async def restore_title(session: AsyncSession, title_id: str, *, clock: Clock = utc_now) -> None:
    """Bring a title back with all its removed files. The next scan finds out which are gone.

    Raises:
        TitleMissing: no title has this public id.
    """
    row_id = await _title_row(session, title_id)
    files = await session.scalars(
        select(File.id).where(File.title_id == row_id, File.state == "removed")
    )
    await _set_state(session, list(files), {row_id}, "present", clock)


async def refresh_titles(
    session: AsyncSession, title_ids: Collection[int], *, now: datetime
) -> None:
    """Show or hide titles by their present files, and count their seasons and episodes anew.

    A title whose first file is on its way (`arriving`) is shown too.

    Writes only what differs. Locks the titles first, so that of two writers the later one counts
    what the earlier one did.
    """
    for piece in chunks(sorted(title_ids)):
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(
                select(Title.id)
                .where(Title.id.in_(piece))
                .order_by(Title.id)
                .with_for_update(key_share=True)
            )
        counts = {row.title_id: row for row in await session.execute(_episode_counts(piece))}
        present = exists().where(File.title_id == Title.id, *_AVAILABLE)
        shown = present | Title.arriving.is_not(None)
        rows = await session.execute(
            select(
                *(Title.id, Title.hidden, Title.season_count, Title.episode_count),
                shown.label("shown"),
            ).where(Title.id.in_(piece))
        )
        changed = []
        for row in rows:
            counted = counts.get(row.id)
            seasons, episodes = (counted.seasons, counted.episodes) if counted else (0, 0)
            if (row.hidden, row.season_count, row.episode_count) != (
                not row.shown,
                seasons,
                episodes,
            ):
                changed.append(
                    {
                        "id": row.id,
                        "hidden": not row.shown,
                        "season_count": seasons,
                        "episode_count": episodes,
                        "updated_at": now,
                    }
                )
        await update_rows(session, Title, changed)


def _episode_counts(title_ids: Collection[int]) -> Select[int | None, int, int]:
    return (
        select(
            File.title_id,
            func.count(distinct(Episode.season_id)).label("seasons"),
            func.count(distinct(Episode.id)).label("episodes"),
        )
        .join(FileEpisode, FileEpisode.file_id == File.id)
        .join(Episode, Episode.id == FileEpisode.episode_id)
        .where(File.title_id.in_(title_ids), *_AVAILABLE)
        .group_by(File.title_id)
    )


async def _switch_file(session: AsyncSession, file_id: str, state: str, clock: Clock) -> None:
    row = (
        await session.execute(
            select(File.id, File.title_id, File.state).where(File.public_id == clean(file_id))
        )
    ).first()
    if row is None:
        raise FileMissing("No file has this id.")
    if (row.state == "removed") != (state == "removed"):
        await _set_state(session, [row.id], {row.title_id} - {None}, state, clock)


async def _title_row(session: AsyncSession, title_id: str) -> int:
    row_id = await session.scalar(select(Title.id).where(Title.public_id == clean(title_id)))
    if row_id is None:
        raise TitleMissing("No title has this id.")
    return row_id


async def _set_state(
    session: AsyncSession,
    file_ids: Collection[int],
    title_ids: Collection[int],
    state: str,
    clock: Clock,
) -> None:
    if not file_ids:
        return
    now = clock()
    for piece in chunks(sorted(file_ids)):
        await session.execute(
            update(File)
            .where(File.id.in_(piece))
            .values(
                state=case((File.error.is_not(None), "failed"), else_=state)
                if state == "present"
                else state,
                updated_at=now,
            )
            .execution_options(synchronize_session=False)
        )
    await refresh_titles(session, title_ids, now=now)
    if state != "present":
        publish(session, FilesGone(tuple(sorted(file_ids))))
    publish(session, TitlesChanged(tuple(sorted(title_ids))))
