"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_http.settings import HttpSourceSettings
from shadow.plugins.source_http.source import HttpSource
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[HttpSource]:
    """Open the engine; it holds nothing between two fetches."""
    yield HttpSource(runtime.http, runtime.settings.group(HttpSourceSettings))


PLUGIN = Plugin(
    name="http", port="source", build=build, settings=HttpSourceSettings, settings_group="http"
)
