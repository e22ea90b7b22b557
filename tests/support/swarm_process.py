"""A worker that takes heavy jobs until it is killed: arguments DIR, database URL, LINES file.

The job `haul` has two steps; each writes `start` and `end` lines with its name, and the second
waits in between until the file `go` lies beside LINES.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.slices import SLICES
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.logging import configure_logging
from shadow.runtime.slices import Slice


def write(lines: str, text: str) -> None:
    descriptor = os.open(lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{text}\n".encode())
    os.close(descriptor)


async def step(lines: str, name: str, gate: str) -> str:
    write(lines, f"start {name}")
    while gate and not await asyncio.to_thread(Path(lines).with_name(gate).exists):
        await asyncio.sleep(0.05)
    write(lines, f"end {name}")
    return name


async def haul(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    lines, name = arguments["lines"], arguments["name"]
    await context.step("fetch", step, lines, f"{name} fetch", "")
    await context.step("store", step, lines, f"{name} store", "go")
    return {"name": name}


HAULING = Slice("hauling", jobs=(JobKind("haul", haul, heavy=True),))
QUICK = {"beat_seconds": 0.2, "dead_seconds": 1.5}


async def main(folder: str, url: str) -> None:
    settings = read_settings({"data_dir": Path(folder), "database_url": url, "jobs": QUICK})
    async with open_runtime(settings, slices=(*SLICES, HAULING)):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(sys.argv[1], sys.argv[2]))
