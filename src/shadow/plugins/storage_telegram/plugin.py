"""The card of the storage `telegram` and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.storage_telegram.storage import TelegramStorage
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginOff
from shadow.telegram.service import why_off


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[TelegramStorage]:
    """Build the storage; nothing is asked of Telegram before it is first used."""
    reason = why_off(runtime)
    if reason:
        raise PluginOff(reason)
    yield TelegramStorage(runtime)


PLUGIN = Plugin(name="telegram", port="storage", build=build)
