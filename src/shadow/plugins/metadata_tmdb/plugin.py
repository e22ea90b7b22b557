"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from shadow.plugins.metadata_tmdb.provider import TmdbProvider
from shadow.plugins.metadata_tmdb.settings import TmdbSettings
from shadow.runtime.context import Runtime
from shadow.runtime.http_cache import AnswerCache
from shadow.runtime.http_service import JsonService, Pace
from shadow.runtime.plugins import Plugin, PluginOff

ANSWER_LIMIT = 8 << 20  # bytes; a long-running show's credits come close to two


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[TmdbProvider]:
    """Open the provider: a client, a pace and a cache of its own."""
    settings = runtime.settings.group(TmdbSettings)
    key = settings.tmdb_key.get_secret_value().strip()
    if not key:
        raise PluginOff("SHADOW_METADATA__TMDB_KEY is not set.")
    token = key.startswith("eyJ") and key.count(".") == 2  # v4 keys are JSON Web Tokens
    cache = AnswerCache(
        runtime.settings.core.data_dir / "cache" / "metadata" / "tmdb.sqlite",
        max_bytes=settings.tmdb_cache_bytes,
        clock=runtime.clock,
    )
    client = runtime.http.client(
        base_url=settings.tmdb_url,
        headers={"Accept": "application/json"}
        | ({"Authorization": f"Bearer {key}"} if token else {}),
        max_bytes=ANSWER_LIMIT,
    )
    async with client:
        try:
            per_second = settings.tmdb_requests_per_second
            service = JsonService(
                client,
                name="TMDB",
                pace=Pace(per_second, max(1, int(per_second))),
                cache=cache,
                secrets={} if token else {"api_key": key},
            )
            yield TmdbProvider(
                service,
                language=settings.tmdb_language,
                lifetime=timedelta(days=settings.tmdb_cache_days),
            )
        finally:
            await cache.close()


PLUGIN = Plugin(
    name="tmdb", port="metadata", build=build, settings=TmdbSettings, settings_group="metadata"
)
