"""The segment cache: whole files under their key, used by several server processes at once.

`segments/ab/{key}-{size}` holds a segment; it gets its name when it is whole, and a file whose
length is not the one in its name (a power cut) is none. `making/{key}.lock` is locked by whoever
makes a segment: the kernel lets go of it however that process ends. The least recently used go
first when the limit is reached.
"""

import asyncio
import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from shadow.hls.memory import Recent
from shadow.hls.metrics import CACHE_BYTES, CACHE_EVICTED

log = structlog.get_logger(__name__)
REMEMBERED: Final = 4096
TOUCH_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
SPARED_BYTES: Final = 512 << 20
"""Bytes of the disk that the cache leaves to others, however high its limit."""
SWEEPS_A_LIMIT: Final = 32
"""The folder is counted anew after so small a part of the limit was written."""
FILLED_AFTER_SWEEP: Final = 0.9
FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(slots=True)
class Kept:
    """A whole segment on disk. `touched` is the event loop's time of its last use."""

    path: Path
    size: int
    touched: float = 0.0


class SegmentCache:
    """The cache of one process in a folder that others may share."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Keep up to `limit` bytes in `folder`."""
        self._segments = folder / "segments"
        self._making = folder / "making"
        self._sweep_lock = folder / "sweep.lock"
        self._limit = limit
        self._known: Recent[str, Kept] = Recent(REMEMBERED)
        # One thread: who asked first gets its answer, and so its turn at the workers, first.
        self._looking = ThreadPoolExecutor(1, thread_name_prefix="hls-cache")
        self._bytes = 0
        self._unswept = 0

    def prepare(self) -> None:
        """Make the folders, remove what dead processes left, and count. Blocks; call in a thread.

        Raises:
            OSError: the folder cannot be written.
        """
        for folder in (self._segments, self._making):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._remove_abandoned()
        self._sweep(0)

    def close(self) -> None:
        """Let the thread go."""
        self._looking.shutdown(wait=False, cancel_futures=True)

    def find(self, key: str) -> Kept | None:
        """Return a segment this process knows of, and count it as used. Does not wait."""
        kept = self._known.get(key)
        if kept is not None:
            self._touch(kept)
        return kept

    async def look(self, key: str) -> Kept | None:
        """Return a segment from memory or disk, whoever made it."""
        kept = self.find(key)
        if kept is None:
            loop = asyncio.get_running_loop()
            kept = await loop.run_in_executor(self._looking, self._on_disk, key)
            if kept is not None:
                self._known.put(key, kept)
                self._touch(kept)
        return kept

    def forget(self, key: str) -> None:
        """Stop believing that a segment is there: it was swept, or spoiled."""
        self._known.drop(key)

    @contextmanager
    def claim(self, key: str) -> Iterator[Path | None]:
        """Be the one to make a segment: yields the path to make it at, which does not exist yet.

        Yields None while somebody else, in whatever process, is at it. What is at the path when
        the block ends and was not kept is removed.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        lock = self._making / f"{key}.lock"
        fd = _locked(lock)
        if fd is None:
            yield None
            return
        part = self._making / f"{key}.{secrets.token_hex(4)}.part"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
            os.close(fd)

    async def keep(self, key: str, part: Path, size: int) -> Kept:
        """Give a finished segment its name, making room first if need be.

        Raises:
            ValueError: it has not the size that was promised.
            OSError: the disk fails.
        """
        kept = await asyncio.to_thread(self._store, key, part, size)
        self._bytes += size
        self._unswept += size
        self._known.put(key, kept)
        return kept

    async def settled(self, key: str) -> Kept | None:
        """Wait until nobody else makes a segment; returns it if it is there then."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            kept = await self.look(key)
            if kept is not None:
                return kept
            with self.claim(key) as part:
                if part is not None:
                    return await self.look(key)

    async def make_room(self, size: int) -> None:
        """Free at least `size` bytes, as far as there is anything to take out."""
        await asyncio.to_thread(self._sweep, size, free=size)

    async def sweep(self) -> None:
        """Count what is there, and take out what is over the limit."""
        await asyncio.to_thread(self._remove_abandoned)
        await asyncio.to_thread(self._sweep, 0)

    def _store(self, key: str, part: Path, size: int) -> Kept:
        if part.stat().st_size != size:
            raise ValueError("a segment is not as long as its maker said")
        full = self._bytes + size > self._limit
        if full or self._unswept > self._limit // SWEEPS_A_LIMIT:
            self._sweep(size)
        path = self._segments / key[:2] / f"{key}-{size}"
        path.parent.mkdir(exist_ok=True, mode=0o700)
        part.rename(path)
        return Kept(path, size, time.monotonic())

    def _touch(self, kept: Kept) -> None:
        now = time.monotonic()
        if now - kept.touched > TOUCH_SECONDS:
            kept.touched = now
            with suppress(OSError):
                os.utime(kept.path)

    def _on_disk(self, key: str) -> Kept | None:
        prefix = f"{key}-"
        try:
            with os.scandir(self._segments / key[:2]) as entries:
                found = [Path(one.path) for one in entries if one.name.startswith(prefix)]
            for path in found:
                size = int(path.name.removeprefix(prefix))
                if path.stat().st_size == size:
                    return Kept(path, size)
                path.unlink()
        except (FileNotFoundError, ValueError):
            pass  # nothing of that kind was ever made, or it was swept just now
        return None

    def _sweep(self, coming: int, *, free: int = 0) -> None:
        """Evict the least recently used until `coming` bytes fit, and `free` more are gone."""
        with _only_one(self._sweep_lock):
            found = sorted(_listed(self._segments))
            total = sum(size for _, size, _ in found)
            disk = shutil.disk_usage(self._segments).free
            limit = min(self._limit, max(0, total + disk - SPARED_BYTES))
            target = total
            if total + coming > limit:
                target = min(total, int(limit * FILLED_AFTER_SWEEP)) - coming
            target = min(target, total - free) if free else target
            for _, size, path in found:
                if total <= max(0, target):
                    break
                with suppress(FileNotFoundError):
                    path.unlink()
                    CACHE_EVICTED.inc()
                total -= size
        self._bytes = total
        self._unswept = 0
        CACHE_BYTES.set(total)

    def _remove_abandoned(self) -> None:
        """Remove what processes that died were making."""
        keys = {path.name.partition(".")[0] for path in self._making.iterdir()}
        for key in keys:
            with self.claim(key) as part:
                if part is not None:
                    for left in self._making.glob(f"{key}.*.part"):
                        left.unlink(missing_ok=True)


def _listed(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield time of last use, size and path of every file two levels down."""
    for shard in folder.iterdir():
        if not shard.is_dir():
            continue  # none of ours
        with os.scandir(shard) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    yield status.st_mtime_ns, status.st_size, Path(entry.path)


def _locked(path: Path) -> int | None:
    """Return a descriptor that holds the lock at `path`, or None while another one does."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except BlockingIOError:
            os.close(fd)
            return None
        except FileNotFoundError:
            pass  # who had it removed it: what we hold is no lock any more
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Let one thread of one process in at a time."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
