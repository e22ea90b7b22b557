"""What ingestion can do, for its routes, the command line and other slices."""

import os
from collections.abc import Sequence
from pathlib import Path

from shadow.ingest.folders import (
    FolderState,
    absolute,
    add_root,
    describe_roots,
    ensure_roots,
    list_roots,
    remove_root,
)
from shadow.ingest.jobs import Part, arguments_for
from shadow.ingest.models import LibraryFolder
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.sidecars import SubtitleFile, subtitles_beside
from shadow.ingest.walking import covers
from shadow.runtime.context import Runtime

__all__ = [
    "FolderState",
    "SubtitleFile",
    "add_root",
    "describe_roots",
    "pinned_paths",
    "remove_root",
    "start_scan",
    "subtitles_beside",
]


def pinned_paths(runtime: Runtime) -> list[bytes]:
    """Return the library folders that the settings name, as exact bytes."""
    return [os.fsencode(path) for path in runtime.settings.group(LibrarySettings).paths]


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
