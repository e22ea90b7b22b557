"""Take an object that lies in a storage already into the catalogue, without bringing it here.

Its two ends and its headers are read, and some pictures of it. Its SHA-256 cannot be known without
reading all of it: what is blocked is recognised by a mark that its storage may give it.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import and_, or_, select

from shadow.catalog.models import File
from shadow.catalog.service import (
    bytes_of,
    lent_file,
    lent_object,
    record_files,
)
from shadow.ingest.blocking import check
from shadow.ingest.leeching.facts import Probed
from shadow.ingest.leeching.shelf import Shelf
from shadow.ingest.picture_queue import queue_pictures
from shadow.ingest.pictures import start_pictures
from shadow.ingest.places import screenshots_dir
from shadow.ingest.probing import MediaRefused, facts_to_json, probe_in
from shadow.ingest.screenshots import take_screenshots
from shadow.ingest.sidecars import folder_names
from shadow.ingest.signatures import END_BYTES, of_ends
from shadow.kit.naming import understand
from shadow.runtime.context import Runtime
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import ObjectFacts, Reader
from shadow.storage.service import open_at

log = structlog.get_logger(__name__)
PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Lying:
    """An object where it lies. `name` is what its file was called, with folders if it had some.

    `mark` is what stands for its content on the blocklist, in place of its SHA-256.
    """

    storage: str
    key: bytes
    name: str
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogued:
    """A file of the library: database ids, its public id, its path, and whether it is new."""

    file_id: int
    public_id: str
    title_id: int | None
    path: bytes
    is_new: bool


async def catalogue_object(runtime: Runtime, lying: Lying) -> Catalogued:
    """Probe an object, understand its name, and record it with its title. Safe to repeat.

    One whose content is in the library already is not recorded again: that file is returned.

    Raises:
        ContentBlocked: its content is blocked here.
        MediaRefused: it is no film, series or audio.
        ObjectMissing, ObjectChanged, StorageUnavailable: it cannot be read.
    """
    if lying.mark:
        async with runtime.database.session() as session:
            await check(session, lying.mark, name=lying.name.rpartition("/")[2])
    facts = await runtime.plugins.get("storage", lying.storage).stat(lying.key)
    head_tail = await _head_tail(runtime, lying, facts)
    known = await _known(runtime, lying, facts, head_tail)
    if known is not None:
        return known
    probed = Probed(facts=await _probe(runtime, lying, facts), head_tail=head_tail, error=None)
    return await _record(runtime, lying, facts, probed)


async def screenshots_of(runtime: Runtime, file_id: int) -> None:
    """Take the screenshots of a catalogued film (database id), wherever it lies.

    Raises:
        MediaRefused: it has no picture, or cannot be read.
    """
    async with runtime.database.session() as session:
        row = await session.get(File, file_id)
    if row is None:
        return
    folder = screenshots_dir(runtime) / row.public_id
    async with lent_file(runtime, bytes_of(row)) as path:
        await take_screenshots(runtime, path, folder, duration=row.duration)


async def _probe(runtime: Runtime, lying: Lying, facts: ObjectFacts) -> dict[str, Any]:
    async with lent_object(runtime, lying.storage, lying.key, facts) as address:
        found = await probe_in(runtime.workers, address, seconds=PROBE_SECONDS)
    if not any(stream.type in ("video", "audio") for stream in found.streams):
        raise MediaRefused("It holds neither picture nor sound.", code="runtime.not_media")
    return facts_to_json(found)


async def _head_tail(runtime: Runtime, lying: Lying, facts: ObjectFacts) -> str:
    reader = await open_at(runtime, lying.storage, lying.key)
    try:
        if facts.size <= 2 * END_BYTES:
            return of_ends(facts.size, await _span(reader, 0, facts.size))
        first = await _span(reader, 0, END_BYTES)
        return of_ends(facts.size, first, await _span(reader, facts.size - END_BYTES, facts.size))
    finally:
        await reader.close()


async def _span(reader: Reader, start: int, stop: int) -> bytes:
    found = bytearray()
    while start + len(found) < stop:
        block = await reader.read(start + len(found), stop - start - len(found))
        if not block:
            raise StorageUnavailable("The storage ended before the object did. Try again.")
        found += block
    return bytes(found)


async def _known(
    runtime: Runtime, lying: Lying, facts: ObjectFacts, head_tail: str
) -> Catalogued | None:
    """Return the file of the library that has this content, if one has."""
    same = File.size == facts.size, File.head_tail == head_tail
    # What a person took out of the library from this very place does not come back by itself.
    taken_out = and_(File.state == "removed", File.storage == lying.storage, File.path == lying.key)
    here = or_(File.state == "present", taken_out)
    itself = and_(File.storage == lying.storage, File.path == lying.key)
    first = select(File).where(*same, here).order_by(itself.desc(), File.id).limit(1)
    async with runtime.database.session() as session:
        row = await session.scalar(first)
    if row is None:
        return None
    return Catalogued(row.id, row.public_id, row.title_id, row.path, is_new=False)


async def _record(runtime: Runtime, lying: Lying, facts: ObjectFacts, probed: Probed) -> Catalogued:
    shelf = Shelf(lying.storage)
    *folders, name = lying.name.split("/")
    parsed = understand(name, folders=folder_names("/".join(folders).encode()))
    found = shelf.found(lying.key, facts, probed, parsed=parsed)
    async with runtime.database.transaction() as session:
        batch = await record_files(session, [found], clock=runtime.clock)
        await queue_pictures(session, batch)
        file_id = batch.file_ids[found.path]
        row = await session.get_one(File, file_id)
        catalogued = Catalogued(
            file_id, row.public_id, row.title_id, row.path, is_new=batch.added > 0
        )
    await start_pictures(runtime)
    runtime.live.send("library", {})
    return catalogued
