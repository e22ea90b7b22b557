"""Remove what nginx keeps of a file: its cache is a folder of files that begin with their keys.

nginx itself can only be asked for single addresses, and a film has thousands of slices. It takes a
vanished cache file for one that it never had.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from shadow.catalog.events import FilesGone
from shadow.catalog.models import File
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.streaming.gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)
_HEAD: Final = 1024
"""Bytes in which nginx's own header and the key lie."""
_KEY: Final = b"\nKEY: /stream/"
_ID_BYTES: Final = 7
_AT_ONCE: Final = 500
SETTLE_SECONDS: Final = 10.0
"""Slices that were on their way when a file went are written within this, and then removed too."""


class CacheClosed(ShadowError):
    """nginx's cache may not be read or written by this account."""

    kind = Kind.denied
    code = "streaming.gateway_cache_closed"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many cache files were removed, and their bytes."""

    files: int
    bytes: int


def purge(cache_dir: Path, file_ids: Collection[str]) -> Purged:
    """Remove all that nginx keeps of these files (public ids), whatever their version. Blocks.

    Raises:
        CacheClosed: the folder belongs to another account.
    """
    wanted = {file_id.encode() for file_id in file_ids}
    files = taken = 0
    try:
        for path in _kept(cache_dir):
            with suppress(FileNotFoundError):
                size = _size_if_of(path, wanted)
                if size is not None:
                    path.unlink()
                    files, taken = files + 1, taken + size
    except PermissionError as error:
        raise CacheClosed(
            f"nginx's cache in {cache_dir} belongs to another account. "
            "Run nginx's workers under the same account as Shadow Systems, or this command as root."
        ) from error
    return Purged(files, taken)


def _kept(folder: Path) -> Iterator[Path]:
    """Yield every file of a cache, of which nginx may remove some meanwhile."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _kept(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _size_if_of(path: Path, wanted: Collection[bytes]) -> int | None:
    with path.open("rb", buffering=0) as file:
        head = file.read(_HEAD)
        at = head.find(_KEY)
        begun = at + len(_KEY)
        if at < 0 or head[begun : begun + _ID_BYTES] not in wanted:
            return None
        return os.fstat(file.fileno()).st_size


class CacheSweep:
    """Purges in the background, many files in one walk over the cache."""

    def __init__(self, cache_dir: Path) -> None:
        """Take nginx's cache folder, which need not exist."""
        self._folder = cache_dir
        self._gone: set[str] = set()
        self._walking: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @property
    def needed(self) -> bool:
        """Whether nginx has a cache on this machine at all."""
        return self._folder.exists()

    def forget(self, file_ids: Collection[str]) -> None:
        """Remove what is kept of these files, soon."""
        self._gone |= set(file_ids)
        if self._walking is None or self._walking.done():
            self._walking = asyncio.create_task(self._walk())

    async def _walk(self) -> None:
        while self._gone:
            gone, self._gone = self._gone, set()
            await self._sweep(gone)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), SETTLE_SECONDS)
            await self._sweep(gone)

    async def _sweep(self, gone: Collection[str]) -> None:
        try:
            done = await asyncio.to_thread(purge, self._folder, gone)
        except (CacheClosed, OSError) as error:
            log.warning("streaming.gateway_not_purged", reason=str(error))
            return
        if done.files:
            log.info("streaming.gateway_purged", files=done.files, bytes=done.bytes)

    async def close(self) -> None:
        """Finish what was begun, without waiting for late slices."""
        self._closing.set()
        if self._walking is not None:
            await self._walking


@asynccontextmanager
async def cache_sweep_open(runtime: Runtime) -> AsyncIterator[CacheSweep]:
    """Hold the sweep as long as the process runs."""
    sweep = CacheSweep(Path(runtime.settings.group(GatewaySettings).cache_dir))
    yield sweep
    await sweep.close()


async def on_files_gone(runtime: Runtime, told: FilesGone) -> None:
    """Have nginx forget files that nobody may play any more."""
    sweep = runtime.part(CacheSweep)
    if not sweep.needed:
        return
    async with runtime.database.session() as session:
        for start in range(0, len(told.file_ids), _AT_ONCE):
            piece = told.file_ids[start : start + _AT_ONCE]
            ids = await session.scalars(select(File.public_id).where(File.id.in_(piece)))
            sweep.forget(list(ids))
