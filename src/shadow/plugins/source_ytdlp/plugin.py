"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.plugins.source_ytdlp.source import YtdlpSource
from shadow.runtime.context import Runtime
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.plugins import Plugin, PluginOff
from shadow.runtime.processes import find_ffmpeg


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[YtdlpSource]:
    """Open the engine; it holds nothing between two fetches."""
    settings = runtime.settings.group(YtdlpSettings)
    if not settings.enabled:
        raise PluginOff("Switched off by SHADOW_YTDLP__ENABLED.")
    if find_spec("yt_dlp") is None:
        raise PluginOff("yt-dlp is not installed.")
    yield YtdlpSource(settings, ffmpeg=find_ffmpeg(), proxy=lambda: runtime.part(FilterProxy))


PLUGIN = Plugin(
    name="ytdlp", port="source", build=build, settings=YtdlpSettings, settings_group="ytdlp"
)
