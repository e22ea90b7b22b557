"""A library folder of real files, and scans of it as the server does them."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from tests.support.media import film

HOUR = 3600.0


class Row(NamedTuple):
    """What the catalogue says of a file."""

    public_id: str
    state: str
    title: str | None
    year: int | None
    episodes: tuple[tuple[int, int], ...]


class Library:
    """One root, and the catalogue's view of it by path relative to `place`."""

    def __init__(self, runtime: Runtime, place: Path) -> None:
        self.runtime = runtime
        self.place = place
        self._made = 0

    def put(self, name: str | bytes, content: bytes | None = None, *, age: float = HOUR) -> bytes:
        """Write a file, by default a small film like no other; returns its absolute path."""
        path = self.place / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._made += 1
        if content is None:
            content = film().read_bytes() + b"%020d" % self._made
        path.write_bytes(content)
        then = time.time() - age
        os.utime(path, (then, then))
        return bytes(path)

    async def scan(self, *paths: Path, root: bool = True) -> dict[str, Any]:
        """Scan to the end and return the job's result."""
        asked: Sequence[Path] | None = paths or ([self.place] if root else None)
        job_id = await ingest.start_scan(self.runtime, paths=asked)
        job = await asyncio.wait_for(self.runtime.jobs.wait(job_id), 60)
        assert job.state == "done", job.error
        assert job.result is not None
        return job.result

    async def idle(self) -> None:
        """Wait until nothing runs: pictures are made after a scan."""
        jobs = self.runtime.jobs
        while (going := await jobs.list(limit=1, states=["queued", "running"])).items:
            await asyncio.wait_for(jobs.wait(going.items[0].id), 60)

    async def rows(self) -> dict[str, Row]:
        """Return every file of the catalogue by its path below `place`."""
        numbers = (
            select(FileEpisode.file_id, Season.number.label("season"), Episode.number)
            .join(Episode, Episode.id == FileEpisode.episode_id)
            .join(Season, Season.id == Episode.season_id)
            .order_by(FileEpisode.file_id, FileEpisode.position)
        )
        files = select(File, Title.title, Title.year).outerjoin(Title, Title.id == File.title_id)
        async with self.runtime.database.session() as session:
            episodes: dict[int, list[tuple[int, int]]] = {}
            for file_id, season, number in await session.execute(numbers):
                episodes.setdefault(file_id, []).append((season, number))
            return {
                os.path.relpath(os.fsdecode(file.path), self.place): Row(
                    file.public_id, file.state, title, year, tuple(episodes.get(file.id, ()))
                )
                for file, title, year in await session.execute(files)
            }

    async def states(self) -> dict[str, str]:
        """Return the state of every file by its path."""
        return {path: row.state for path, row in (await self.rows()).items()}


def counts(result: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of a scan's result that are not zero."""
    names = ("files", "added", "updated", "moved", "unchanged", "missing")
    found = {name: result[name] for name in names if result[name]}
    return found | ({"failed": len(result["failed"])} if result["failed"] else {})
