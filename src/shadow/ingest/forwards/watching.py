"""Look at the log channel every minute; a job begins only when something new is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from shadow.ingest.forwards.indexing import seen_up_to, start_all_new
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.telegram.service import TelegramSettings, messages_after, why_off

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 60.0


@asynccontextmanager
async def channel_watched(runtime: Runtime) -> AsyncIterator[None]:
    """Look at the channel as long as the block runs, if one is set up."""
    if why_off(runtime):
        yield
        return
    looking = asyncio.create_task(_keep_looking(runtime))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def look(runtime: Runtime) -> str | None:
    """Start the job if the log channel has new messages; return its id.

    Raises:
        ShadowError: Telegram does not answer.
    """
    channel = runtime.settings.group(TelegramSettings).channel_logs
    assert channel is not None
    after = await seen_up_to(runtime, channel)
    if (await messages_after(runtime, channel, after)).last == after:
        return None
    return await start_all_new(runtime, channel)


async def _keep_looking(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await look(runtime)
        except ShadowError as error:  # the next minute may be better
            log.info("forwards.not_looked", reason=error.detail)
        except Exception:  # one bad moment must not end the watching
            log.exception("forwards.not_looked")
