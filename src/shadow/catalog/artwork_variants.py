"""Made-to-measure pictures: rendered once in a worker, kept on disk within a bound."""

import asyncio
import os
import secrets
from collections import OrderedDict
from pathlib import Path
from typing import Final, Literal

import structlog

from shadow.catalog.artwork import artwork_path
from shadow.catalog.artwork_rules import PictureRefused
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed, WorkerPool

log = structlog.get_logger(__name__)
Quality = Literal["full", "saver"]
LADDER: Final = (160, 320, 480, 780, 1280, 1920)
"""The only widths there are: a client that asks for every width must not fill the disk."""
RECIPE: Final = "1"
"""Change it when rendering changes: it is part of every variant's name and ETag."""
FREED_SHARE: Final = 0.1  # of the bound, at a time, so that not every picture evicts


class ImageMissing(ShadowError):
    """There is no picture of this id, or its file is gone or cannot be shown."""

    kind = Kind.missing
    code = "catalog.image_missing"


def rung(width: int | None) -> int:
    """Return the allowed width for a wanted one: the next larger, at most 1920."""
    if width is None:
        return LADDER[-1]
    return next((allowed for allowed in LADDER if allowed >= width), LADDER[-1])


class Variants:
    """The variants on disk of one data folder, least recently used first.

    Several processes may share the folder: each counts what it sees, and a variant that another
    one threw out is rendered again.
    """

    def __init__(self, data_dir: Path, workers: WorkerPool, *, max_bytes: int) -> None:
        """Describe the cache; the folder is read when the first variant is asked for."""
        self._data_dir = data_dir
        self._folder = data_dir / "cache" / "images"
        self._workers = workers
        self._max_bytes = max_bytes
        self._sizes: OrderedDict[str, int] | None = None
        self._held = 0
        self._opening = asyncio.Lock()
        self._rendering: dict[str, asyncio.Task[bytes]] = {}

    @staticmethod
    def name(sha256: str, width: int, quality: Quality) -> str:
        """Return what a variant is called, on disk and in its ETag."""
        return f"{sha256}-{width}-{quality}-{RECIPE}"

    async def get(self, sha256: str, width: int, quality: Quality) -> bytes:
        """Return a variant as WebP; many requests for one that is not there render it once.

        Raises:
            ImageMissing: the picture's file is gone, or cannot be decoded any more.
        """
        sizes = await self._opened()
        name = self.name(sha256, width, quality)
        if name in sizes:
            try:
                kept = await asyncio.to_thread(self._path(name).read_bytes)
            except OSError:
                self._held -= sizes.pop(name, 0)
            else:
                if name in sizes:
                    sizes.move_to_end(name)
                return kept
        rendering = self._rendering.get(name)
        if rendering is None:
            rendering = asyncio.create_task(self._render(sha256, width, quality))
            self._rendering[name] = rendering
            rendering.add_done_callback(lambda _: self._rendering.pop(name, None))
        return await asyncio.shield(rendering)  # a client that leaves takes nobody's picture away

    async def _render(self, sha256: str, width: int, quality: Quality) -> bytes:
        source = artwork_path(self._data_dir, sha256)
        try:
            picture: bytes = await self._workers.call(
                "shadow.catalog.images:render", str(source), width, quality, timeout=30
            )
        except (TaskFailed, TaskTimedOut, WorkerCrashed, PictureRefused) as error:
            log.warning("catalog.image_not_rendered", sha256=sha256, detail=error.detail)
            raise ImageMissing("This picture cannot be shown. Refresh the title.") from error
        name = self.name(sha256, width, quality)
        try:
            await asyncio.to_thread(self._write, name, picture)
        except OSError as error:  # a full disk costs the cache, not the picture
            log.warning("catalog.image_not_kept", error=str(error))
            return picture
        await self._count(name, len(picture))
        return picture

    async def _count(self, name: str, size: int) -> None:
        sizes = await self._opened()
        self._held += size - sizes.get(name, 0)
        sizes[name] = size
        sizes.move_to_end(name)
        if self._held <= self._max_bytes:
            return
        doomed: list[Path] = []
        while self._held > self._max_bytes * (1 - FREED_SHARE) and len(sizes) > 1:
            oldest, freed = sizes.popitem(last=False)
            self._held -= freed
            doomed.append(self._path(oldest))
        await asyncio.to_thread(_remove, doomed)

    async def _opened(self) -> OrderedDict[str, int]:
        if self._sizes is None:
            async with self._opening:
                if self._sizes is None:
                    found = await asyncio.to_thread(self._read_folder)
                    self._held = sum(found.values())
                    self._sizes = found
        return self._sizes

    def _read_folder(self) -> OrderedDict[str, int]:
        found: list[tuple[float, str, int]] = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                if name.startswith("."):  # left by a process that died while writing
                    path.unlink(missing_ok=True)
                    continue
                seen = path.stat()
                found.append((seen.st_mtime, name.removesuffix(".webp"), seen.st_size))
        return OrderedDict((name, size) for _, name, size in sorted(found))

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.webp"

    def _write(self, name: str, picture: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            fresh.write_bytes(picture)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
