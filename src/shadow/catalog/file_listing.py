"""Pages of files, by the same means as pages of titles (`listing`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import among
from shadow.catalog.errors import FileMissing, ListRefused
from shadow.catalog.folding import clean
from shadow.catalog.keyset import (
    Order,
    decode_position,
    find_order,
    keyset_page,
    next_cursor,
    opaque,
)
from shadow.catalog.listing import tallies
from shadow.catalog.models import File, Genre, Title, TitleGenre
from shadow.catalog.schemas import MediaFileOut, MediaFilePage
from shadow.catalog.search import matching_titles
from shadow.catalog.showing import media_files
from shadow.kit.paging import MAX_LIMIT

FEW: Final = 5_000
"""Files of a state that are quicker fetched and sorted than found by walking a sort order."""
STATES: Final = ("present", "missing", "failed", "removed")
KINDS: Final = ("movie", "show", "book", "audio")
_ID: Final = File.id.expression
FILE_ORDERS: Final[Mapping[str, Order]] = {
    "title": Order(File.sort_path.expression, _ID, str),
    "added": Order(File.added_at.expression, _ID, datetime),
    "year": Order(func.coalesce(Title.year_key, 0), _ID, int),
}


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files a list holds; empty fields do not narrow it.

    `q` finds files by their title, and files without one by their path; `genre` and `year` are
    those of the title.
    """

    q: str | None = None
    genre: str | None = None
    year: int | None = None
    state: str | None = None


async def list_files(
    session: AsyncSession,
    wanted: FileFilter,
    *,
    sort: str = "title",
    cursor: str | None = None,
    limit: int = 50,
) -> MediaFilePage:
    """Return a page of files, of every state unless one is asked for.

    Args:
        session: to read with.
        wanted: what the list holds.
        sort: `title` (by path), `added` or `year` (of the title); a leading `-` reverses. By year
            a large library takes long: no index serves it.
        cursor: `next_cursor` of the page before.
        limit: at most 200 items.

    Raises:
        ListRefused: there is no such sort order or state.
        CursorInvalid: the cursor is not of this list's sort order.
    """
    order = find_order(sort, FILE_ORDERS)
    if wanted.state is not None and wanted.state not in STATES:
        raise ListRefused(f"A file is {', '.join(STATES)}.")
    after = decode_position(cursor, sort, order) if cursor else None
    of_titles = await _of_titles(session, wanted)
    total, few = await _count(session, wanted, of_titles)
    if few:
        order = replace(order, by=opaque(order.by))
    limit = max(1, min(limit, MAX_LIMIT))
    query = select(File.id, order.by.label("key")).where(*of_titles)
    if wanted.state is not None:
        # Dense states are skipped along the sort order; a rare one is fetched by its own index.
        state = File.state.expression if few else opaque(File.state.expression)
        query = query.where(state == wanted.state)
    if of_titles or order.by is FILE_ORDERS["year"].by or sort.endswith("year"):
        query = query.outerjoin(Title, Title.id == File.title_id)
    rows = await keyset_page(session, query, order, after, limit)
    shown = await media_files(session, [row[0] for row in rows[:limit]])
    return MediaFilePage(
        items=list(shown.values()), next_cursor=next_cursor(sort, rows, limit), total=total
    )


async def _count(
    session: AsyncSession, wanted: FileFilter, of_titles: list[ColumnElement[bool]]
) -> tuple[int, bool]:
    """Return how many files the list holds, and whether they are few."""
    if not of_titles:
        states = (wanted.state,) if wanted.state is not None else STATES
        total = sum((await tallies(session, "file", states)).values())
        return total, wanted.state is not None and total <= FEW
    query = select(func.count()).select_from(File).outerjoin(Title, Title.id == File.title_id)
    query = query.where(*of_titles)
    if wanted.state is not None:
        query = query.where(opaque(File.state.expression) == wanted.state)
    return await session.scalar(query) or 0, True


async def _of_titles(session: AsyncSession, wanted: FileFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.q is not None and wanted.q.strip():
        ids = [one for kind in KINDS for one in await matching_titles(session, wanted.q, kind)]
        of_title: Any = File.title_id.expression
        words = clean(wanted.q.strip()[:200])
        loose: Any = File.shown_path.icontains(words, autoescape=True) if words else false()
        conditions.append(or_(among(session, of_title, ids), File.title_id.is_(None) & loose))
    if wanted.year is not None:
        conditions.append(Title.year_key == wanted.year)
    if wanted.genre is not None:
        conditions.append(
            exists()
            .where(TitleGenre.title_id == File.title_id, TitleGenre.genre_id == Genre.id)
            .where(Genre.name == clean(wanted.genre))
        )
    return conditions


async def show_file(session: AsyncSession, file_id: str) -> MediaFileOut:
    """Return one file by its public id.

    Raises:
        FileMissing: no file has this id.
    """
    row_id = await session.scalar(select(File.id).where(File.public_id == file_id))
    if row_id is None:
        raise FileMissing("There is no such file. It may have been taken out of the library.")
    return (await media_files(session, [row_id]))[row_id]
