"""What yt-dlp is told: every option is named here, and nothing from outside becomes one."""

import shlex
from pathlib import Path

from shadow.ingest.ports import Link
from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.runtime.http import USER_AGENT, checked_url
from shadow.runtime.processes import INPUT_RULES

PARTS = ".ytdlp"
"""Folder in the sandbox: the only one that yt-dlp may write."""
HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that may go to whatever host a page leads to: yt-dlp sends them to all."""
TEMPLATE = "v%(playlist_index|0)s-%(id).60B.%(format_id).20B.%(ext)s"
"""Stable from one run to the next, so that parts go on; the id and the format keep them apart."""
PLAIN = r"^(https?|m3u8(_native)?|http_dash_segments(_generator)?|ism)$"
"""What yt-dlp fetches by itself over http, and so through the proxy."""
PROGRESS = "status,filename,downloaded_bytes,total_bytes,total_bytes_estimate"
FIXED = (
    *("--ignore-config", "--no-plugin-dirs", "--no-exec", "--no-update", "--no-cache-dir"),
    *("--no-js-runtimes", "--no-remote-components", "--color", "never", "--xff", "never"),
    *("--no-cookies", "--no-cookies-from-browser", "--default-search", "error"),
    *("--no-playlist", "--no-live-from-start", "--no-wait-for-video"),
    *("--match-filters", "!is_live", "--abort-on-unavailable-fragments", "--continue", "--part"),
    *("--downloader", "native", "--concat-playlist", "never", "--no-mtime"),
    *("--restrict-filenames", "--no-write-subs", "--no-write-thumbnail", "--no-write-info-json"),
    *("--quiet", "--no-warnings", "--progress", "--newline", "--progress-delta", "0.25"),
    *("--progress-template", f"download:at %(progress.{{{PROGRESS},fragment_index}})j"),
    *("--print", "after_move:file %(.{filepath,title,ext})j"),
)
"""`--ffmpeg-location`, the proxy, limits and the link come on top."""


def arguments(link: Link, settings: YtdlpSettings, *, ffmpeg: Path, proxy: str) -> list[str]:
    """Return yt-dlp's arguments for a link.

    Raises:
        RequestRefused: the link is of a form that is never fetched.
    """
    attempts = str(settings.attempts)
    headers = {"User-Agent": USER_AGENT} | dict(link.headers)
    told = [
        *FIXED,
        *("--proxy", proxy, "--output", TEMPLATE, "--ffmpeg-location", str(ffmpeg)),
        # FFmpeg repairs and joins what came: as films, and without opening anything else.
        *("--postprocessor-args", f"ffmpeg_i:{shlex.join(INPUT_RULES)}"),
        *("--format", f"(bv*+ba/b)[protocol~='{PLAIN}']"),
        *("--format-sort", f"res:{settings.max_height}"),
        *("--playlist-items", f"1:{settings.max_videos}"),
        *("--socket-timeout", str(settings.timeout_seconds)),
        *("--retries", attempts, "--fragment-retries", attempts, "--extractor-retries", "2"),
        *("--retry-sleep", "0.5"),
    ]
    for name, value in headers.items():
        told += ["--add-headers", f"{name}:{value}"]
    return [*told, "--", str(checked_url(link.url))]
