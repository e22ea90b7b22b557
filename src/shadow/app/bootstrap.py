"""Build the one Runtime that the server, workers, the command line and the tests start from."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shadow.accounts.service import authenticator
from shadow.app.slices import SLICES, settings_groups
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.context import Runtime
from shadow.runtime.database import Database
from shadow.runtime.events import Events, Live
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.job_engine import JobEngine, Limits, Role
from shadow.runtime.job_settings import JobSettings
from shadow.runtime.jobs import Jobs
from shadow.runtime.migrations import migrate
from shadow.runtime.plugins import Plugins, discover
from shadow.runtime.settings import Settings, SettingsInvalid, load_settings, secret_key
from shadow.runtime.slices import EventHandler, Slice
from shadow.runtime.workers import WorkerPool

WORKER_PROCESSES = 2


def read_settings(given: Mapping[str, Any] | None = None) -> Settings:
    """Read and check all settings, those of plugins too. Raises `SettingsInvalid`."""
    cards, _ = discover()
    groups: Mapping[str, type[BaseModel]] = settings_groups(cards)
    return load_settings(groups, given=given)


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    slices: Sequence[Slice] = SLICES,
    clock: Clock = utc_now,
    role: Role = Role.works,
) -> AsyncIterator[Runtime]:
    """Open everything a process runs with: migrated database, plugins, workers, jobs.

    In the role `works` unfinished jobs go on at once. Everything is closed in the opposite order
    at the end.

    Raises:
        SettingsInvalid: the data folder cannot be made or written.
        DatabaseUnavailable: the database does not answer.
    """
    _prepare(settings.core.data_dir)
    key = secret_key(settings.core)
    cards, broken = discover()
    events = Events()
    database = Database(settings.database_url, deliver=events.deliver)
    jobs = settings.group(JobSettings)
    engine = JobEngine(
        data_dir=settings.core.data_dir,
        database_url=settings.database_url,
        role=role,
        limits=Limits(jobs.heavy, min(jobs.heavy, jobs.per_source)),
    )
    functions = [name for part in slices for name in part.worker_functions]
    workers = WorkerPool(WORKER_PROCESSES, functions=functions)
    runtime = Runtime(
        settings=settings,
        database=database,
        events=events,
        live=Live(),
        jobs=Jobs(engine, [kind for part in slices for kind in part.jobs]),
        plugins=Plugins(statuses=broken),
        http=HttpClients(settings.group(NetworkSettings)),
        workers=workers,
        clock=clock,
        authenticate=authenticator(database, clock, settings),
        secret_key=key,
    )
    _subscribe(runtime, slices)
    ports = {name: port for part in slices for name, port in part.ports.items()}
    try:
        await migrate(database)
        async with (
            workers,
            runtime.plugins.running(runtime, cards, ports),
            _parts_open(runtime, slices),
        ):
            await runtime.jobs.open(runtime)
            try:
                yield runtime
            finally:
                await runtime.jobs.close()
    finally:
        await database.close()


@asynccontextmanager
async def _parts_open(runtime: Runtime, slices: Sequence[Slice]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for open_part in [one for part in slices for one in part.parts]:
            held = await stack.enter_async_context(open_part(runtime))
            runtime.parts[type(held)] = held
        yield


def _prepare(data_dir: Path) -> None:
    """Make the data folder, for its owner alone: it holds keys and what people watch."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsInvalid(
            f"SHADOW_DATA_DIR: {data_dir} cannot be made: {error.strerror}"
        ) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise SettingsInvalid(f"SHADOW_DATA_DIR: {data_dir} cannot be written. Mend its owner.")


def _subscribe(runtime: Runtime, slices: Sequence[Slice]) -> None:
    for part in slices:
        for event, handlers in part.handlers.items():
            _listen(runtime, event, handlers)


def _listen(runtime: Runtime, event: type, handlers: Sequence[EventHandler]) -> None:
    for handler in handlers:

        async def call(told: Any, handler: EventHandler = handler) -> None:
            await handler(runtime, told)

        runtime.events.subscribe(event, call)
