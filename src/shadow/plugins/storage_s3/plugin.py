"""The card of the storage `s3` and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from shadow.plugins.storage_s3.settings import S3Settings
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginOff

if TYPE_CHECKING:
    from shadow.plugins.storage_s3.storage import S3Storage


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator["S3Storage"]:
    """Build the storage from its settings; nothing is asked of the service yet."""
    settings = runtime.settings.group(S3Settings)
    if not settings.bucket:
        raise PluginOff("Set SHADOW_S3__BUCKET to keep files in a bucket.")
    # The client takes 25 ms to import, and is off as a rule.
    from shadow.plugins.storage_s3.storage import S3Storage  # noqa: PLC0415 see above
    from shadow.plugins.storage_s3.stores import stores  # noqa: PLC0415 see above

    reading, writing = stores(settings)
    yield S3Storage(reading, writing, prefix=settings.prefix)


PLUGIN = Plugin(name="s3", port="storage", build=build, settings=S3Settings, settings_group="s3")
