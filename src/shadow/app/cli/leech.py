"""`shadow leech`: a link becomes a title."""

import asyncio
import sys
from typing import Annotated

import typer

from shadow.app.cli.common import AsJson, DataDir, print_json, say, settings_with, with_runtime
from shadow.app.cli.following import follow
from shadow.ingest import service as ingest
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import LEAST_PRIORITY, MOST_PRIORITY, Job, job_json
from shadow.runtime.settings import Settings

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("leech")(leech)


def leech(
    url: Annotated[str, typer.Argument(metavar="URL", help="http, https, ftp or a magnet link.")],
    *,
    title: Annotated[
        str | None, typer.Option(help="What it is called, with the year in brackets.")
    ] = None,
    priority: Annotated[
        int, typer.Option(min=LEAST_PRIORITY, max=MOST_PRIORITY, help="The higher the sooner.")
    ] = 0,
    storage: Annotated[
        str | None, typer.Option(help="Where to keep it: local, s3, rclone.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Wait for the end; without a server or worker, do it here.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Bring what a link leads to into the library."""
    settings = settings_with(data_dir)
    order = ingest.Order(url, title=title, priority=priority, storage=storage)
    job, taken = with_runtime(settings, lambda runtime: _record(runtime, order))
    if wait:
        job = _followed(settings, job, taken=taken)
    if as_json:
        print_json(job_json(job))
    elif not wait:
        say(f"Noted as job {job.id}.")
        if not taken:
            say("Neither a server nor a worker is running. It begins when one is.")
    if wait:
        _tell_end(job, quiet=as_json)


async def _record(runtime: Runtime, order: ingest.Order) -> tuple[Job, bool]:
    """Write the job down; tell whether anybody is there to do it."""
    job_id = await ingest.start_leech(runtime, order)
    taken = await runtime.jobs.living(lambda one: one.takes)
    return await runtime.jobs.get(job_id), taken is not None


def _followed(settings: Settings, job: Job, *, taken: bool) -> Job:
    """Show the job until it ends, done by others or, where nobody else is, by this process."""

    async def work(runtime: Runtime) -> Job:
        if not taken:
            await runtime.jobs.run_here(job.id)
        return await follow(runtime, job.id, own=not taken)

    try:
        return with_runtime(settings, work, role=Role.looks if taken else Role.own)
    except (KeyboardInterrupt, asyncio.CancelledError):
        goes_on = "goes on" if taken else "goes on where it was with the next server or worker"
        say(f"Job {job.id} {goes_on}. `shadow jobs cancel {job.id}` ends it.")
        sys.exit(INTERRUPTED)


def _tell_end(job: Job, *, quiet: bool) -> None:
    if job.state != "done":
        say(f"shadow: {job.error or f'The job was {job.state}.'}")
        raise typer.Exit(1)
    for one in (job.result or {}).get("titles", ()) if not quiet else ():
        say(f"In the library: {one['title']} ({one['id']})")
