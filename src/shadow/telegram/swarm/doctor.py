"""What `shadow doctor` says of Telegram, and what a start logs: wrong tokens, channels, rights."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import structlog

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.states import SessionState, SwarmState
from shadow.telegram.swarm.swarm import Swarm

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing looked at."""

    name: str
    state: Literal["fine", "off", "broken"]
    detail: str


async def examine_telegram(runtime: Runtime) -> list[Found]:
    """Look at every session and channel, asking Telegram; says what is wrong with each."""
    swarm = runtime.part(Swarm)
    if not swarm.configured:
        return [Found("Telegram", "off", "SHADOW_TELEGRAM__WORKER_TOKENS is not set")]
    try:
        state = await swarm.check()
    except ShadowError as error:
        return [Found("Telegram", "broken", error.detail)]
    return [*_channel_settings(runtime), *_sessions(state), *_channels(state)]


def _channel_settings(runtime: Runtime) -> list[Found]:
    if runtime.settings.group(TelegramSettings).channel_logs is None:
        detail = "SHADOW_TELEGRAM__CHANNEL_LOGS is not set: there is nowhere to keep files."
        return [Found("Telegram", "broken", detail)]
    return []


def _sessions(state: SwarmState) -> list[Found]:
    return [_session(one) for one in state.sessions]


def _session(one: SessionState) -> Found:
    name = f"Telegram {one.id}"
    if one.state == "elsewhere":
        return Found(name, "fine", "in use by another process")
    if one.state == "dead" or one.reason:
        return Found(name, "broken", one.reason)
    waits = [f"{wait.method} waits {wait.seconds:.0f} s" for wait in one.flood]
    told = ", ".join([one.name or "no name", *waits])
    return Found(name, "fine", f"{told}; {one.most_streams} streams")


def _channels(state: SwarmState) -> list[Found]:
    return [
        Found(
            f"Telegram channel {one.role}",
            "fine" if one.ok else "broken",
            f"{one.id} {one.title}: {one.detail}",
        )
        for one in state.channels
    ]


@asynccontextmanager
async def checked_at_start(runtime: Runtime) -> AsyncIterator[None]:
    """Look once beside the server's start, and log what is wrong."""
    if not runtime.part(Swarm).configured:
        yield
        return

    async def look() -> None:
        try:
            for found in await examine_telegram(runtime):
                if found.state == "broken":
                    log.error("telegram.trouble", what=found.name, detail=found.detail)
        except Exception:  # a look must not end anything
            log.exception("telegram.not_checked")

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
