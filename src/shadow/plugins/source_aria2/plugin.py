"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.source_aria2.daemon import Aria2Daemon
from shadow.plugins.source_aria2.settings import Aria2Settings
from shadow.plugins.source_aria2.source import Aria2Source
from shadow.runtime.context import Runtime
from shadow.runtime.daemons import find_program
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.plugins import Plugin, PluginOff
from shadow.runtime.processes import ProgramMissing


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[Aria2Source]:
    """Open the engine. The daemon starts with the first download."""
    settings = runtime.settings.group(Aria2Settings)
    try:
        program = find_program("aria2c", settings.program)
    except ProgramMissing as error:
        raise PluginOff(error.detail) from error
    folder = runtime.settings.core.data_dir / "aria2"
    daemon = Aria2Daemon(program, folder, settings)
    try:
        yield Aria2Source(
            daemon, settings, http=runtime.http, proxy=lambda: runtime.part(FilterProxy)
        )
    finally:
        await daemon.close()


PLUGIN = Plugin(
    name="aria2", port="source", build=build, settings=Aria2Settings, settings_group="aria2"
)
