"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_pixeldrain.resolver import PixeldrainResolver
from shadow.plugins.source_pixeldrain.settings import PixeldrainLinksSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[PixeldrainResolver]:
    """Open the resolver; it holds nothing between two links."""
    settings = runtime.settings.group(PixeldrainLinksSettings)
    yield PixeldrainResolver(runtime.http, settings.url)


PLUGIN = Plugin(
    name="pixeldrain",
    port="resolver",
    build=build,
    settings=PixeldrainLinksSettings,
    settings_group="source_pixeldrain",
)
