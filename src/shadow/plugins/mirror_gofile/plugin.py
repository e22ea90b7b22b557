"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.mirror_gofile.mirror import LONGEST_SECONDS, GofileMirror
from shadow.plugins.mirror_gofile.settings import GofileMirrorSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginOff


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[GofileMirror]:
    """Open the mirror with a client of its own."""
    settings = runtime.settings.group(GofileMirrorSettings)
    if not settings.token.get_secret_value().strip():
        raise PluginOff("Set SHADOW_MIRROR_GOFILE__TOKEN to keep copies on Gofile.")
    base = f"{settings.url.rstrip('/')}/"
    async with runtime.http.client(base_url=base, total_seconds=LONGEST_SECONDS) as client:
        yield GofileMirror(client, settings)


PLUGIN = Plugin(
    name="gofile",
    port="mirror",
    build=build,
    settings=GofileMirrorSettings,
    settings_group="mirror_gofile",
)
