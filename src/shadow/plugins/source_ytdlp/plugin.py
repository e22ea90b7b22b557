"""The plugin's card, and how it is built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.plugins.source_ytdlp.source import YtdlpSource
from shadow.runtime.context import Runtime
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.plugins import Plugin, PluginOff
from shadow.runtime.processes import find_ffmpeg

OLDEST = (2026, 7, 4)
"""Older ones can be made to start programs and to write anywhere (CVE-2026-50574 and others)."""


@asynccontextmanager
async def build(runtime: Runtime) -> AsyncIterator[YtdlpSource]:
    """Open the engine; it holds nothing between two fetches."""
    settings = runtime.settings.group(YtdlpSettings)
    if not settings.enabled:
        raise PluginOff("Switched off by SHADOW_YTDLP__ENABLED.")
    _check_version()
    yield YtdlpSource(settings, ffmpeg=find_ffmpeg(), proxy=lambda: runtime.part(FilterProxy))


def _check_version() -> None:
    try:
        found = version("yt-dlp")
    except PackageNotFoundError as error:
        raise PluginOff("yt-dlp is not installed.") from error
    if tuple(int(part) for part in found.split(".")[:3] if part.isdigit()) < OLDEST:
        raise PluginOff(f"yt-dlp {found} has known holes: install a newer one.")


PLUGIN = Plugin(
    name="ytdlp", port="source", build=build, settings=YtdlpSettings, settings_group="ytdlp"
)
