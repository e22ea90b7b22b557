"""Whether all machines of a swarm put new local files into the same folder.

Each machine leaves a mark of its own in its folder. Who sees the mark of another one sees the same
folder, whatever its path is called there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from shadow.runtime.context import Runtime
from shadow.storage.choosing import default_storage, managed_root
from shadow.storage.names import RESERVED

MARK: Final = f"{RESERVED}machine-"


class StoreMark:
    """This machine's mark in the folder for new files; held by each process that may fill it."""


@asynccontextmanager
async def store_marked(runtime: Runtime) -> AsyncIterator[StoreMark]:
    """Leave the mark, before other machines learn that this one is there."""
    if _may_differ(runtime):
        with suppress(OSError):  # a folder that cannot be written is told of when a file comes
            await asyncio.to_thread(_mark, managed_root(runtime), runtime.jobs.machine)
    yield StoreMark()


async def store_trouble(runtime: Runtime) -> str | None:
    """Return, for people, why files that one machine stores cannot be read by another."""
    if not _may_differ(runtime):
        return None
    root = managed_root(runtime)
    same = {runtime.jobs.machine, *await asyncio.to_thread(_marks, root)}
    other = await runtime.jobs.living(lambda one: one.executor.rpartition("-")[0] not in same)
    if other is None:
        return None
    return (
        f"New files go to {root}, which “{other.host}” does not have: what one machine "
        "stores, another could not read. Set SHADOW_STORAGE__DEFAULT to s3 or rclone, or "
        "SHADOW_STORAGE__LOCAL_ROOT to a folder that all of them mount."
    )


def _may_differ(runtime: Runtime) -> bool:
    """Tell whether there can be other machines, and whether files go to a folder."""
    return runtime.database.dialect == "postgresql" and default_storage(runtime) == "local"


def _mark(root: Path, machine: str) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / f"{MARK}{machine}").touch()


def _marks(root: Path) -> set[str]:
    return {path.name.removeprefix(MARK) for path in root.glob(f"{MARK}*")}
