"""What ingestion can do, for its routes, the command line and other slices."""

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.ingest.cataloguing import Catalogued, Lying, catalogue_object
from shadow.ingest.events import LibraryFolderAdded
from shadow.ingest.folders import (
    FolderState,
    absolute,
    add_folder,
    add_root,
    describe_roots,
    ensure_roots,
    keep_folder,
    list_roots,
    pinned_paths,
    remove_root,
)
from shadow.ingest.jobs import Part, arguments_for
from shadow.ingest.leeching.starting import Order, start_leech
from shadow.ingest.models import LibraryFolder
from shadow.ingest.sample.library import make_sample_library
from shadow.ingest.sidecars import SubtitleFile, subtitles_beside
from shadow.ingest.walking import covers
from shadow.kit.paging import Page, decode_cursor, encode_cursor
from shadow.runtime.context import Runtime

__all__ = [
    "Catalogued",
    "FolderState",
    "Lying",
    "Order",
    "SubtitleFile",
    "add_folder",
    "add_root",
    "catalogue_object",
    "describe_roots",
    "keep_folder",
    "list_problems",
    "list_roots",
    "make_sample_library",
    "pinned_paths",
    "remove_root",
    "start_leech",
    "start_scan",
    "subtitles_beside",
]


async def start_scan(
    runtime: Runtime,
    *,
    paths: Sequence[Path] | None = None,
    folder_ids: Sequence[int] | None = None,
) -> str:
    """Start a scan and return its job's id; a scan of everything that is under way is that scan.

    Args:
        runtime: this process's.
        paths: only these folders of this machine. One that is no part of the library becomes a
            library folder.
        folder_ids: only these library folders. Unknown ids are ignored.

    Raises:
        FolderRefused: a path does not exist or cannot be a library folder.
        FolderTaken: a path holds a library folder.
    """
    if paths:
        parts = [await _part_of(runtime, absolute(path)) for path in paths]
    elif folder_ids is not None:
        parts = [(root_id, b"") for root_id in dict.fromkeys(folder_ids)]
    else:
        return await runtime.jobs.start("scan", arguments_for(None), key="all")
    return await runtime.jobs.start("scan", arguments_for(parts))


async def _part_of(runtime: Runtime, path: bytes) -> Part:
    """Return where a path lies in the library, taking it in if it does not."""
    async with runtime.database.transaction() as session:
        await ensure_roots(session, pinned_paths(runtime), clock=runtime.clock)
        for root in await list_roots(session):
            if covers(root.path, path) or root.path == b"/":
                return root.id, path[len(root.path) :].strip(b"/")
        added: LibraryFolder = await add_root(
            session,
            path=os.fsdecode(path),
            data_dir=runtime.settings.core.data_dir,
            clock=runtime.clock,
        )
        return added.id, b""


async def list_problems(
    session: AsyncSession, *, limit: int, cursor: str | None = None
) -> Page[File]:
    """Return the files that cannot be read as media, in the order they were found.

    Raises:
        CursorInvalid: the cursor is of another list.
    """
    failed = File.state == "failed"
    query = select(File).where(failed).order_by(File.id).limit(limit + 1)
    if cursor:
        after = decode_cursor(cursor, "problems", 1)[0]
        query = query.where(File.id > (after if isinstance(after, int) else 0))
    files = list(await session.scalars(query))
    total = await session.scalar(select(func.count()).select_from(File).where(failed)) or 0
    more = encode_cursor("problems", files[limit - 1].id) if len(files) > limit else None
    return Page(files[:limit], more, total)


async def scan_new_folder(runtime: Runtime, event: LibraryFolderAdded) -> None:
    """Start the scan of a folder that was just added."""
    await start_scan(runtime, folder_ids=[event.root_id])
