"""Make the preview pictures of one file: its sheets in the data folder, and their row."""

import asyncio
import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import structlog

from shadow.catalog.models import File
from shadow.catalog.service import bytes_of
from shadow.hls.indexing import signature_of
from shadow.hls.lending import lend
from shadow.hls.models import PreviewSheets
from shadow.hls.previews.errors import NoRoomForPreviews
from shadow.hls.previews.folders import part_of, previews_folder
from shadow.hls.previews.layout import COLUMNS, ROWS, Layout
from shadow.runtime.context import Runtime
from shadow.runtime.workers import WorkerCrashed, WorkerPool

log = structlog.get_logger(__name__)
MAKE_SHEET = "shadow.hls.previews.sheets:make_sheet"
SHEET_SECONDS = 900.0
"""A sheet takes 1 to 10 s of processor time, and gets little of it while people watch."""
BETWEEN_SHEETS = 2.0
"""Seconds for which a far file stays lent after each."""
KEPT_FREE = 1 << 30
"""Bytes of the disk that are left alone."""


def preview_pool() -> WorkerPool:
    """Return a pool of the one process that makes previews, apart from those viewers wait for."""
    return WorkerPool(1, functions=(MAKE_SHEET,), task_timeout=SHEET_SECONDS)


async def make_sheets(
    runtime: Runtime, pool: WorkerPool, file: File, layout: Layout, stream: int
) -> None:
    """Make all sheets of a file, going on with those that a killed process left whole.

    Raises:
        TaskFailed, TaskTimedOut, WorkerCrashed: the file cannot be read; the detail says why.
        NoRoomForPreviews: the disk is nearly full.
    """
    signature = signature_of(file)
    final = previews_folder(runtime.settings.core.data_dir, file.id, signature)
    part = part_of(final)
    await asyncio.to_thread(_begin, part)
    for number in range(layout.sheets):
        sheet = part / f"{number}.jpg"
        if await asyncio.to_thread(sheet.exists):
            continue
        fresh = sheet.with_name(f".{number}.{os.getpid()}.{secrets.token_hex(4)}")
        order = {
            "stream": stream,
            "file_key": signature,
            "keys": layout.keys_of(number),
            "width": layout.width,
            "height": layout.height,
            "columns": COLUMNS,
        }
        async with lend(runtime, bytes_of(file), linger=BETWEEN_SHEETS)() as path:
            made = await _make(pool, path, order, fresh)
        if made["damaged"]:
            log.info("previews.damaged", file=file.public_id, pictures=made["damaged"])
        await asyncio.to_thread(fresh.replace, sheet)
    await asyncio.to_thread(_finish, part, final)


async def _make(
    pool: WorkerPool, path: bytes, order: dict[str, Any], fresh: Path
) -> dict[str, Any]:
    try:
        made: dict[str, Any] = await pool.call(MAKE_SHEET, path, order, os.fsencode(fresh))
    except WorkerCrashed:  # perhaps killed from outside
        await asyncio.to_thread(fresh.unlink, missing_ok=True)
        made = await pool.call(MAKE_SHEET, path, order, os.fsencode(fresh))
    return made


async def record(runtime: Runtime, file: File, layout: Layout | None, error: str | None) -> None:
    """Write down that a file's sheets are there, or why there are none."""
    signature = signature_of(file)
    async with runtime.database.transaction() as session:
        known = await session.get(File, file.id)
        if known is None or signature_of(known) != signature:
            return  # replaced or forgotten meanwhile
        row = PreviewSheets(
            file_id=file.id,
            signature=signature,
            interval=layout.interval if layout else 0.0,
            width=layout.width if layout else 0,
            height=layout.height if layout else 0,
            columns=COLUMNS,
            rows=ROWS,
            count=len(layout.keys) if layout else 0,
            error=error,
            made_at=runtime.clock(),
        )
        await session.merge(row)


def _begin(part: Path) -> None:
    try:
        part.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(part).free
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoomForPreviews("The disk of the data folder is full.") from error
        raise
    if free < KEPT_FREE:
        raise NoRoomForPreviews(
            "Less than 1 GiB is free on the disk of the data folder: no preview pictures are made."
        )
    for left in part.glob(".*"):  # of a process that was killed
        left.unlink()


def _finish(part: Path, final: Path) -> None:
    shutil.rmtree(final, ignore_errors=True)  # whole, but its row was never written
    part.replace(final)
