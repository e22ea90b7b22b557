"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from shadow.plugins.subtitles_opensubtitles.downloads import Account, Downloads
from shadow.plugins.subtitles_opensubtitles.provider import OpenSubtitles
from shadow.plugins.subtitles_opensubtitles.settings import OpenSubtitlesSettings
from shadow.runtime.context import Runtime
from shadow.runtime.http import USER_AGENT
from shadow.runtime.http_cache import AnswerCache
from shadow.runtime.http_service import JsonService, Pace
from shadow.runtime.plugins import Plugin, PluginOff

ANSWER_LIMIT = 4 << 20  # bytes; a page of 50 finds has 150 kB
FILE_LIMIT = 10 << 20  # bytes of a subtitle, as for uploads
CACHE_LIMIT = 32 << 20
APPLICATION = USER_AGENT.replace("/", " v")  # the form they ask for: a name, then v and a version


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[OpenSubtitles]:
    """Open the provider: its clients, a pace and a cache of its own."""
    settings = runtime.settings.group(OpenSubtitlesSettings)
    key = settings.opensubtitles_key.get_secret_value().strip()
    if not key:
        raise PluginOff("SHADOW_SUBTITLES__OPENSUBTITLES_KEY is not set.")
    cache = AnswerCache(
        runtime.settings.core.data_dir / "cache" / "subtitles-found.sqlite",
        max_bytes=CACHE_LIMIT,
        clock=runtime.clock,
    )
    headers = {"Accept": "application/json", "Api-Key": key, "User-Agent": APPLICATION}
    api = runtime.http.client(
        base_url=settings.opensubtitles_url, headers=headers, max_bytes=ANSWER_LIMIT
    )
    # The files lie elsewhere, and whoever serves them must not see the key.
    files = runtime.http.client(headers={"User-Agent": APPLICATION}, max_bytes=FILE_LIMIT)
    pace = Pace(settings.opensubtitles_requests_per_second, 4)
    account = Account(
        settings.opensubtitles_user.strip(), settings.opensubtitles_password.get_secret_value()
    )
    async with api, files:
        try:
            yield OpenSubtitles(
                JsonService(api, name="OpenSubtitles", pace=pace, cache=cache),
                Downloads(api, files, pace=pace, account=account, clock=runtime.clock),
                lifetime=timedelta(hours=settings.opensubtitles_cache_hours),
            )
        finally:
            await cache.close()


PLUGIN = Plugin(
    name="opensubtitles",
    port="subtitles",
    build=build,
    settings=OpenSubtitlesSettings,
    settings_group="subtitles",
)
