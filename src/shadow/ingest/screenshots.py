"""Screenshots of a file: a few stills, taken in a worker process that can be killed.

They lie in `screenshots/{file's public id}/{n}.jpg` with `n` from 1 on, beside the file's sample.
"""

import asyncio
import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.ingest.errors import PictureMissing
from shadow.ingest.places import screenshots_dir
from shadow.ingest.probing import MediaRefused
from shadow.kit.ids import is_public_id
from shadow.runtime.context import Runtime
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed

TAKE_STILLS: Final = "shadow.ingest.stills:take_stills"
SECONDS: Final = 120.0
SHORT: Final = 120.0
"""Films of fewer seconds get three stills at most."""
FEWEST, MOST = 3, 5
SAMPLE: Final = "sample.mp4"
UNFINISHED_SECONDS: Final = 3600.0


async def take_screenshots(
    runtime: Runtime, path: Path | bytes, into: Path, *, duration: float | None, count: int = 4
) -> int:
    """Take stills of a film into a folder, as `1.jpg` and so on; return how many.

    It is named by its path, or by the address it is lent under.

    Safe to repeat: what is there already stays. A kill leaves nothing that looks finished. Of a
    film without a fit picture there are none.

    Raises:
        MediaRefused: it cannot be read; the detail says why.
        WorkerUnavailable: no worker process can be started.
    """
    if there := await asyncio.to_thread(count_pictures, into):
        return there
    wanted = FEWEST if duration is not None and duration < SHORT else min(max(count, FEWEST), MOST)
    fresh = into.with_name(f".{into.name}.{os.getpid()}.{secrets.token_hex(4)}")
    await asyncio.to_thread(drop_unfinished, into)
    await asyncio.to_thread(fresh.mkdir, mode=0o700, parents=True)
    try:
        made = await runtime.workers.call(
            TAKE_STILLS, bytes(path), bytes(fresh), wanted, timeout=SECONDS
        )
        await asyncio.to_thread(_put, fresh, into)
    except (TaskFailed, TaskTimedOut, WorkerCrashed) as error:
        raise MediaRefused(error.detail, code=error.code, kind=error.kind) from error
    finally:
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    return int(made)


def count_pictures(folder: Path) -> int:
    """Return how many pictures lie in a folder: they are numbered from 1 without gaps. Blocks."""
    number = 0
    while (folder / f"{number + 1}.jpg").is_file():
        number += 1
    return number


def drop_unfinished(target: Path) -> None:
    """Delete what killed processes left that were making this file or folder. Blocks."""
    for one in target.parent.glob(f".{glob.escape(target.name)}.*"):
        shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)


async def count_screenshots(session: AsyncSession, runtime: Runtime, file_id: str) -> int:
    """Return how many screenshots there are of a present file.

    Raises:
        PictureMissing: there is no such file.
    """
    folder = await _folder_of(session, runtime, file_id)
    return await asyncio.to_thread(count_pictures, folder)


async def kept_picture(session: AsyncSession, runtime: Runtime, file_id: str, name: str) -> Path:
    """Return where `{n}.jpg` or `sample.mp4` of a present file lies.

    Raises:
        PictureMissing: there is none.
    """
    path = await _folder_of(session, runtime, file_id) / name
    if not await asyncio.to_thread(path.is_file):
        raise PictureMissing("There is no such picture or sample of this file.")
    return path


async def forget_screenshots(runtime: Runtime, file_ids: Iterable[str]) -> None:
    """Delete screenshots and samples of files, by their public ids."""
    for file_id in file_ids:
        folder = screenshots_dir(runtime) / file_id
        await asyncio.to_thread(drop_unfinished, folder)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def sweep_screenshots(runtime: Runtime) -> int:
    """Delete those of files that the catalogue does not know; return of how many files."""
    root = screenshots_dir(runtime)
    there = await asyncio.to_thread(lambda: [one.name for one in root.glob("*") if one.is_dir()])
    named = [name for name in there if is_public_id(name)]
    gone: list[str] = []
    async with runtime.database.session() as session:
        for start in range(0, len(named), 500):
            piece = named[start : start + 500]
            known = await session.scalars(select(File.public_id).where(File.public_id.in_(piece)))
            gone += {*piece} - {*known}
    await forget_screenshots(runtime, gone)
    await asyncio.to_thread(_sweep_unfinished, root)
    return len(gone)


async def _folder_of(session: AsyncSession, runtime: Runtime, file_id: str) -> Path:
    known = None
    if is_public_id(file_id):
        query = select(File.id).where(File.public_id == file_id, File.state == "present")
        known = await session.scalar(query)
    if known is None:
        raise PictureMissing("There is no such file.")
    return screenshots_dir(runtime) / file_id


def _sweep_unfinished(root: Path) -> None:
    """Delete what killed processes left half made, once nobody can be at it any more."""
    before = time.time() - UNFINISHED_SECONDS
    for one in [*root.glob(".*"), *root.glob("*/.*")]:
        if one.stat().st_mtime < before:
            one.unlink() if one.is_file() else shutil.rmtree(one, ignore_errors=True)


def _put(fresh: Path, into: Path) -> None:
    """Move pictures into their folder, the last first: what counts from 1 on is then whole."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(count_pictures(fresh), 0, -1):
        (fresh / f"{number}.jpg").replace(into / f"{number}.jpg")
