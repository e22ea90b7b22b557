"""Further copies of files: where they lie and in which state each was last seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import insert_ignoring, table_of
from shadow.catalog.errors import FileMissing
from shadow.catalog.folding import clean
from shadow.catalog.models import File, FileCopy
from shadow.kit.clock import Clock, utc_now

COPY_STATES: Final = ("ok", "missing", "damaged", "unchecked")


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that was made.

    `kind` is `storage` or `mirror`, `place` the plugin's name, `key` its key or id there, `url` the
    public address where there is one. `sha256` is that of the content that was copied.
    """

    kind: str
    place: str
    key: bytes
    size: int
    sha256: str | None = None
    url: str | None = None


async def record_copy(
    session: AsyncSession,
    *,
    file_id: int,
    copied: Copied,
    state: str = "ok",
    clock: Clock = utc_now,
) -> None:
    """Note where a copy of a file lies, in place of what was noted of that place before.

    A file that is not in the catalogue any more gets none.
    """
    assert state in COPY_STATES
    table, now = table_of(FileCopy), clock()
    values = {
        "kind": copied.kind, "key": copied.key, "url": copied.url, "size": copied.size,
        "sha256": copied.sha256, "state": state, "checked_at": now,
    }  # fmt: skip
    if not await session.scalar(select(exists().where(File.id == file_id))):
        return
    await insert_ignoring(
        session,
        table,
        [{"file_id": file_id, "place": copied.place, "added_at": now, **values}],
    )
    here = (table.c.file_id == file_id) & (table.c.place == copied.place)
    await session.execute(update(table).where(here).values(**values))


async def copies_of(session: AsyncSession, file_id: int) -> list[FileCopy]:
    """Return all copies of a file by its database id, oldest first."""
    query = select(FileCopy).where(FileCopy.file_id == file_id).order_by(FileCopy.id)
    return list(await session.scalars(query))


async def good_copies(session: AsyncSession, file_id: int) -> list[FileCopy]:
    """Return the copies that may be read in place of the file, in the order to try them."""
    query = (
        select(FileCopy)
        .join(File, File.id == FileCopy.file_id)
        .where(FileCopy.file_id == file_id, *_good())
        .order_by(FileCopy.id)
    )
    return list(await session.scalars(query))


async def has_good_copy(session: AsyncSession, file_id: int) -> bool:
    """Tell whether a file could be read from one of its copies."""
    query = (
        select(FileCopy.id)
        .join(File, File.id == FileCopy.file_id)
        .where(FileCopy.file_id == file_id, *_good())
    )
    return await session.scalar(query.limit(1)) is not None


def _good() -> Sequence[ColumnElement[bool]]:
    return (
        FileCopy.state == "ok",
        FileCopy.size == File.size,
        FileCopy.sha256 == File.sha256,
    )


async def mark_copy(
    session: AsyncSession, copy_id: int, state: str, *, clock: Clock = utc_now
) -> None:
    """Note in which state a copy was found just now."""
    assert state in COPY_STATES
    table = table_of(FileCopy)
    values = {"state": state, "checked_at": clock()}
    await session.execute(update(table).where(table.c.id == copy_id).values(**values))


async def forget_copies(
    session: AsyncSession, *, file_id: int, places: Collection[str] | None = None
) -> None:
    """Forget copies of a file, all or those at some places; what lies there is not touched."""
    table = table_of(FileCopy)
    statement = delete(table).where(table.c.file_id == file_id)
    if places is not None:
        statement = statement.where(table.c.place.in_(sorted(places)))
    await session.execute(statement)


async def note_sha256(session: AsyncSession, file_id: int, sha256: str) -> None:
    """Keep the SHA-256 of a file's whole content, by its database id."""
    table = table_of(File)
    await session.execute(update(table).where(table.c.id == file_id).values(sha256=sha256))


async def file_row(session: AsyncSession, public_id: str) -> File:
    """Return the file of a public id.

    Raises:
        FileMissing: there is none, or it was taken out of the library.
    """
    query = select(File).where(File.public_id == clean(public_id), File.state != "removed")
    found = await session.scalar(query)
    if found is None:
        raise FileMissing("No file has this id.")
    return found
