"""Settings of HLS and previews: `SHADOW_HLS__…`."""

from typing import Literal

from pydantic import Field

from shadow.hls.encoders import EncoderSettings


class HlsSettings(EncoderSettings):
    """Segments made on demand, and what is made ahead of time."""

    token_minutes: int = Field(
        default=15,
        ge=1,
        le=24 * 60,
        description="Minutes for which a playback address works in players that renew it. Others "
        "get twice the film's length, four hours at least.",
    )
    encoders: int = Field(
        default=0,
        ge=0,
        le=128,
        description="Processes that encode video at once. 0: one a core.",
    )
    waiting: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Segments that may wait to be made. Players who ask beyond that are told that "
        "the server is busy, and try again.",
    )
    read_ahead: int = Field(
        default=3,
        ge=0,
        le=20,
        description="Segments made ahead of a player, per picture and sound.",
    )
    index_after_scan: bool = Field(
        default=True,
        description="Read the packets of new files after a scan, so that the first play starts at "
        "once. Otherwise that is done when a file is first played.",
    )
    previews: Literal["library", "asked", "off"] = Field(
        default="library",
        description="Small pictures along the seek bar: for the whole library after each scan, "
        "only for films that somebody plays (`asked`), or for none (`off`). A few megabytes a film "
        "in the data folder.",
    )
    subtitle_cache_bytes: int = Field(
        default=4 << 30,
        ge=16 << 20,
        description="Most bytes of subtitles and fonts kept that were read out of films. A text "
        "track has 40 kB, one of pictures 30 MB.",
    )
