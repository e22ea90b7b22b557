"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_archive_org.resolver import ArchiveOrgResolver
from shadow.plugins.source_archive_org.settings import ArchiveOrgSettings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[ArchiveOrgResolver]:
    """Open the resolver; it holds nothing between two links."""
    settings = runtime.settings.group(ArchiveOrgSettings)
    yield ArchiveOrgResolver(runtime.http, settings.url)


PLUGIN = Plugin(
    name="archive_org",
    port="resolver",
    build=build,
    settings=ArchiveOrgSettings,
    settings_group="source_archive_org",
)
