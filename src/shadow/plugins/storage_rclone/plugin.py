"""The card of the storage `rclone` and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shadow.plugins.storage_rclone.daemon import RcloneDaemon
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.plugins.storage_rclone.storage import RcloneStorage
from shadow.runtime.context import Runtime
from shadow.runtime.daemons import find_program
from shadow.runtime.plugins import Plugin, PluginOff
from shadow.runtime.processes import ProgramMissing


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[RcloneStorage]:
    """Build the storage; the daemon starts with the first use."""
    settings = runtime.settings.group(RcloneSettings)
    try:
        program = find_program("rclone", settings.program)
    except ProgramMissing as missing:
        raise PluginOff(f"{missing.detail} It is needed for the storage `rclone` only.") from None
    daemon = RcloneDaemon(program, runtime.settings.core.data_dir / "rclone")
    try:
        yield RcloneStorage(daemon, settings)
    finally:
        await daemon.close()


PLUGIN = Plugin(
    name="rclone", port="storage", build=build, settings=RcloneSettings, settings_group="rclone"
)
