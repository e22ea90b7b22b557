"""What the server does with uploads: begin, take bytes, tell how far they are, give them up."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from sqlalchemy import func, select, update

from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.starting import start_upload
from shadow.ingest.models import Upload
from shadow.ingest.places import uploads_dir
from shadow.ingest.ports import NoRoom
from shadow.ingest.quarantine import check_room
from shadow.ingest.submission_settings import UploadSettings
from shadow.ingest.uploads.errors import (
    OffsetWrong,
    SenderSilent,
    TooManyUploads,
    UploadMissing,
    UploadRefused,
    UploadTooLarge,
)
from shadow.ingest.uploads.headers import Checksum
from shadow.ingest.uploads.keeping import UNFINISHED, discard, path_of
from shadow.ingest.uploads.writing import Writing, begin, glance, received
from shadow.kit.file_names import safe_file_name
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job
from shadow.storage.service import default_storage, writable

log = structlog.get_logger(__name__)
BLOCK: Final = 1 << 20
"""Bytes gathered before they are written: what an upload takes of the memory."""
ID_BYTES: Final = 16
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that somebody is going to send. `size` in bytes; `title` and `storage` as of a link.

    `submits`: who sends it may not add to the library.
    """

    user_id: int
    name: str
    size: int
    submits: bool
    title: str | None = None
    storage: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How far an upload is. `job_id` is set once it is whole."""

    id: str
    name: str
    size: int
    received: int
    job_id: str | None
    expires_at: datetime


async def create_upload(runtime: Runtime, announced: Announced) -> State:
    """Begin an upload.

    Raises:
        UploadRefused: it is empty.
        UploadTooLarge: it is larger than the person may send.
        TooManyUploads, TooMuchWaiting: they have as much under way as they may.
        NoRoom: the disk is full.
        PluginMissing, StorageReadOnly: its storage takes no new files.
    """
    settings = runtime.settings.group(UploadSettings)
    if announced.size < 1:
        raise UploadRefused("An empty file is of no use.")
    most = min(settings.max_bytes, runtime.settings.group(LeechSettings).max_bytes)
    writable(runtime, announced.storage or default_storage(runtime))
    async with runtime.database.transaction() as session:
        if announced.submits:
            most = min(most, await check_room(session, runtime, announced.user_id))
        if announced.size > most:
            raise UploadTooLarge(f"A file you send may have {most} bytes at most.")
        unfinished = (Upload.user_id == announced.user_id, Upload.job_id.is_(None))
        count = await session.scalar(select(func.count()).select_from(Upload).where(*unfinished))
        if (count or 0) >= settings.at_once:
            raise TooManyUploads(f"You have begun {count} uploads. Finish or drop some first.")
        pending = await session.scalar(select(func.sum(Upload.size)).where(*unfinished)) or 0
        await asyncio.to_thread(_check_disk, runtime, announced.size)
        if announced.submits and pending + announced.size > most:
            raise UploadTooLarge(f"You may send {most} bytes at a time.")
        now = runtime.clock()
        row = Upload(
            id=secrets.token_hex(ID_BYTES), user_id=announced.user_id,
            name=safe_file_name(announced.name), size=announced.size,
            title=(announced.title or "").strip()[:300] or None, storage=announced.storage,
            submits=announced.submits, created_at=now, expires_at=_expiry(runtime),
        )  # fmt: skip
        session.add(row)
    # The row first: bytes without one are swept away.
    await asyncio.to_thread(begin, path_of(runtime, row.id))
    return _state(row, 0)


async def state_of(runtime: Runtime, upload_id: str, *, user_id: int) -> State:
    """Return how far an upload is, after making sure that this is so for good.

    One that is whole and whose job was never started, because of a crash, is started now.

    Raises:
        UploadMissing: there is none, or it is somebody else's.
    """
    row = await _find(runtime, upload_id, user_id)
    size = await asyncio.to_thread(received, path_of(runtime, upload_id))
    if size == row.size and row.job_id is None:
        row.job_id = await _finish(runtime, row)
    return _state(row, size)


async def list_uploads(runtime: Runtime, *, user_id: int) -> list[State]:
    """Return a person's uploads, newest first."""
    query = select(Upload).where(Upload.user_id == user_id)
    async with runtime.database.session() as session:
        rows = list(await session.scalars(query.order_by(Upload.created_at.desc(), Upload.id)))
    return [_state(row, await asyncio.to_thread(glance, path_of(runtime, row.id))) for row in rows]


