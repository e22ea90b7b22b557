"""Jobs drawn on a terminal: a bar with phase, engine, speed and time left."""

import asyncio
from collections.abc import Sequence

from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from shadow.app.cli.common import progress_console
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

SHOW_SECONDS = 0.2
ENDED = ("done", "failed", "cancelled")


async def follow(runtime: Runtime, job_id: str, *, own: bool = False) -> Job:
    """Show a job's progress on standard error until it ends; return it.

    A paused one is waited for: it may be resumed elsewhere. `own` says that nobody else would take
    it up then.
    """
    with new_bars(transient=True) as bars:
        bar = bars.add_task("", total=None, figures="")
        while (job := await runtime.jobs.get(job_id)).state not in ENDED:
            if own and job.state == "queued" and not job.handed:
                await runtime.jobs.run_here(job_id)
            total, done = _amounts(job)
            bars.update(
                bar, description=_plain(said(job)), total=total, completed=done,
                figures=_plain(figures(job)),
            )  # fmt: skip
            await asyncio.sleep(SHOW_SECONDS)
    return job


def new_bars(*, transient: bool = False) -> Progress:
    """Return bars for jobs, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"))
    return Progress(*columns, console=progress_console, transient=transient)


def bars_of(jobs: Sequence[Job]) -> Progress:
    """Return a bar for each job, as it stands."""
    bars = new_bars()
    for job in jobs:
        total, done = _amounts(job)
        told = _plain(f"{job.kind} {job.id[:8]} · {said(job)}")
        bars.add_task(told, total=total, completed=done, figures=_plain(figures(job)))
    return bars


def said(job: Job) -> str:
    """Return what a job is at: its phase and who works at it, or how it stands."""
    at = job.phase if job.state == "running" and job.phase else job.state
    return " · ".join(filter(None, (at, job.engine if job.state == "running" else None)))


def figures(job: Job) -> str:
    """Return how far a job is, how fast and for how long yet, as far as it is known."""
    told = []
    if job.bytes_total or job.bytes_done:
        total = f" of {decimal(job.bytes_total)}" if job.bytes_total else ""
        told.append(f"{decimal(job.bytes_done or 0)}{total}")
        if job.speed:
            told.append(f"{decimal(int(job.speed))}/s")
    elif job.items_total or job.items_done:
        told.append(f"{job.items_done or 0} of {job.items_total or '?'}")
    if job.eta is not None:
        minutes, seconds = divmod(int(job.eta), 60)
        told.append(f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left")
    return ", ".join(told)


def _amounts(job: Job) -> tuple[int | None, int]:
    """Return what a bar is drawn of: all of it, and what is done."""
    if job.bytes_total:
        return job.bytes_total, job.bytes_done or 0
    return job.items_total, job.items_done or 0


def _plain(text: str) -> str:
    """Return a text that is shown as it is, though it looks like markup."""
    return Text(text).markup
