"""The durable job `pictures`: posters and stills beside files, inside them, or taken from them.

It follows a scan as a job of its own, so that the list fills at once and pictures come after.
"""

import asyncio
import os
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import structlog
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.artwork import (
    Placement,
    local_source,
    store_image,
    store_local,
    wanted,
)
from shadow.catalog.models import Episode, File, FileEpisode, Season, Stream, Title
from shadow.ingest.models import PendingPicture
from shadow.ingest.picture_queue import count_pending, drop_pending, next_pending
from shadow.ingest.probing import cover_art_in, grab_frame_in
from shadow.ingest.scanning import one_error
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind

log = structlog.get_logger(__name__)
AT_ONCE = 2
"""Pictures made at one time: the workers have other work too."""
PASSING = (Kind.unavailable, Kind.upstream)


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
    # In a context of its own: a job started inside another's step would become part of that step.
    start = runtime.jobs.start(PICTURES.name, {}, key="all")
    return await asyncio.get_running_loop().create_task(start, context=Context())


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
    try:
        if pending.kind == "frame":
            await _from_file(runtime, pending.file_id)
        else:
            await _from_beside(runtime, pending)
    except ShadowError as error:
        if error.kind in PASSING and error.code.startswith("runtime."):
            raise  # no worker, no database: the job is tried again as a whole
        log.info("pictures.refused", kind=pending.kind, code=error.code, detail=error.detail)


async def _from_beside(runtime: Runtime, pending: PendingPicture) -> None:
    path = pending.path or b""
    try:
        source = local_source(path, await asyncio.to_thread(os.stat, path))
    except OSError:  # gone since the scan
        return
    async with runtime.database.session() as session:
        places = await wanted(session, await _places(session, pending, source))
    for place in places:
        await store_local(runtime, place, path)


async def _places(session: AsyncSession, pending: PendingPicture, source: str) -> list[Placement]:
    if pending.kind == "still":
        episodes = select(FileEpisode.episode_id).where(FileEpisode.file_id == pending.file_id)
        ids = await session.scalars(episodes)
        return [Placement("episode", one, "still_id", "local", source) for one in ids]
    if pending.kind == "season_poster":
        seasons = select(Season.id).where(
            Season.title_id == pending.title_id, Season.number == pending.season
        )
        ids = await session.scalars(seasons)
        return [Placement("season", one, "poster_id", "local", source) for one in ids]
    if pending.title_id is None:
        return []
    if pending.kind == "backdrop":
        return [Placement("title", pending.title_id, "backdrop_id", "local", source)]
    return [Placement("title", pending.title_id, "poster_id", "local", source)]


async def _from_file(runtime: Runtime, file_id: int) -> None:
    """Put the cover inside a file, or a frame of it, wherever its title has no picture yet."""
    async with runtime.database.session() as session:
        file = await session.get(File, file_id)
        if file is None or file.state != "present" or file.role != "main" or not file.title_id:
            return
        title = await session.get(Title, file.title_id)
        has_video = await session.scalar(
            select(exists().where(Stream.file_id == file_id, Stream.type == "video"))
        )
        stills = select(Episode.id).join(FileEpisode, FileEpisode.episode_id == Episode.id)
        bare = list(
            await session.scalars(
                stills.where(FileEpisode.file_id == file_id, Episode.still_id.is_(None))
            )
        )
    if title is None:
        return
    source = f"{file.public_id}#{file.head_tail}"
    poster = title.poster_id is None
    if poster and file.probe_facts.get("cover") and title.kind != "show":
        place = Placement("title", title.id, "poster_id", "embedded", source)
        await store_image(runtime, place, await cover_art_in(runtime.workers, file.path))
        poster = False
    if not has_video:
        return
    places = [Placement("episode", one, "still_id", "generated", source) for one in bare]
    if title.backdrop_id is None:
        places.append(Placement("title", title.id, "backdrop_id", "generated", source))
    if poster:
        places.append(Placement("title", title.id, "poster_id", "generated", source))
    if places:
        picture = await grab_frame_in(runtime.workers, file.path)
        for place in places:
            await store_image(runtime, place, picture)
