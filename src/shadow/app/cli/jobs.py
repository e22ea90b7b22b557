"""`shadow jobs`: durable work listed, watched, stopped and gone on with."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shadow.app.cli.common import (
    AsJson,
    DataDir,
    output_console,
    print_json,
    progress_console,
    settings_with,
    with_runtime,
)
from shadow.app.cli.following import bars_of, figures
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import LEAST_PRIORITY, MOST_PRIORITY, Job, JobWorker, job_json

jobs = typer.Typer(
    help="Durable work: list it, watch it, stop it, go on with it.", no_args_is_help=True
)
JobId = Annotated[str, typer.Argument(metavar="ID")]
WATCH_SECONDS = 0.5
GOING = ("queued", "running", "paused")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(jobs, name="jobs")
    for action in ("cancel", "retry", "pause", "resume"):
        jobs.command(action, help=f"{action.capitalize()} a job.")(_acting(action))


@jobs.command("list")
def list_jobs(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List jobs, newest first."""

    async def work(runtime: Runtime) -> list[Job]:
        return (await runtime.jobs.list(limit=50)).items

    found = with_runtime(settings_with(data_dir), work)
    if as_json:
        print_json([job_json(job) for job in found])
        return
    table = Table("id", "kind", "state", "phase", "done", "error")
    for job in found:
        table.add_row(
            job.id, job.kind, job.state, job.phase or "", figures(job), Text(job.error or "")
        )
    output_console.print(table)


@jobs.command("show")
def show_job(job_id: JobId, data_dir: DataDir = None) -> None:
    """Print one job as JSON."""

    async def work(runtime: Runtime) -> Job:
        return await runtime.jobs.get(job_id)

    print_json(job_json(with_runtime(settings_with(data_dir), work)))


@jobs.command("log")
def show_log(job_id: JobId, data_dir: DataDir = None) -> None:
    """Print what a job did and met."""

    async def work(runtime: Runtime) -> list[tuple[str, str, str]]:
        lines = await runtime.jobs.lines(job_id)
        return [(f"{line.at:%Y-%m-%d %H:%M:%S}", line.level, line.text) for line in lines]

    for at, level, text in with_runtime(settings_with(data_dir), work):
        output_console.print(f"{at} {level:7} {text}", markup=False, highlight=False)


@jobs.command("priority")
def prioritise(
    job_id: JobId,
    priority: Annotated[int, typer.Argument(min=LEAST_PRIORITY, max=MOST_PRIORITY)],
    data_dir: DataDir = None,
) -> None:
    """Let a waiting job start sooner (a higher number) or later."""

    async def work(runtime: Runtime) -> Job:
        return await runtime.jobs.prioritise(job_id, priority)

    job = with_runtime(settings_with(data_dir), work)
    progress_console.print(f"{job.id} has the priority {job.priority}.")


@jobs.command("watch")
def watch(data_dir: DataDir = None) -> None:
    """Show what is going on, with bars, until nothing is."""

    async def work(runtime: Runtime) -> None:
        with Live(console=progress_console, transient=True) as screen:
            while found := (await runtime.jobs.list(limit=50, states=GOING)).items:
                screen.update(_picture(found, list(await runtime.jobs.workers())))
                await asyncio.sleep(WATCH_SECONDS)

    with_runtime(settings_with(data_dir), work)
    progress_console.print("Nothing is going on.")


def _picture(found: list[Job], workers: list[JobWorker]) -> Group:
    """Draw a bar for each job and a line for each worker."""
    lines = [Text(_worker_line(one), style="dim") for one in workers]
    return Group(bars_of(found[::-1]), *lines)


def _worker_line(worker: JobWorker) -> str:
    load = worker.load
    return (
        f"{worker.host}: {load['jobs']} jobs, CPU {load['cpu']:.0%}, "
        f"memory {load['memory_used'] / load['memory_total']:.0%}, "
        f"{load['disk_free'] >> 30} GiB of disk free"
    )


def _acting(action: str) -> Callable[..., None]:
    def command(job_id: JobId, data_dir: DataDir = None) -> None:
        async def work(runtime: Runtime) -> Job:
            acted: Job = await getattr(runtime.jobs, action)(job_id)
            return acted

        job = with_runtime(settings_with(data_dir), work)
        progress_console.print(f"{job.id} is {job.wanted or job.state}.")

    return command
