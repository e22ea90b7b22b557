"""Attach trailers, extras and samples to the title they lie beside."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import chunks, update_rows
from shadow.catalog.identity import path_key
from shadow.catalog.models import File
from shadow.catalog.placing import Titles, known_titles

AT_ONCE = 500
"""Orphans looked at again when new titles appear; a library has few."""


async def attach_extras(
    session: AsyncSession, file_ids: Iterable[int | None], new_title_ids: Collection[int]
) -> set[int]:
    """Give the extras among these files their title; return the titles that gained one.

    An extra belongs to the title its name or folder speaks of, else to the only title with a file
    in its folder or the nearest folder above. One that finds none waits: it is looked at again
    whenever new titles appear.
    """
    extras = await _extras(session, [one for one in file_ids if one is not None])
    if new_title_ids:
        extras |= await _orphans(session)
    if not extras:
        return set()
    names = {row.id: _name_of(row.understood) for row in extras.values()}
    titles = Titles(await known_titles(session, {name for name, _ in names.values()}))
    rows = []
    for row in extras.values():
        title_id = _by_name(titles, *names[row.id])
        if title_id is None:
            title_id = await _by_folder(session, row)
        if title_id is not None and title_id != row.title_id:
            rows.append({"id": row.id, "title_id": title_id})
    await update_rows(session, File, rows)
    return {row["title_id"] for row in rows}


class Extra(NamedTuple):
    """An extra, as far as attaching needs it."""

    id: int
    title_id: int | None
    understood: str
    root_id: int | None
    folder: bytes


_COLUMNS = select(File.id, File.title_id, File.understood, File.root_id, File.folder)


async def _extras(session: AsyncSession, file_ids: list[int]) -> dict[int, Extra]:
    found: dict[int, Extra] = {}
    for piece in chunks(file_ids):
        rows = await session.execute(_COLUMNS.where(File.id.in_(piece), File.role != "main"))
        found.update({row.id: Extra(*row) for row in rows})
    return found


async def _orphans(session: AsyncSession) -> dict[int, Extra]:
    rows = await session.execute(
        _COLUMNS.where(File.title_id.is_(None), File.role != "main", File.state != "removed").limit(
            AT_ONCE
        )
    )
    return {row.id: Extra(*row) for row in rows}


def _name_of(understood: str) -> tuple[str, int | None]:
    """Return the folded name and year in a line of `understood.understood_as`."""
    key = understood.partition("|")[0]
    name, _, year = key.partition(":")[2].rpartition(":")
    return name, int(year) if year.isdigit() else None


def _by_name(titles: Titles, name: str, year: int | None) -> int | None:
    found = [titles.find(kind, name, year) for kind in ("movie", "show", "audio", "book")]
    ids = [title.id for title in found if title is not None]
    return ids[0] if len(ids) == 1 else None


async def _by_folder(session: AsyncSession, row: Extra) -> int | None:
    parts = row.folder.split(b"/") if row.folder else []
    for depth in range(len(parts), 0, -1):
        folder = b"/".join(parts[:depth])
        titles = await session.scalars(
            select(File.title_id)
            .where(
                File.root_id == row.root_id,
                File.folder_key == path_key(folder),
                File.role == "main",
                File.title_id.is_not(None),
            )
            .distinct()
            .limit(2)
        )
        near = list(titles)
        if near:
            return near[0] if len(near) == 1 else None
    return None
