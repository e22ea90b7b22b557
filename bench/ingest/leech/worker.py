"""A worker as `shadow worker` is one, in this process, and what it takes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.slices import SLICES
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.logging import configure_logging
from shadow.runtime.slices import Slice


def given_settings(**more: Any) -> dict[str, Any]:
    """Return settings that let it reach this machine's servers; the rest is as people have it."""
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "hls": {"previews": "off", "index_after_scan": False},
        **more,
    }


@asynccontextmanager
async def worker(
    data_dir: Path, *, slices: Sequence[Slice] = SLICES, role: Role = Role.works, **settings: Any
) -> AsyncIterator[Runtime]:
    """Open a worker."""
    configure_logging(level="error", style="json")
    given = {**given_settings(), **settings, "data_dir": data_dir}
    async with open_runtime(read_settings(given), slices=slices, role=role) as runtime:
        yield runtime


async def bring(runtime: Runtime, url: str) -> float:
    """Bring a link; return the seconds it took."""
    started = time.monotonic()
    job = await runtime.jobs.wait(await ingest.start_leech(runtime, ingest.Order(url)))
    assert job.state == "done", job.error
    return time.monotonic() - started


class Memory:
    """The bytes resident in this process and its children, watched from a thread."""

    def __init__(self) -> None:
        self._stopped = False
        self.before = resident()
        self.most = self.before

    async def __aenter__(self) -> "Memory":
        self._watching = asyncio.create_task(asyncio.to_thread(self._watch))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        await self._watching

    @property
    def added(self) -> int:
        """The most that was resident beyond what was at first."""
        return self.most - self.before

    def _watch(self) -> None:
        while not self._stopped:
            self.most = max(self.most, resident())
            time.sleep(0.05)


def resident() -> int:
    """Return the bytes resident in this process and all that it started."""
    own = psutil.Process()
    found = 0
    for one in (own, *own.children(recursive=True)):
        try:
            found += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found
