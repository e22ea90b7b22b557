"""`shadow worker`: take jobs beside the server, on this machine or another, and nothing else."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack

import typer
import uvloop

from shadow.app.bootstrap import open_runtime
from shadow.app.cli.common import DataDir, say, settings_with, with_runtime
from shadow.app.slices import all_schedules
from shadow.runtime.schedules import keep_schedules
from shadow.runtime.settings import Settings, SettingsInvalid
from shadow.storage.service import store_trouble
from shadow.telegram import service as telegram


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


def worker(data_dir: DataDir = None) -> None:
    """Take jobs from the queue until told to stop.

    Give it the server's database and storage by the same settings; its data folder is its own.
    What it has under way when it is stopped goes on elsewhere, or when it starts again.
    """
    settings = telegram.keep_apart(settings_with(data_dir), telegram.Duty.carries)
    if trouble := with_runtime(settings, store_trouble):
        raise SettingsInvalid(trouble)
    uvloop.run(_work(settings))


async def _work(settings: Settings) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if not settings.database_url.startswith("postgresql"):
        say("The database is SQLite: a worker beside the server needs its data folder, and shares")
        say("this machine with it. Workers on other machines need PostgreSQL.")
    async with open_runtime(settings) as runtime, AsyncExitStack() as companions:
        # Light work that comes round belongs to the server's machine: scans, say.
        heavy = [one for one in all_schedules() if runtime.jobs.is_heavy(one.kind)]
        await companions.enter_async_context(keep_schedules(runtime, heavy))
        sys.stdout.write("Taking jobs.\n")
        sys.stdout.flush()
        await told.wait()
        say("Stopping; what is under way is left for others.")
