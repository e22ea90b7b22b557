"""`python -m bench.ingest.leech.many FOLDER JOBS`: the engine alone, and many small links.

Prints JSON: `empty` and `stepped` (milliseconds of a job without steps and with ten), `minute`
(small links brought in a minute, as people have it) and `crowd` (the same, thirty at a time).
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from tests.support.hosting import hosting

from bench.ingest.leech.films import small_films
from bench.ingest.leech.worker import given_settings, worker
from shadow.app.slices import SLICES
from shadow.ingest import service as ingest
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.slices import Slice

EMPTY_JOBS = 100
STEPS = 10


async def nothing() -> None:
    """Do nothing."""


async def empty(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Take as many steps as asked for."""
    for _ in range(arguments["steps"]):
        await ctx.step("nothing", nothing)
    return {}


EMPTY = Slice("bench", jobs=(JobKind("empty", empty),))


async def engine(data_dir: Path, steps: int) -> float:
    """Return the milliseconds of a job, one after the other."""
    async with worker(data_dir, slices=(*SLICES, EMPTY)) as runtime:
        await runtime.jobs.wait(await runtime.jobs.start("empty", {"steps": steps}))
        ended: list[float] = []
        for _ in range(EMPTY_JOBS):
            started = time.monotonic()
            job_id = await runtime.jobs.start("empty", {"steps": steps})
            while (await runtime.jobs.get(job_id)).state != "done":
                await asyncio.sleep(0.001)
            ended.append(time.monotonic() - started)
    return sorted(ended)[len(ended) // 2] * 1000


async def links(data_dir: Path, count: int, **jobs: int) -> float:
    """Return how many small links a minute are brought."""
    films = dict(small_films(count))
    async with hosting(films) as host, worker(data_dir, **given_settings(jobs=jobs)) as runtime:
        started = time.monotonic()
        ids = [await ingest.start_leech(runtime, ingest.Order(host.url(one))) for one in films]
        for job_id in ids:
            job = await runtime.jobs.wait(job_id)
            assert job.state == "done", job.error
        return count / (time.monotonic() - started) * 60


async def main(folder: str, count: int) -> None:
    place = Path(folder)
    told = {
        "empty": await engine(place / "empty", 0),
        "stepped": await engine(place / "stepped", STEPS),
        "minute": await links(place / "links", count),
        "crowd": await links(place / "crowd", count, heavy=30, per_source=30),
    }
    print(json.dumps(told))


uvloop.run(main(sys.argv[1], int(sys.argv[2])))
