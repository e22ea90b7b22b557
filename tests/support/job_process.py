"""A process that runs durable jobs until it is killed: arguments DIR, database URL, number.

The job `count` has three steps; each writes a line with the job's name and its own into a file.
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

STEPS = ("fetch", "store", "tell")


async def note(folder: str, name: str, step: str) -> str:
    await asyncio.sleep(0.05)
    line = os.open(Path(folder) / "lines", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(line, f"{name} {step}\n".encode())
    os.close(line)
    return step


async def count(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    done = [
        await context.step(step, note, arguments["folder"], arguments["name"], step)
        for step in STEPS
    ]
    return {"steps": done}


TESTING = Slice("testing", jobs=(JobKind("count", count),))


async def main(folder: str, url: str, jobs: int) -> None:
    settings = read_settings({"data_dir": Path(folder), "database_url": url})
    async with open_runtime(settings, slices=(*SLICES, TESTING)) as runtime:
        for number in range(jobs):
            arguments = {"folder": folder, "name": f"job-{number}"}
            await runtime.jobs.start("count", arguments, key=f"job-{number}")
        sys.stdout.write("started\n")
        sys.stdout.flush()
        while True:
            page = await runtime.jobs.list(limit=200)
            if page.items and all(job.state == "done" for job in page.items):
                break
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
