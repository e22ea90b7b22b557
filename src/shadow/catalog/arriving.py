"""Titles whose first file is still on its way: shown before there is anything to play.

A skeleton is a title like any other, made from a name alone; `Title.arriving` names the job that
brings its file and keeps it visible. Once the job has ended, its files show it, or nothing does.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import table_of
from shadow.catalog.events import TitlesChanged
from shadow.catalog.found import FoundFile
from shadow.catalog.indexing import learn_words
from shadow.catalog.models import File, Title
from shadow.catalog.placing import Titles, known_titles, write_titles
from shadow.catalog.presence import refresh_titles
from shadow.catalog.understood import identity_of, role_of
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.events import publish


class Arriving(NamedTuple):
    """A title that files on their way belong to: database id, public id, shown title.

    `awaits` says that it is shown for that job's sake alone.
    """

    id: int
    public_id: str
    title: str
    awaits: bool


async def announce_titles(
    session: AsyncSession, files: Sequence[FoundFile], *, job_id: str, clock: Clock = utc_now
) -> list[Arriving]:
    """Find or make the titles that a job's files will belong to, and show those without files.

    Safe to repeat. The files are as `record_files` will be given them; only what decides their
    titles is looked at. Of the answer the first title is the first file's.
    """
    identities = [identity_of(one) for one in files if role_of(one.parsed) == "main"]
    loaded = await known_titles(session, {one.name_key for one in identities})
    titles = Titles(loaded)
    placed = [titles.place(one) for one in identities]
    now = clock()
    await write_titles(session, titles, now)
    await learn_words(session, [one.title for one in (*titles.new, *titles.changed.values())])
    ids = list(dict.fromkeys(one.id for one in placed if one.id is not None))
    table = table_of(Title)
    empty = ~exists().where(File.title_id == table.c.id, File.state == "present")
    await session.execute(
        update(table)
        .where(table.c.id.in_(ids), table.c.arriving.is_(None), empty)
        .values(arriving=job_id, hidden=False, updated_at=now)
    )
    publish(session, TitlesChanged(tuple(sorted(ids))))
    awaits = func.coalesce(table.c.arriving, "") == job_id
    rows = await session.execute(
        select(table.c.id, table.c.public_id, table.c.title, awaits).where(table.c.id.in_(ids))
    )
    found = {row.id: Arriving(*row) for row in rows}
    return [found[one] for one in ids]


async def end_arrivals(
    session: AsyncSession, job_ids: Collection[str], *, clock: Clock = utc_now
) -> int:
    """Note that jobs bring nothing more; return how many titles waited for them.

    A title that got no file is hidden, or forgotten if nothing but the job's word made it.
    """
    table = table_of(Title)
    waiting = list(
        await session.scalars(select(table.c.id).where(table.c.arriving.in_(sorted(job_ids))))
    )
    if not waiting:
        return 0
    await session.execute(update(table).where(table.c.id.in_(waiting)).values(arriving=None))
    await refresh_titles(session, waiting, now=clock())
    empty = ~exists().where(File.title_id == table.c.id)
    untouched = (func.json_array_length(table.c.locked) == 0, table.c.hidden.is_(True))
    await session.execute(delete(table).where(table.c.id.in_(waiting), empty, *untouched))
    publish(session, TitlesChanged(tuple(sorted(waiting))))
    return len(waiting)


async def awaited_jobs(session: AsyncSession) -> list[str]:
    """Return the jobs that titles wait for."""
    awaited = select(Title.arriving).where(Title.arriving.is_not(None)).distinct()
    return [job_id for job_id in await session.scalars(awaited) if job_id]


async def note_hashes(
    session: AsyncSession, file_id: int, *, sha256: str, oshash: str | None
) -> None:
    """Keep the hashes of a file's whole content (see `File`), by its database id."""
    hashes = {"sha256": sha256, "oshash": oshash}
    await session.execute(update(table_of(File)).where(File.id == file_id).values(**hashes))
