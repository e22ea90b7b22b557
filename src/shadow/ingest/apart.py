"""Run a part of a job outside the engine's own bookkeeping."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

import structlog

Result = TypeVar("Result")


async def apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Await `work` in a context of its own, which keeps only what log lines carry.

    A job started inside another job's step would become part of that step, which the engine
    refuses; what a scan records may start the job that looks titles up. Cancelled with the caller.
    """
    carried = structlog.contextvars.get_contextvars()

    async def run() -> Result:
        with structlog.contextvars.bound_contextvars(**carried):
            return await work

    return await asyncio.get_running_loop().create_task(run(), context=Context())
