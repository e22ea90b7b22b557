"""The cache of subtitles read out of files: made once by a worker, kept on disk, bounded.

It lies in `cache/subtitles` of the data folder. An entry appears whole or not at all, so several
processes may share it; what was not used for longest goes first.
"""

import asyncio
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from shadow.hls.errors import CacheFull, SubtitleMissing
from shadow.hls.lending import Lend
from shadow.hls.settings import HlsSettings
from shadow.hls.subtitles.entries import VERSION, Entry
from shadow.runtime.context import Runtime
from shadow.runtime.workers import WorkerPool

log = structlog.get_logger(__name__)
Kind = Literal["text", "pictures", "fonts"]
PLACE: Final = "shadow.hls.subtitles"
EXTRACT: Final[dict[Kind, str]] = {
    "text": f"{PLACE}.extracting:extract_text",
    "pictures": f"{PLACE}.extracting:extract_pictures",
    "fonts": f"{PLACE}.extracting:extract_fonts",
}
CONVERT: Final = f"{PLACE}.converting:convert"
EXAMINE: Final = f"{PLACE}.converting:examine"
MOVIE_HASH: Final = f"{PLACE}.converting:movie_hash"
FUNCTIONS: Final = (*EXTRACT.values(), CONVERT, EXAMINE, MOVIE_HASH)
PROCESSES: Final = 2
PASS_SECONDS: Final = 3600.0
"""All bytes of a film are read once: 60 GB on a slow disk take ten minutes."""
READ_SECONDS: Final = 30.0
"""For a file of text, which has 16 MiB at most; an honest one takes 0.1 s."""
TOUCH_SECONDS: Final = 3600.0
SWEEP_SECONDS: Final = 600.0
STALE_SECONDS: Final = 86_400.0
"""Half-made entries of processes that died are removed after so long."""
PART: Final = ".part"
Make = Callable[[bytes], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text subtitle file of its own: `stamp` changes with its content.

    `rate` is the film's pictures a second, 0 when unknown.
    """

    path: bytes
    stamp: str
    language: str | None
    rate: float = 0.0


class SubtitleStore:
    """Subtitles of this process's files, read by worker processes and kept on disk."""

    def __init__(
        self, folder: Path, pool: WorkerPool, passes: WorkerPool, *, max_bytes: int
    ) -> None:
        """Keep entries in `folder`, about `max_bytes` of them.

        `pool` is for what takes a moment; `passes` for reading whole films, which may take an hour.
        """
        self.pool = pool
        self.passes = passes
        self._folder = folder
        self._max_bytes = max_bytes
        self._making: dict[str, asyncio.Task[Entry]] = {}
        self._swept = 0.0

    async def embedded(self, lend: Lend, file_key: str, kind: Kind) -> Entry:
        """Return what a media file carries; all tracks of a kind are read in one pass.

        Raises:
            MediaError, FileChanged: as the codes of `TaskFailed` when the worker refuses the file.
            CacheFull: the disk is full.
        """
        key = _key(kind, file_key)

        async def make(target: bytes) -> None:
            async with lend() as path:
                every = (path, file_key, target)
                await self.passes.call(EXTRACT[kind], *every, timeout=PASS_SECONDS)

        return await self._entry(key, make)

    async def standing_alone(self, file: TextFile) -> Entry:
        """Return a text subtitle file's content, as track 0.

        Raises:
            SubtitleUnreadable, SubtitleTooLarge, MediaError: as codes of `TaskFailed`.
            CacheFull: the disk is full.
        """
        key = _key("file", file.path.hex(), file.stamp, file.language or "", f"{file.rate:.3f}")

        async def make(target: bytes) -> None:
            said = (file.path, file.language or "", file.rate, target)
            await self.pool.call(CONVERT, *said, timeout=READ_SECONDS)

        return await self._entry(key, make)

    async def close(self) -> None:
        """Give up what is being read."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def is_kept(self, file_key: str, kind: Kind) -> bool:
        """Tell whether a media file's entry is there already."""
        return (self._folder / _key(kind, file_key)).is_dir()

    async def _entry(self, key: str, make: Make) -> Entry:
        found = await asyncio.to_thread(self._kept, key)
        if found is not None:
            return found
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.create_task(self._make(key, make))
            making.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(making)

    def _kept(self, key: str) -> Entry | None:
        folder = self._folder / key
        entry = Entry.opened(folder)
        if entry is not None and time.time() - folder.stat().st_mtime > TOUCH_SECONDS:
            os.utime(folder)
        return entry

    async def _make(self, key: str, make: Make) -> Entry:
        part = self._folder / f"{key}.{secrets.token_hex(4)}{PART}"
        try:
            await asyncio.to_thread(part.mkdir, parents=True)
            await make(os.fsencode(part))
            entry = await asyncio.to_thread(self._put, part, self._folder / key)
        except OSError as error:
            raise _full(error) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
        if entry is None:
            raise SubtitleMissing("The subtitles of this file could not be kept. Try again.")
        await self._sweep_now_and_then()
        return entry

    def _put(self, part: Path, target: Path) -> Entry | None:
        try:
            part.rename(target)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
            if Entry.opened(target) is None:  # spoiled, not made meanwhile by another process
                shutil.rmtree(target)
                part.rename(target)
        return Entry.opened(target)

    async def _sweep_now_and_then(self) -> None:
        if time.monotonic() - self._swept > SWEEP_SECONDS or self._swept == 0.0:
            self._swept = time.monotonic()
            await asyncio.to_thread(self.sweep)

    def sweep(self) -> None:
        """Remove the entries unused longest until the bound holds, and what died half made."""
        entries = []
        for folder in self._folder.iterdir():
            try:
                used = folder.stat().st_mtime
                size = sum(one.stat().st_size for one in folder.iterdir())
            except OSError:  # another process is at it too
                continue
            if folder.name.endswith(PART):
                if time.time() - used > STALE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
            else:
                entries.append((used, size, folder))
        total = sum(size for _, size, _ in entries)
        for _, size, folder in sorted(entries, key=lambda one: one[0]):
            if total <= self._max_bytes:
                return
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


@asynccontextmanager
async def subtitle_store(runtime: Runtime) -> AsyncIterator[SubtitleStore]:
    """Open the store of a process; its workers start with the first work."""
    folder = runtime.settings.core.data_dir / "cache" / "subtitles"
    bound = runtime.settings.group(HlsSettings).subtitle_cache_bytes
    pool = WorkerPool(PROCESSES, functions=FUNCTIONS, task_timeout=READ_SECONDS)
    passes = WorkerPool(PROCESSES, functions=FUNCTIONS, task_timeout=PASS_SECONDS)
    async with pool, passes:
        store = SubtitleStore(folder, pool, passes, max_bytes=bound)
        try:
            yield store
        finally:
            await store.close()


def _key(*parts: str) -> str:
    joined = "\0".join([str(VERSION), *parts])
    return hashlib.sha256(joined.encode()).hexdigest()[:40]


def _full(error: OSError) -> CacheFull:
    log.warning("hls.subtitles_not_kept", reason=str(error))
    return CacheFull("The disk of the data folder is full or cannot be written.")
