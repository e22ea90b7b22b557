"""The TMDB plugin, built as the server builds it, against the local TMDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from shadow.kit.clock import Clock, utc_now
from shadow.plugins.metadata_tmdb import PLUGIN
from shadow.plugins.metadata_tmdb.provider import TmdbProvider
from shadow.plugins.metadata_tmdb.settings import TmdbSettings
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.settings import load_settings
from tests.support.tmdb import KEY, Tmdb


@asynccontextmanager
async def tmdb_provider(
    tmdb: Tmdb, folder: Path, *, key: str = KEY, clock: Clock = utc_now, **more: Any
) -> AsyncIterator[TmdbProvider]:
    """Open the plugin with its cache in `folder`; `more` are further settings of it."""
    chosen = {"tmdb_key": key, "tmdb_url": tmdb.url, **more}
    network = {"allow_private": "127.0.0.0/8", "read_seconds": 2}
    settings = load_settings(
        {"metadata": TmdbSettings, "network": NetworkSettings},
        given={"data_dir": folder, "metadata": chosen, "network": network},
    )
    http = HttpClients(settings.group(NetworkSettings))
    runtime: Any = SimpleNamespace(settings=settings, http=http, clock=clock)
    async with PLUGIN.build(runtime) as provider:
        yield provider
