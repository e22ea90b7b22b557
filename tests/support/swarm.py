"""Processes of one swarm as people start them: `shadow worker` and `shadow serve`."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import PIPE, Running, start

Started = Running | asyncio.subprocess.Process

QUICK = {
    "SHADOW_JOBS__BEAT_SECONDS": "0.2",
    "SHADOW_JOBS__DEAD_SECONDS": "1.5",
    "SHADOW_LOG_LEVEL": "error",
    "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
    "SHADOW_INGEST__POLICY": "http",
    "SHADOW_HLS__PREVIEWS": "off",
}


@dataclass
class Machine:
    """A data folder and the settings of what runs there."""

    data_dir: Path
    settings: Mapping[str, str]

    async def start(self, *arguments: str) -> Started:
        """Start a command of `shadow`."""
        return await start(
            *("shadow", *arguments, "--data-dir", self.data_dir),
            env={**QUICK, **self.settings}, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        """Run a command to its end; returns its exit code and what it printed."""
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, out.decode(), err.decode()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Started]:
        """Run a worker until the block ends, or something kills it."""
        process = await self.start("worker")
        assert process.stdout is not None
        try:
            assert await process.stdout.readline() == b"Taking jobs.\n", await told(process)
            yield process
        finally:
            await end(process)


async def end(process: Started, sign: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone, and wait for its end."""
    if process.returncode is None:
        process.send_signal(sign)
    await asyncio.wait_for(process.communicate(), 60)


async def told(process: Started) -> str:
    """Return what a process that ended complained of."""
    _, err = await process.communicate()
    return err.decode()
