"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.mirror_pixeldrain.mirror import LARGEST, LONGEST_SECONDS, PixeldrainMirror
from shadow.plugins.mirror_pixeldrain.settings import PixeldrainMirrorSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginOff


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[PixeldrainMirror]:
    """Open the mirror: one client for its answers, one for files."""
    settings = runtime.settings.group(PixeldrainMirrorSettings)
    key = settings.key.get_secret_value().strip()
    if not key:
        raise PluginOff("Set SHADOW_MIRROR_PIXELDRAIN__KEY to keep copies on PixelDrain.")
    base = f"{settings.url.rstrip('/')}/"
    async with (
        runtime.http.client(base_url=base, total_seconds=LONGEST_SECONDS) as api,
        runtime.http.client(
            base_url=base, total_seconds=LONGEST_SECONDS, max_bytes=LARGEST
        ) as files,
    ):
        yield PixeldrainMirror(api, files, key=key, url=settings.url)


PLUGIN = Plugin(
    name="pixeldrain",
    port="mirror",
    build=build,
    settings=PixeldrainMirrorSettings,
    settings_group="mirror_pixeldrain",
)
