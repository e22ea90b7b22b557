"""Videos on web pages, found and fetched by yt-dlp in a process that can do nothing else.

It gets a fixed list of options, reaches the network through the filtering proxy only, and writes in
one folder of the sandbox (`guard`). Nothing of anybody's browser is read, and what is protected
against copying is left alone. `SHADOW_YTDLP__…`.
"""

from shadow.plugins.source_ytdlp.plugin import PLUGIN

__all__ = ["PLUGIN"]
