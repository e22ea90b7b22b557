"""Where uploads lie, who takes them from there, and when they go."""

import asyncio
from pathlib import Path

import structlog
from sqlalchemy import select

from shadow.ingest.errors import UploadElsewhere
from shadow.ingest.models import Upload
from shadow.ingest.places import uploads_dir
from shadow.ingest.uploads.writing import mark_of
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

log = structlog.get_logger(__name__)
UNFINISHED = ("queued", "running", "paused")


def path_of(runtime: Runtime, upload_id: str) -> Path:
    """Return where the bytes of an upload lie."""
    return uploads_dir(runtime) / upload_id


async def uploaded(runtime: Runtime, upload_id: str) -> tuple[Path, str]:
    """Return where a whole upload lies, and the file name that it came with.

    Raises:
        UploadElsewhere: it is not on this machine, or not any more.
    """
    async with runtime.database.session() as session:
        row = await session.get(Upload, upload_id)
    path = path_of(runtime, upload_id)
    if row is None or not await asyncio.to_thread(_is_whole, path, row.size):
        raise UploadElsewhere(
            "The uploaded file is not on this machine, or not any more. Send it again."
        )
    return path, row.name


async def discard(runtime: Runtime, upload_id: str) -> None:
    """Delete an upload and its bytes; one that is gone already is fine."""
    async with runtime.database.transaction() as session:
        row = await session.get(Upload, upload_id)
        if row is not None:
            await session.delete(row)
    await asyncio.to_thread(_unlink, path_of(runtime, upload_id))


async def sweep_uploads(runtime: Runtime) -> None:
    """Delete uploads that expired, and bytes that belong to none."""
    going = select(Job.id).where(Job.state.in_(UNFINISHED))
    over = select(Upload.id).where(
        Upload.expires_at < runtime.clock(),
        Upload.job_id.is_(None) | Upload.job_id.not_in(going),
    )
    async with runtime.database.session() as session:
        expired = list(await session.scalars(over))
    for upload_id in expired:
        log.info("uploads.expired", upload=upload_id)
        await discard(runtime, upload_id)
    there = await asyncio.to_thread(_names, uploads_dir(runtime))
    async with runtime.database.session() as session:
        known = set(await session.scalars(select(Upload.id)))
    for name in there - known:
        await asyncio.to_thread(_unlink, path_of(runtime, name))


def _is_whole(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)
    mark_of(path).unlink(missing_ok=True)


def _names(folder: Path) -> set[str]:
    return {one.name.partition(".")[0] for one in folder.glob("*") if one.is_file()}
