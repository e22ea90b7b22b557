"""The cache of this process, as long as it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shadow.runtime.context import Runtime
from shadow.storage.settings import StorageSettings
from shadow.storage.slices.cache import SliceCache


@asynccontextmanager
async def slice_cache_open(runtime: Runtime) -> AsyncIterator[SliceCache]:
    """Hold the cache as long as the process runs."""
    settings = runtime.settings.group(StorageSettings)
    chosen = settings.cache_dir
    folder = Path(chosen) if chosen else runtime.settings.core.data_dir / "cache" / "slices"
    cache = SliceCache(folder, limit=settings.cache_bytes)
    cache.start()
    try:
        yield cache
    finally:
        await cache.close()
