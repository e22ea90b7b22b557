"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_gofile.resolver import GofileResolver
from shadow.plugins.source_gofile.settings import GofileLinksSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[GofileResolver]:
    """Open the resolver; it holds nothing between two links."""
    yield GofileResolver(runtime.http, runtime.settings.group(GofileLinksSettings))


PLUGIN = Plugin(
    name="gofile",
    port="resolver",
    build=build,
    settings=GofileLinksSettings,
    settings_group="source_gofile",
)
