"""OpenSubtitles (REST API v1) as a provider of subtitles.

Off until `SHADOW_SUBTITLES__OPENSUBTITLES_KEY` is set. Without an account it gives five downloads a
day and address, with one twenty.
"""

from shadow.plugins.subtitles_opensubtitles.plugin import PLUGIN

__all__ = ["PLUGIN"]
