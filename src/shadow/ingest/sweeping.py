"""Mark vanished files missing, once every root is read and moved files are known."""

import asyncio
import os
from collections.abc import Collection

from shadow.catalog.service import KnownFile, files_of_folder, mark_missing
from shadow.ingest.memory import GONE, swept, to_sweep
from shadow.ingest.models import FolderMemory
from shadow.ingest.walking import join, read_folder
from shadow.runtime.context import Runtime

SEEN_STATES = ("present", "failed")


async def sweep(runtime: Runtime, root_id: int, root: bytes, endings: Collection[bytes]) -> int:
    """Mark the files missing that vanished from a root's flagged folders; return how many.

    A file that moved has its new path by now and is not among them. A folder that cannot be read
    stays flagged. Safe to repeat after a crash at any point.
    """
    missing = 0
    after: bytes | None = None
    while True:
        async with runtime.database.session() as session:
            flagged = await to_sweep(session, root_id, after=after)
        if not flagged:
            return missing
        missing += await _sweep_some(runtime, flagged, root, endings)
        after = flagged[-1].folder


async def _sweep_some(
    runtime: Runtime, flagged: list[FolderMemory], root: bytes, endings: Collection[bytes]
) -> int:
    vanished: list[int] = []
    done: list[bytes] = []
    for memory in flagged:
        async with runtime.database.session() as session:
            known = await files_of_folder(session, memory.root_id, memory.folder)
        gone = memory.signature == GONE.signature
        there = set() if gone else await asyncio.to_thread(_names, root, memory.folder, endings)
        if there is None:
            continue
        vanished += [one.id for one in known if _vanished(one, there)]
        done.append(memory.folder)
    async with runtime.database.transaction() as session:
        marked = await mark_missing(session, vanished) if vanished else 0
        await swept(session, flagged[0].root_id, done)
    return marked


def _vanished(known: KnownFile, there: set[bytes]) -> bool:
    return known.state in SEEN_STATES and os.path.basename(known.path) not in there  # noqa: PTH119 bytes


def _names(root: bytes, folder: bytes, endings: Collection[bytes]) -> set[bytes] | None:
    """Return the names of a folder's media files, None when it cannot be read."""
    try:
        content = read_folder(join(root, folder), endings)
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError:
        return None
    return {*content.unfinished, *(entry.name for entry in content.media)}
