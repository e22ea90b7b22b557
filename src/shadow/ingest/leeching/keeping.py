"""Store files and record them in the catalogue, one by one, and end the work."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import select
from typing_extensions import TypedDict

from shadow.catalog.models import File, Title
from shadow.catalog.service import (
    Copied,
    FoundFile,
    end_arrivals,
    note_hashes,
    record_copy,
    record_files,
)
from shadow.ingest.blocking import check
from shadow.ingest.errors import ContentBlocked
from shadow.ingest.events import LinkBrought
from shadow.ingest.leeching.choosing import Chosen, Subtitle
from shadow.ingest.leeching.facts import Hashes, Probed
from shadow.ingest.leeching.planning import Item
from shadow.ingest.leeching.shelf import Shelf, shelf_of
from shadow.ingest.leeching.supply import Supply
from shadow.ingest.mirroring.places import tee_storage
from shadow.ingest.picture_queue import queue_pictures
from shadow.ingest.pictures import start_pictures
from shadow.kit.errors import ShadowError
from shadow.runtime.events import publish
from shadow.runtime.jobs import JobContext
from shadow.storage.service import Stored, sha256_of, store_file, writable

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


class Kept(TypedDict):
    """A file of the library: its database id and its title's."""

    file_id: int
    title_id: int | None


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Await work that a cancelled caller still waits for: a stored file is recorded too."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    finally:
        if not task.done():
            await asyncio.wait({task})


class Keeper:
    """Keeps the files of one job."""

    def __init__(self, ctx: JobContext, supply: Supply, arguments: dict[str, Any]) -> None:
        self._ctx = ctx
        self._runtime = ctx.runtime
        self._supply = supply
        self._arguments = arguments

    async def keep(self, item: Item, chosen: Chosen, hashes: Hashes, probed: Probed) -> Kept:
        """Store a file under its name and record it; both at once, so that no file is left over.

        Safe to repeat: the same bytes under the name are the same object, and the catalogue knows
        a file by its place.
        """
        piece = chosen["media"][item["of"]]["piece"]
        sandbox = await self._supply.provide([piece])
        shelf = await shelf_of(self._runtime, self._arguments["storage"])
        also = tee_storage(self._runtime, shelf.storage)
        stored = await store_file(
            self._runtime, sandbox / piece["path"], item["name"], storage=shelf.storage, also=also,
            sha256=hashes["sha256"], report=self._report,
        )  # fmt: skip
        if stored.also_error:
            self._ctx.note(f"The copy is made later: {stored.also_error}", level="warning")
        copied = None
        if also and stored.also:
            size = stored.also.facts.size
            copied = Copied("storage", also, stored.also.key, size, hashes["sha256"])
        found = shelf.found(stored.key, stored.facts, probed)
        kept = await _to_its_end(self._record_or_delete(found, hashes, copied))
        mine = [one for one in chosen["subtitles"] if one["of"] == item["of"]]
        if shelf.is_local and mine:
            await self._keep_subtitles(shelf, stored, mine)
        return kept

    async def _record_or_delete(
        self, found: FoundFile, hashes: Hashes, copied: Copied | None
    ) -> Kept:
        """Record a stored file; one that was taken down while it was stored goes again."""
        try:
            return await self._record(found, hashes, copied)
        except ContentBlocked:
            places = [
                (found.storage, found.path),
                *([(copied.place, copied.key)] if copied else ()),
            ]
            for storage, key in places:
                await writable(self._runtime, storage).delete(key)
            raise

    async def _record(self, found: FoundFile, hashes: Hashes, copied: Copied | None) -> Kept:
        async with self._runtime.database.transaction() as session:
            batch = await record_files(session, [found], clock=self._runtime.clock)
            await queue_pictures(session, batch)
            file_id = batch.file_ids[found.path]
            await note_hashes(session, file_id, sha256=hashes["sha256"], oshash=hashes["oshash"])
            if copied:
                await record_copy(
                    session, file_id=file_id, copied=copied, clock=self._runtime.clock
                )
            title_id = await session.scalar(select(File.title_id).where(File.id == file_id))
            # Last: a take-down blocks first and then looks for files with the same content.
            await check(session, hashes["sha256"], name=found.shown_path.rpartition("/")[2])
        return Kept(file_id=file_id, title_id=title_id)

    async def _keep_subtitles(
        self, shelf: Shelf, stored: Stored, subtitles: Sequence[Subtitle]
    ) -> None:
        """Put subtitle files beside a film, under its name; one that fails costs itself alone."""
        stem = os.path.splitext(shelf.name_of(stored.key))[0]  # noqa: PTH122 a key, no path
        sandbox = await self._supply.provide([one["piece"] for one in subtitles])
        for one in subtitles:
            path = sandbox / one["piece"]["path"]
            try:
                await store_file(
                    self._runtime, path, f"{stem}{one['words']}{path.suffix.lower()}",
                    storage=shelf.storage, sha256=await sha256_of(path, _unheard),
                    report=_unheard,
                )  # fmt: skip
            except ShadowError as error:
                self._ctx.note(f"“{one['piece']['name']}”: {error.detail}", level="warning")

    async def finish(self, kept: Sequence[Kept], engine: str) -> dict[str, Any]:
        """Let the titles stand by themselves, tell of them, and return the job's result."""
        title_ids = tuple(dict.fromkeys(one["title_id"] for one in kept if one["title_id"]))
        file_ids = tuple(one["file_id"] for one in kept)
        asked_by: int | None = self._arguments["user_id"]
        async with self._runtime.database.transaction() as session:
            await end_arrivals(session, [self._ctx.job_id], clock=self._runtime.clock)
            publish(session, LinkBrought(self._ctx.job_id, asked_by, title_ids, file_ids))
            titles = select(Title.id, Title.public_id, Title.title).where(Title.id.in_(title_ids))
            files = select(File.public_id).where(File.id.in_(file_ids)).order_by(File.id)
            shown = {row.id: row for row in await session.execute(titles)}
            result = {
                "titles": [
                    {"id": shown[one].public_id, "title": shown[one].title}
                    for one in title_ids
                    if one in shown
                ],
                "files": list(await session.scalars(files)),
                "engine": engine,
            }
        await start_pictures(self._runtime)
        self._runtime.live.send("library", {})
        return result

    def _report(self, *, bytes_done: int, bytes_total: int) -> None:
        self._ctx.progress(bytes_done=bytes_done, bytes_total=bytes_total)


def _unheard(*, bytes_done: int, bytes_total: int) -> None:
    """Take progress that nobody asked for."""
