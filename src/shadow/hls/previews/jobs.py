"""The durable job `previews`: pictures for the seek bar, after a scan and when a player asks.

Only one such job runs at a time. Films that somebody plays come first, then the newest.
"""

import asyncio
from typing import Any

import structlog
from sqlalchemy import Select, String, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.events import FilesGone, FilesRecorded
from shadow.catalog.models import File, Stream
from shadow.hls.errors import FileChanged
from shadow.hls.indexing import signature_of
from shadow.hls.models import PreviewSheets
from shadow.hls.previews.errors import NoRoomForPreviews
from shadow.hls.previews.folders import (
    listed_files,
    remove_of_files,
    remove_stale,
)
from shadow.hls.previews.layout import lay_out
from shadow.hls.previews.making import make_sheets, preview_pool, record
from shadow.hls.serving import Hls
from shadow.hls.settings import HlsSettings
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.media_errors import MediaGone
from shadow.runtime.workers import WorkerPool
from shadow.storage.errors import ObjectChanged, ObjectMissing

log = structlog.get_logger(__name__)
ROLES = ("main", "extra")
AWAY = frozenset({MediaGone.code, FileChanged.code, ObjectMissing.code, ObjectChanged.code})
FEW_IDS = 500
MOST_PUT_OFF = 50
"""Files that could not be read just now, until the whole disk is taken to be away."""
SIGNATURE = cast(File.size, String) + "-" + cast(File.mtime_ns, String) + "-" + File.head_tail
IS_CURRENT = (PreviewSheets.file_id == File.id) & (PreviewSheets.signature == SIGNATURE)


async def run_previews(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make the pictures of every film that waits for them; the result counts films."""
    await context.step("tidying up", _tidy, context.runtime)
    counts: dict[str, int] = await context.step("making previews", make_waiting, context)
    return counts


PREVIEWS = JobKind("previews", run_previews)


async def start_previews(runtime: Runtime) -> str:
    """Start the job; returns its id. Under way already, it is that."""
    return await runtime.jobs.start(PREVIEWS.name, {}, key="all")


async def on_files_recorded(runtime: Runtime, event: FilesRecorded) -> None:
    """Make the pictures of what a scan brought, if the settings say so."""
    if runtime.settings.group(HlsSettings).previews != "library":
        return
    async with runtime.database.session() as session:
        waiting = await session.scalar(_lacking().limit(1))
    if waiting is not None:
        await start_previews(runtime)


async def on_files_gone(runtime: Runtime, event: FilesGone) -> None:
    """Delete the sheets of files that are gone."""
    data_dir = runtime.settings.core.data_dir
    await asyncio.to_thread(remove_of_files, data_dir, event.file_ids)


async def make_waiting(context: JobContext) -> dict[str, int]:
    """Make one film after another, also those that come meanwhile; returns how many."""
    counts = {"made": 0, "refused": 0}
    put_off: set[int] = set()
    async with preview_pool() as pool:
        while True:
            async with context.runtime.database.session() as session:
                wanted = await next_wanted(session, context.runtime, put_off)
            if wanted is None:
                return counts
            try:
                made = await make_previews(context.runtime, pool, wanted)
            except ShadowError as error:
                if error.code == NoRoomForPreviews.code or len(put_off) >= MOST_PUT_OFF:
                    raise
                log.info("previews.put_off", file=wanted.public_id, detail=error.detail)
                put_off.add(wanted.id)
                made = False
            counts["made" if made else "refused"] += 1
            context.progress(items_done=sum(counts.values()))


async def make_previews(runtime: Runtime, pool: WorkerPool, file: File) -> bool:
    """Make and record one film's pictures; False, with the reason recorded, if there are none.

    Raises:
        ShadowError: nothing is known to be wrong with the film: another time it may go better.
    """
    try:
        index = await runtime.part(Hls).indexer.index(file)
        layout = lay_out(index)
        assert index.video is not None
        await make_sheets(runtime, pool, file, layout, index.video.stream)
    except ShadowError as error:
        if error.kind is Kind.unavailable or error.code in AWAY:
            raise
        log.info("previews.refused", file=file.public_id, code=error.code, detail=error.detail)
        await asyncio.to_thread(remove_of_files, runtime.settings.core.data_dir, [file.id])
        await record(runtime, file, None, error.detail)
        return False
    await record(runtime, file, layout, None)
    return True


async def next_wanted(session: AsyncSession, runtime: Runtime, put_off: set[int]) -> File | None:
    """Return the film to take up next: one asked for, else the newest without pictures."""
    asked = (
        select(File)
        .join(PreviewSheets, IS_CURRENT)
        .where(PreviewSheets.count == 0, PreviewSheets.error.is_(None))
        .order_by(PreviewSheets.made_at)
    )
    queries: list[Select[File]] = [asked]
    if runtime.settings.group(HlsSettings).previews == "library":
        queries.append(_lacking().order_by(File.id.desc()))
    for query in queries:
        for file in await session.scalars(query.limit(len(put_off) + 1)):
            if file.id not in put_off:
                return file
    return None


def _lacking() -> Select[File]:
    """Choose what nobody has asked for: of far files, a job would read too much."""
    has_video = exists().where(Stream.file_id == File.id, Stream.type == "video")
    return select(File).where(
        File.state == "present",
        File.storage == "local",
        File.role.in_(ROLES),
        has_video,
        ~exists().where(IS_CURRENT),
    )


async def _tidy(runtime: Runtime) -> None:
    """Delete the sheets of files that were replaced or are not in the library any more."""
    data_dir = runtime.settings.core.data_dir
    listed = sorted(await asyncio.to_thread(listed_files, data_dir))
    current: dict[int, str] = {}
    async with runtime.database.session() as session:
        for start in range(0, len(listed), FEW_IDS):
            query = select(File).where(
                File.id.in_(listed[start : start + FEW_IDS]), File.state == "present"
            )
            current |= {file.id: signature_of(file) for file in await session.scalars(query)}
    await asyncio.to_thread(remove_stale, data_dir, current)
