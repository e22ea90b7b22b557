"""`python -m bench.ingest.leech.gone FOLDER`: what a `kill -9` costs, beyond the work itself.

Prints JSON, in seconds: `restart`, from the start of a killed worker until the jobs that it had
under way are done, and `start`, how much of that a start takes; `elsewhere`, from the death of one
worker until another has done its jobs, as people have it (three seconds a beat, dead after 15).
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.databases import postgres_clone, postgres_template
from tests.support.hosting import Host, hosting
from tests.support.postgres import running_postgres
from tests.support.swarm import QUICK, Machine, end

from bench.ingest.leech.films import small_films
from bench.ingest.leech.worker import worker
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role

JOBS = 3
AS_PEOPLE_HAVE_IT = {"SHADOW_JOBS__BEAT_SECONDS": "3", "SHADOW_JOBS__DEAD_SECONDS": "15"}


async def held_links(looking: Runtime, host: Host) -> list[str]:
    """Start links that stop half-way until the host lets them go on; return their jobs."""
    host.held = set(host.files)
    ids = [await ingest.start_leech(looking, ingest.Order(host.url(one))) for one in host.files]
    while not all(host.asked.get(one, 0) > 1 for one in host.files):
        await asyncio.sleep(0.02)
    return ids


async def until_done(looking: Runtime, ids: list[str]) -> None:
    for job_id in ids:
        job = await looking.jobs.wait(job_id)
        assert job.state == "done", job.error


class Bare(Machine):
    """A machine that starts processes as people do, without the help that tests have."""

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shadow", *arguments, "--data-dir", str(self.data_dir),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **QUICK, **self.settings},
        )  # fmt: skip


def machine(folder: Path, settings: Mapping[str, str]) -> Machine:
    return Bare(folder, {**AS_PEOPLE_HAVE_IT, **settings})


async def restarted(folder: Path) -> tuple[float, float]:
    """Kill a worker, start it again; return the seconds of the start and of all."""
    films = {name: content + bytes(1 << 20) for name, content in small_films(JOBS)}
    one = machine(folder, {})
    async with hosting(films) as host, worker(folder, role=Role.looks) as looking:
        async with one.working():
            ids = await held_links(looking, host)
        host.gate.set()
        started = time.monotonic()
        async with one.working():
            ready = time.monotonic() - started
            await until_done(looking, ids)
            return ready, time.monotonic() - started


async def gone_elsewhere(folder: Path, url: str) -> float:
    """Kill one of two workers for good; return the seconds until the other has done its jobs."""
    films = {name: content + bytes(1 << 20) for name, content in small_films(JOBS)}
    shared = {"SHADOW_DATABASE_URL": url, "SHADOW_STORAGE__LOCAL_ROOT": str(folder / "store")}
    first, second = machine(folder / "first", shared), machine(folder / "second", shared)
    looks = worker(folder / "first", database_url=url, role=Role.looks)
    async with hosting(films) as host, looks as looking, first.working() as victim:
        ids = await held_links(looking, host)
        async with second.working():
            await asyncio.sleep(4)  # it has seen the other one live
            await end(victim)
            host.gate.set()
            started = time.monotonic()
            await until_done(looking, ids)
            return time.monotonic() - started


async def main(folder: str) -> None:
    ready, restart = await restarted(Path(folder) / "restart")
    with running_postgres() as server:
        model = await asyncio.to_thread(postgres_template, server)
        with postgres_clone(server, model) as url:
            elsewhere = await gone_elsewhere(Path(folder) / "elsewhere", url)
    print(json.dumps({"start": ready, "restart": restart, "elsewhere": elsewhere}))


asyncio.run(main(sys.argv[1]))
