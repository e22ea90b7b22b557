"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.mirror_streamtape.mirror import LONGEST_SECONDS, StreamtapeMirror
from shadow.plugins.mirror_streamtape.settings import StreamtapeSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginOff


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[StreamtapeMirror]:
    """Open the mirror with a client of its own."""
    settings = runtime.settings.group(StreamtapeSettings)
    if not settings.login or not settings.key.get_secret_value():
        raise PluginOff("Set SHADOW_MIRROR_STREAMTAPE__LOGIN and …__KEY to keep copies there.")
    base = f"{settings.url.rstrip('/')}/"
    async with runtime.http.client(base_url=base, total_seconds=LONGEST_SECONDS) as client:
        yield StreamtapeMirror(client, settings)


PLUGIN = Plugin(
    name="streamtape",
    port="mirror",
    build=build,
    settings=StreamtapeSettings,
    settings_group="mirror_streamtape",
)
