"""Begin the work on copies: by a person's wish, after a link was brought, after a read failed."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.events import ReadingFailed
from shadow.catalog.models import File, FileCopy
from shadow.catalog.service import copies_of, file_row, has_good_copy
from shadow.ingest.events import LinkBrought
from shadow.ingest.mirroring.copying import LOCAL, begin_mirror
from shadow.ingest.mirroring.errors import CopyMissing, CopyRefused
from shadow.ingest.mirroring.places import automatic_places, place_named
from shadow.ingest.mirroring.removing import UNMIRROR
from shadow.ingest.mirroring.repairing import REPAIR
from shadow.ingest.mirroring.scrubbing import SCRUB
from shadow.runtime.context import Runtime


async def list_copies(session: AsyncSession, *, public_id: str) -> list[FileCopy]:
    """Return the copies of a file, oldest first. Raises `FileMissing`."""
    file = await file_row(session, public_id)
    return await copies_of(session, file.id)


async def start_mirroring(runtime: Runtime, file_id: int) -> list[str]:
    """Start making the copies that the settings ask for and a file lacks; return the jobs' ids.

    `file_id` is the database id; one that is not there any more gets none.
    """
    async with runtime.database.session() as session:
        storage = await session.scalar(
            select(File.storage).where(File.id == file_id, File.state != "removed")
        )
        held = {one.place: one.state for one in await copies_of(session, file_id)}
    if storage is None:
        return []
    lacking = [one for one in automatic_places(runtime, storage) if held.get(one.name) != "ok"]
    return [
        await begin_mirror(runtime, file_id, storage=storage, place=one.name) for one in lacking
    ]


async def start_mirror(
    runtime: Runtime, *, public_id: str, place: str, user_id: int | None = None
) -> str:
    """Start making one copy; return the job's id.

    Raises:
        FileMissing, MirrorMissing: there is no such file or place.
        CopyRefused: the file itself lies there.
    """
    async with runtime.database.session() as session:
        file = await file_row(session, public_id)
    chosen = place_named(runtime, place)
    if file.storage == chosen.name:
        raise CopyRefused("The file itself lies there: choose another place for the copy.")
    return await begin_mirror(
        runtime, file.id, storage=file.storage, place=chosen.name, user_id=user_id
    )


async def start_removal(
    runtime: Runtime, *, public_id: str, place: str, user_id: int | None = None
) -> str:
    """Start deleting one copy; return the job's id.

    Raises:
        FileMissing: there is no such file.
        CopyMissing: it has no copy there.
        CopyRefused: it is all that is left of the file.
    """
    async with runtime.database.session() as session:
        file = await file_row(session, public_id)
        copies = await copies_of(session, file.id)
        last = file.state == "missing" and await has_good_copy(session, file.id)
    if place not in {one.place for one in copies}:
        raise CopyMissing(f"The file has no copy at “{place}”.")
    if last and [one.place for one in copies if one.state == "ok"] == [place]:
        raise CopyRefused("This copy is all that is left of the file. Take the file out instead.")
    arguments = {"file_id": file.id, "place": place}
    key = f"{file.id}:{place}"
    return await runtime.jobs.start(
        UNMIRROR.name, arguments, key=key, source=place, user_id=user_id
    )


async def start_repair(runtime: Runtime, *, public_id: str, user_id: int | None = None) -> str:
    """Start putting a file back from a good copy; return the job's id.

    Raises:
        FileMissing: there is no such file.
        CopyMissing: it has no good copy.
    """
    async with runtime.database.session() as session:
        file = await file_row(session, public_id)
        if not await has_good_copy(session, file.id):
            raise CopyMissing("The file has no good copy to be repaired from.")
    arguments = {"file_id": file.id}
    return await runtime.jobs.start(
        REPAIR.name, arguments, key=str(file.id), source=file.storage, user_id=user_id,
        at_home=file.storage == LOCAL,
    )  # fmt: skip


async def start_scrub(
    runtime: Runtime,
    *,
    deep: bool = False,
    public_id: str | None = None,
    user_id: int | None = None,
) -> str:
    """Start looking over all files and copies, or those of one file; return the job's id.

    Raises:
        FileMissing: there is no such file.
    """
    file_id = None
    if public_id is not None:
        async with runtime.database.session() as session:
            file_id = (await file_row(session, public_id)).id
    return await _begin_scrub(runtime, file_id, deep=deep, user_id=user_id)


async def _begin_scrub(
    runtime: Runtime, file_id: int | None, *, deep: bool = False, user_id: int | None = None
) -> str:
    arguments = {"deep": deep, "file_id": file_id}
    key = "all" if file_id is None else f"file:{file_id}"
    return await runtime.jobs.start(SCRUB.name, arguments, key=key, user_id=user_id)


async def mirror_what_was_brought(runtime: Runtime, event: LinkBrought) -> None:
    """Make the copies that the settings ask for of what a link brought."""
    for file_id in event.file_ids:
        await start_mirroring(runtime, file_id)


async def look_after_failed_reading(runtime: Runtime, event: ReadingFailed) -> None:
    """Look over a file that could not be read somewhere."""
    await _begin_scrub(runtime, event.file_id)
