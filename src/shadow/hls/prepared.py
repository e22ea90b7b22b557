"""Segments made ahead of time: kept for good, and served instead of being made.

`prepared/{file}/{rendition}-{recipe}/{number}-{size}`, where number -1 is the init segment. A file
gets its name when it is whole and on the disk.
"""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shadow.hls.cache import Kept
from shadow.hls.memory import Recent
from shadow.hls.renditions import Rendition
from shadow.kit.ids import is_public_id

LOOK_SECONDS: Final = 10.0
"""How long what is on a shelf is believed: another process may be filling it."""
ABANDONED_SECONDS: Final = 600.0
"""A file that has no name for so long has nobody who would give it one."""
REMEMBERED: Final = 256
RECIPE_LETTERS: Final = 24


@dataclass(slots=True)
class _Shelf:
    kept: dict[int, Kept]
    looked: float


class PreparedStore:
    """Prepared segments in a folder of the data folder, seen by one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shelves: Recent[str, _Shelf] = Recent(REMEMBERED)

    def find(self, rendition: Rendition, number: int) -> Kept | None:
        """Return a prepared segment. Looks at the disk at most once in a few seconds."""
        now = time.monotonic()
        shelf = self._shelves.get(rendition.recipe)
        if shelf is None or now - shelf.looked > LOOK_SECONDS:
            shelf = _Shelf(dict(_listed(self._place(rendition))), now)
            self._shelves.put(rendition.recipe, shelf)
        return shelf.kept.get(number)

    def forget(self, rendition: Rendition) -> None:
        """Look at the disk again next time."""
        self._shelves.drop(rendition.recipe)

    def numbers(self, rendition: Rendition) -> dict[int, int]:
        """Return the bytes of each segment there is, from the disk, and tidy up after the dead."""
        self.forget(rendition)
        place = self._place(rendition)
        for part in place.glob("*.part"):
            with suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                    part.unlink()
        return {number: kept.size for number, kept in _listed(place)}

    async def keep(self, rendition: Rendition, number: int, made: Kept) -> int:
        """Move a segment here from the cache, for good; returns its bytes.

        Raises:
            OSError: the disk is full or fails, or the cache dropped the segment just now.
        """
        await asyncio.to_thread(self._keep, self._place(rendition), number, made)
        self.forget(rendition)
        return made.size

    def _keep(self, place: Path, number: int, made: Kept) -> None:
        if made.path.parent == place:  # another process was quicker
            return
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place / f"{number}.{secrets.token_hex(4)}.part"
        try:
            try:
                made.path.rename(part)
            except OSError:  # another file system
                shutil.copyfile(made.path, part)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.rename(place / f"{number}-{made.size}")
        finally:
            part.unlink(missing_ok=True)

    async def remove(self, file_id: str) -> None:
        """Remove what was prepared of a file."""
        assert is_public_id(file_id)
        await asyncio.to_thread(shutil.rmtree, self._folder / file_id, ignore_errors=True)

    def files(self) -> set[str]:
        """Return the public ids of files of which anything was prepared."""
        if not self._folder.is_dir():
            return set()
        return {one.name for one in self._folder.iterdir() if is_public_id(one.name)}

    def _place(self, rendition: Rendition) -> Path:
        name = f"{rendition.name}-{rendition.recipe[:RECIPE_LETTERS]}"
        return self._folder / rendition.file_id / name


def _listed(place: Path) -> Iterator[tuple[int, Kept]]:
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                number, dash, size = entry.name.rpartition("-")
                if dash and size.isdecimal() and number.removeprefix("-").isdecimal():
                    yield int(number), Kept(Path(entry.path), int(size))
    except FileNotFoundError:
        return
