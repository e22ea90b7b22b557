"""A worker that takes jobs until it is killed: arguments DIR, database URL.

`errand` is light and says on which machine it ran. `haul` is heavy and starts an errand.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.slices import SLICES
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import Settings
from shadow.runtime.slices import Slice
from tests.support.swarm_process import QUICK


async def errand(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"machine": context.runtime.jobs.machine}


async def haul(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    async def start() -> str:
        return await context.runtime.jobs.start("errand", {}, key=context.job_id)

    errand_id = await context.step("start", start)
    return {"machine": context.runtime.jobs.machine, "errand": errand_id}


MOVING = Slice("moving", jobs=(JobKind("errand", errand), JobKind("haul", haul, heavy=True)))


def settings_of(folder: Path, url: str) -> Settings:
    return read_settings({"data_dir": folder, "database_url": url, "jobs": QUICK})


async def main(folder: str, url: str) -> None:
    async with open_runtime(settings_of(Path(folder), url), slices=(*SLICES, MOVING)):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(*sys.argv[1:]))
