"""Work that comes round: each schedule starts its job when due, once in the whole swarm."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from shadow.runtime.job_models import ScheduleRun

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
LOOK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that comes round `every` so often; a run missed while nothing ran is made up once."""

    name: str
    kind: str
    every: timedelta
    arguments: dict[str, Any] = field(default_factory=dict)


async def start_due(runtime: "Runtime", schedules: Sequence[Schedule]) -> list[str]:
    """Start what is due and return the ids of the jobs; of several callers one starts each."""
    return [
        job_id for one in schedules if (job_id := await _start_if_due(runtime, one)) is not None
    ]


async def _start_if_due(runtime: "Runtime", schedule: Schedule) -> str | None:
    now = runtime.clock()
    async with runtime.database.session() as session:
        run = await session.get(ScheduleRun, schedule.name)
    if run is None:
        await _enter(runtime, schedule)
        return None
    if run.due_at > now:
        return None
    # Started before it is moved on: a crash in between starts it twice, and the key makes it one.
    job_id = await runtime.jobs.start(schedule.kind, schedule.arguments, key=schedule.name)
    row = (ScheduleRun.name == schedule.name) & (ScheduleRun.due_at == run.due_at)
    values = {"due_at": now + schedule.every, "last_job_id": job_id}
    async with runtime.database.transaction() as session:
        done = await session.execute(update(ScheduleRun).where(row).values(**values))
    return job_id if cast("CursorResult[Any]", done).rowcount else None


async def _enter(runtime: "Runtime", schedule: Schedule) -> None:
    due_at = runtime.clock() + schedule.every
    try:
        async with runtime.database.transaction() as session:
            session.add(ScheduleRun(name=schedule.name, due_at=due_at))
    except IntegrityError:
        return  # another worker was quicker


async def next_runs(runtime: "Runtime") -> Sequence[ScheduleRun]:
    """Return when each schedule is due, soonest first."""
    async with runtime.database.session() as session:
        return list(await session.scalars(select(ScheduleRun).order_by(ScheduleRun.due_at)))


@asynccontextmanager
async def keep_schedules(runtime: "Runtime", schedules: Sequence[Schedule]) -> AsyncIterator[None]:
    """Look for what is due as long as the context is open."""

    async def look() -> None:
        while True:
            try:
                await start_due(runtime, schedules)
            except Exception:  # one bad moment must not end the schedules
                log.exception("schedules.failed")
            await asyncio.sleep(LOOK_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
