"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_external.resolver import ExternalResolver
from shadow.plugins.source_external.settings import ExternalSettings
from shadow.runtime.context import Runtime
from shadow.runtime.daemons import find_program
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.plugins import Plugin, PluginOff


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[ExternalResolver]:
    """Open the resolver; a program that is not there makes the plugin one that is broken."""
    commands = runtime.settings.group(ExternalSettings).commands
    if not commands:
        raise PluginOff("No programs are set up in SHADOW_EXTERNAL__COMMANDS.")
    found = [(find_program(one.command[0]), one) for one in commands]
    yield ExternalResolver(found, http=runtime.http, proxy=lambda: runtime.part(FilterProxy))


PLUGIN = Plugin(
    name="external",
    port="resolver",
    build=build,
    settings=ExternalSettings,
    settings_group="external",
)
