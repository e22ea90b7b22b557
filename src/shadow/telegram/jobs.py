"""The durable job `telegram-sweep`: what transfers left to be done later is done."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.schedules import Schedule
from shadow.telegram.objects import sweep_objects, why_off


async def run_sweep(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Delete, give up and back up what is due; the result counts it."""
    if why_off(ctx.runtime):
        return {}
    return asdict(await sweep_objects(ctx.runtime))


SWEEP: Final = JobKind("telegram-sweep", run_sweep)
QUARTERLY: Final = Schedule("telegram-sweep", SWEEP.name, timedelta(minutes=15))