@dataclass(frozen=True, slots=True)
class Continuation:
    """Bytes that go on with an upload at an offset, and the hash they must have, if any."""

    offset: int
    content: AsyncIterator[bytes]
    checksum: Checksum | None = None


async def receive(runtime: Runtime, upload_id: str, more: Continuation, *, user_id: int) -> State:
    """Write on with an upload as bytes come; the last of them starts its job.

    However it ends, what came stays, unless it came with a checksum.

    Raises:
        UploadMissing, UploadLocked, OffsetWrong, ChecksumWrong, SenderSilent, NoRoom.
        UploadTooLarge: there is more than was announced; what is beyond is dropped.
    """
    row = await _find(runtime, upload_id, user_id)
    if row.job_id is not None and more.offset != row.size:
        raise OffsetWrong("This upload is whole already.")
    path = path_of(runtime, upload_id)
    writing = await asyncio.to_thread(
        lambda: Writing(path, offset=more.offset, checksum=more.checksum)
    )
    try:
        await _take(runtime, writing, more.content, row.size)
        await _to_its_end(writing.prove)
    finally:
        size = await _to_its_end(writing.close)
        await _touch(runtime, row)
    if size == row.size and row.job_id is None:
        row.job_id = await _finish(runtime, row)
    return _state(row, size)


async def remove_upload(runtime: Runtime, upload_id: str, *, user_id: int) -> None:
    """Give an upload up and delete its bytes.

    Raises:
        UploadMissing: there is none.
        OffsetWrong: its job is under way: that is to be cancelled first.
    """
    row = await _find(runtime, upload_id, user_id)
    async with runtime.database.session() as session:
        going = select(Job.id).where(Job.id == row.job_id, Job.state.in_(UNFINISHED))
        if row.job_id and await session.scalar(going):
            raise OffsetWrong("This upload is whole and a job works on it: cancel the job.")
    await discard(runtime, upload_id)


async def _take(
    runtime: Runtime, writing: Writing, content: AsyncIterator[bytes], size: int
) -> None:
    patience = runtime.settings.group(UploadSettings).silent_seconds
    now = asyncio.get_running_loop().time
    held = bytearray()
    try:
        async with asyncio.timeout(patience) as limit:
            async for chunk in content:
                limit.reschedule(None)
                if writing.size + len(held) + len(chunk) > size:
                    raise UploadTooLarge("There is more of the file than was announced.")
                held += chunk
                if len(held) >= BLOCK:
                    await _write(writing, held)
                limit.reschedule(now() + patience)
    except TimeoutError:
        raise SenderSilent("Nothing came for a while. Go on whenever you can.") from None
    finally:
        await _write(writing, held)


async def _write(writing: Writing, held: bytearray) -> None:
    block = bytes(held)
    held.clear()
    if block:
        await _to_its_end(lambda: writing.write(block))


async def _to_its_end(work: Callable[[], Result]) -> Result:
    """Run in a thread and wait for it, cancelled or not: the next step needs this one over."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


async def _find(runtime: Runtime, upload_id: str, user_id: int) -> Upload:
    async with runtime.database.session() as session:
        row = await session.get(Upload, upload_id)
    if row is None or row.user_id != user_id or row.expires_at < runtime.clock():
        raise UploadMissing("There is no such upload. It may have expired: begin a new one.")
    return row


async def _touch(runtime: Runtime, row: Upload) -> None:
    row.expires_at = _expiry(runtime)
    async with runtime.database.transaction() as session:
        await session.execute(
            update(Upload).where(Upload.id == row.id).values(expires_at=row.expires_at)
        )


async def _finish(runtime: Runtime, row: Upload) -> str:
    """Start the job of a whole upload and note it. Of several calls one starts it."""
    job_id = await start_upload(runtime, row)
    async with runtime.database.transaction() as session:
        await session.execute(update(Upload).where(Upload.id == row.id).values(job_id=job_id))
    return job_id


def _check_disk(runtime: Runtime, size: int) -> None:
    folder = uploads_dir(runtime)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = runtime.settings.group(LeechSettings).spare_bytes
    if shutil.disk_usage(folder).free < size + spare:
        raise NoRoom("The server's disk has no room for this file.")


def _expiry(runtime: Runtime) -> datetime:
    return runtime.clock() + timedelta(hours=runtime.settings.group(UploadSettings).hours)


def _state(row: Upload, size: int) -> State:
    return State(row.id, row.name, row.size, size, row.job_id, row.expires_at)
