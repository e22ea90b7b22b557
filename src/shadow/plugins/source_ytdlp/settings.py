"""Settings of yt-dlp: `SHADOW_YTDLP__…`."""

from pydantic import BaseModel, Field


class YtdlpSettings(BaseModel):
    """Whether web pages are searched for videos, and what is taken of them."""

    enabled: bool = Field(
        default=True,
        description="Look for videos on web pages with yt-dlp. What people may fetch that way is "
        "for the operator to answer for.",
    )
    max_height: int = Field(
        default=1080,
        ge=144,
        le=8640,
        description="Of several versions of a video the best up to so many lines is taken; the "
        "smallest, if all are larger.",
    )
    max_videos: int = Field(
        default=100,
        ge=1,
        le=500,
        description="Most videos that are taken from one page or playlist, the first ones.",
    )
    timeout_seconds: int = Field(
        default=30,
        ge=1,
        le=600,
        description="Longest silence of a server, in seconds.",
    )
    attempts: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Attempts at a file or a part of one before a download gives up.",
    )
    total_seconds: float = Field(
        default=21_600.0,
        gt=0,
        description="Longest time for all that one link leads to, in seconds.",
    )
