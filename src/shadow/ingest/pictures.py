"""The durable job `pictures`: posters and stills beside files, inside them, or taken from them.

It follows a scan as a job of its own, so that the list fills at once and pictures come after.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import structlog

from shadow.catalog.service import (
    ArtworkFound,
    ArtworkKind,
    FileBytes,
    Lacking,
    LocalArtwork,
    Origin,
    PictureRefused,
    Placement,
    lacking_pictures,
    lent_file,
    store_found_artwork,
    store_image,
)
from shadow.ingest.models import PendingPicture
from shadow.ingest.picture_queue import count_pending, drop_pending, next_pending
from shadow.ingest.probing import MediaRefused, cover_art_in, grab_frame_in
from shadow.ingest.scanning import one_error
from shadow.ingest.sidecars import shown
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.storage.errors import ObjectChanged, ObjectMissing, StorageUnavailable

log = structlog.get_logger(__name__)
PICTURE_SECONDS = 30.0
STORAGE_FAILURES = (ObjectMissing, ObjectChanged, StorageUnavailable)
AT_ONCE = 2
"""Pictures made at one time: the workers have other work too."""


async def run_pictures(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make every pending picture; the result says how many were taken up."""
    made: int = await ctx.step("making posters", make_pictures, ctx)
    return {"pictures": made}


PICTURES = JobKind("pictures", run_pictures)


async def start_pictures(runtime: Runtime) -> str | None:
    """Start the job if there is anything to do; returns its id. Under way already, it is that."""
    async with runtime.database.session() as session:
        if not await count_pending(session):
            return None
    return await runtime.jobs.start(PICTURES.name, {}, key="all")


async def make_pictures(ctx: JobContext) -> int:
    """Take up all pending pictures, also those that come while it works; returns how many."""
    done = 0
    while True:
        async with ctx.runtime.database.session() as session:
            left = await count_pending(session)
            batch = await next_pending(session)
        if not batch:
            return done
        waiting = iter(batch)
        with one_error():
            async with asyncio.TaskGroup() as makers:
                for _ in range(AT_ONCE):
                    makers.create_task(_make_all(ctx, waiting, (done, left)))
        done += len(batch)


async def _make_all(
    ctx: JobContext, waiting: Iterator[PendingPicture], progress: tuple[int, int]
) -> None:
    before, left = progress
    for pending in waiting:  # shared: each maker takes the next one
        await _make(ctx.runtime, pending)
        async with ctx.runtime.database.transaction() as session:
            await drop_pending(session, [pending.id])
        done = max(before, ctx.seen.get("items_done") or 0) + 1
        ctx.progress(phase="making posters", items_done=done, items_total=before + left)


async def _make(runtime: Runtime, pending: PendingPicture) -> None:
    if pending.kind is not None and pending.path is not None and pending.file_id is not None:
        kind = cast(ArtworkKind, pending.kind)
        beside = LocalArtwork(kind, pending.path, pending.season)
        found = ArtworkFound(pending.title_id, pending.file_id, (beside,), has_cover=False)
        await store_found_artwork(runtime, [found])
        return
    async with runtime.database.session() as session:
        lacking = await lacking_pictures(session, [pending.title_id])
    of_stage = [one for one in lacking if (one.owner == "title") == (pending.stage == "title")]
    by_file: dict[tuple[FileBytes, bool], list[Lacking]] = {}
    for one in of_stage:
        by_file.setdefault((one.file, one.cover), []).append(one)
    for (file, cover), places in by_file.items():
        try:
            await _take(runtime, file, places, cover=cover)
        except (MediaRefused, PictureRefused, *STORAGE_FAILURES) as error:
            log.info("pictures.refused", code=error.code, detail=error.detail)


async def _take(runtime: Runtime, file: FileBytes, places: list[Lacking], *, cover: bool) -> None:
    """Put the cover inside a file, or else a frame of it, into these places."""
    taken = cover_art_in if cover else grab_frame_in
    async with lent_file(runtime, file) as path:
        picture = await taken(runtime.workers, path, seconds=PICTURE_SECONDS)
    origin: Origin = "embedded" if cover else "generated"
    for one in places:
        place = Placement(one.owner, one.owner_id, one.column, origin, f"inside:{shown(file.key)}")
        await store_image(runtime, place, picture)
