"""What a decision is about: a probed file, and which of its tracks are to be played."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.catalog.service import StreamFacts

ASIDE = ("comment", "visual_impaired", "descriptions")
"""Dispositions of sound that only those who look for it want."""
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
FORMATS = {"ass": "ass", "ssa": "ass", "hdmv_pgs_subtitle": "pgs", "dvd_subtitle": "vobsub"}
UNREAD = frozenset(
    {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "dvb_teletext", "xsub", "arib_caption"}
)
"""Subtitles that cannot be turned into text."""


@dataclass(frozen=True, slots=True)
class Record:
    """A file as its probe described it. `duration` is in seconds, `bitrate` in bits a second."""

    container: str | None
    duration: float | None
    bitrate: int | None
    streams: Sequence[StreamFacts]

    def of_type(self, kind: str) -> list[StreamFacts]:
        """Return the streams of one type, such as `"audio"`."""
        return [stream for stream in self.streams if stream.type == kind]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for beside the file. Indexes are stream numbers in the file.

    `max_height` is in lines as displayed, `max_bitrate` (bits a second) a limit that is not the
    player's own.
    """

    audio_index: int | None = None
    subtitle_index: int | None = None
    max_height: int | None = None
    max_bitrate: int | None = None


def video_of(record: Record) -> StreamFacts | None:
    """Return the video that is played: the default one, else the first. Covers are none."""
    found = record.of_type("video")
    return next((one for one in found if one.default), found[0] if found else None)


def audio_of(record: Record, wish: Wish, languages: Sequence[str]) -> StreamFacts | None:
    """Return the sound to begin with.

    The one asked for; else the first in a preferred language, the default one, the first; and
    commentaries only where there is nothing else.
    """
    found = record.of_type("audio")
    asked = next((one for one in found if one.index == wish.audio_index), None)
    if asked is not None:
        return asked
    usual = [one for one in found if not any(one.details.get(name) for name in ASIDE)] or found
    for language in languages:
        mine = [one for one in usual if _same_language(one.language, language)]
        if mine:
            return next((one for one in mine if one.default), mine[0])
    return next((one for one in usual if one.default), usual[0] if usual else None)


def played_unasked(record: Record, audio: StreamFacts) -> bool:
    """Tell whether every player that opens the file begins with this sound track.

    Some take the first, some the one flagged as default: it has to be both, or none is flagged.
    """
    found = record.of_type("audio")
    flagged = [one for one in found if one.default]
    return found[0].index == audio.index and (not flagged or audio.default)


def subtitle_of(record: Record, wish: Wish) -> StreamFacts | None:
    """Return the subtitle inside the file that was asked for."""
    return next(
        (one for one in record.of_type("subtitle") if one.index == wish.subtitle_index), None
    )


def subtitle_format(codec: str | None, draws: Sequence[str]) -> str | None:
    """Return how a subtitle reaches a player: `ass`, `pgs`, `vobsub`, `vtt`, or None: not at all.

    `codec` is FFmpeg's name; `draws` what the player draws itself. ASS goes as WebVTT, without its
    styles, to those who cannot draw it; pictures go as they are or not at all.
    """
    own = FORMATS.get(codec or "")
    if own is not None and own in draws:
        return own
    is_text = codec is not None and codec not in UNREAD
    return "vtt" if is_text and {"webvtt", "vtt"} & set(draws) else None


def colours_of(video: StreamFacts) -> str | None:
    """Return `hdr10`, `hlg` or `dolby-vision`; None for pictures that every screen shows right.

    Dolby Vision over an ordinary picture (profile 8.2) needs no special screen.
    """
    if video.hdr != "dolby-vision":
        return video.hdr
    transfer = video.details.get("transfer")
    no_base = video.details.get("dolby_vision_profile") == 5
    return "dolby-vision" if no_base or transfer in HDR_TRANSFERS or transfer is None else None


def displayed_size(video: StreamFacts) -> tuple[int, int] | None:
    """Return width and height as shown, in pixels, if known."""
    width = video.details.get("display_width") or video.width
    height = video.details.get("display_height") or video.height
    return (int(width), int(height)) if width and height else None


def lines_of(video: StreamFacts) -> int | None:
    """Return the lines that people call a picture by: 1080 for 1920x800, lying or standing."""
    size = displayed_size(video)
    return None if size is None else max(min(size), max(size) * 9 // 16)


def _same_language(have: str | None, want: str) -> bool:
    if have is None:
        return False
    have = have.lower()
    return have.partition("-")[0] == want.partition("-")[0]
