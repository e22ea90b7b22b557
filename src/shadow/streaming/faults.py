"""What stands between a track and a player: each check is one reason."""

from collections.abc import Iterable, Iterator

from shadow.catalog.service import StreamFacts
from shadow.streaming.capabilities import AudioCapability, Capabilities, VideoCapability
from shadow.streaming.media import colours_of
from shadow.streaming.reasons import (
    Reason,
    channels_shown,
    level_shown,
    megabits,
    reason,
    shown,
)

INCLUDED = {
    "h264": ("constrainedbaseline", "baseline", "main", "high", "high10", "high422"),
    "hevc": ("mainstillpicture", "main", "main10"),
    "av1": ("main", "high", "professional"),
}
"""Profiles of which a decoder of one also decodes those before it."""
FULL_CHROMA = ("422", "444", "440", "gbr", "rgb")
INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
SIDEWAYS = frozenset({90, 180, 270})


def video_faults(video: StreamFacts, client: Capabilities) -> list[Reason]:
    """Return why this player cannot show the pictures even when they are sent as they are.

    Where the player says several things of a codec, the one that fits best counts.
    """
    said = client.of_video(video.codec)
    if not said:
        return [reason("video_codec", codec=shown(video.codec)), *_screen_faults(video, client)]
    best = min((list(_codec_faults(video, one)) for one in said), key=len)
    return [*best, *_screen_faults(video, client)]


def tag_faults(video: StreamFacts, client: Capabilities) -> list[Reason]:
    """Return why the file's own marking of its video keeps it from being opened directly."""
    tag = video.details.get("codec_tag")
    said = client.of_video(video.codec)
    if not isinstance(tag, str) or not said or any(not one.tags for one in said):
        return []
    if any(tag.lower() in one.tags for one in said):
        return []
    return [reason("video_codec_tag", codec=shown(video.codec), tag=tag)]


def audio_faults(audio: StreamFacts, client: Capabilities) -> list[Reason]:
    """Return why this player cannot play the sound as it is."""
    said = client.of_audio(audio.codec)
    if not said:
        return [reason("audio_codec", codec=shown(audio.codec))]
    return min((list(_sound_faults(audio, one)) for one in said), key=len)


def bitrate_faults(code: str, have: int | None, limits: Iterable[int | None]) -> list[Reason]:
    """Return the reason `code` when `have` bits a second pass the lowest of the limits."""
    most = min((limit for limit in limits if limit is not None), default=None)
    if have is None or most is None or have <= most:
        return []
    return [reason(code, have=megabits(have), most=megabits(most))]


def _codec_faults(video: StreamFacts, can: VideoCapability) -> Iterator[Reason]:
    name = shown(video.codec)
    if not _profile_fits(video, can):
        what = video.profile or video.details.get("pixel_format")
        yield reason("video_profile", codec=name, profile=what)
    if video.level and can.max_level is not None and video.level > can.max_level:
        have, most = (level_shown(can.codec, level) for level in (video.level, can.max_level))
        yield reason("video_level", codec=name, have=have, most=most)
    if video.bit_depth and video.bit_depth > can.bit_depth:
        yield reason("video_bit_depth", codec=name, have=video.bit_depth)
    if not size_fits(video.width or 0, video.height or 0, can):
        have, most = f"{video.width}x{video.height}", f"{can.max_width}x{can.max_height}"
        yield reason("video_resolution", codec=name, have=have, most=most)
    if video.fps and can.max_fps and video.fps > can.max_fps * 1.001:
        yield reason("video_fps", have=f"{video.fps:g}", most=f"{can.max_fps:g}")
    if video.details.get("field_order") in INTERLACED and not can.interlaced:
        yield reason("video_interlaced")


def _screen_faults(video: StreamFacts, client: Capabilities) -> Iterator[Reason]:
    colours = colours_of(video)
    special = video.details.get("dolby_vision_profile") == 5
    if colours and not (client.dolby_vision if special else client.hdr):
        yield reason("video_range", range=shown(colours))
    if video.details.get("rotation") in SIDEWAYS and not client.rotation:
        yield reason("video_rotation")


def size_fits(width: int, height: int, can: VideoCapability) -> bool:
    """Tell whether a decoder takes pictures of this size, lying or standing."""
    long, short = max(width, height), min(width, height)
    limits = [limit for limit in (can.max_width, can.max_height) if limit is not None]
    if len(limits) == 2:
        return long <= max(limits) and short <= min(limits)
    if can.max_width is not None:
        return width <= can.max_width
    return can.max_height is None or height <= can.max_height


def _profile_fits(video: StreamFacts, can: VideoCapability) -> bool:
    pixels = str(video.details.get("pixel_format") or "")
    if not can.profiles:
        return not any(chroma in pixels for chroma in FULL_CHROMA)
    if not video.profile:
        return True  # unknown: most files are what players expect
    profile = _letters(video.profile)
    allowed = {_letters(one) for one in can.profiles}
    ladder = INCLUDED.get(video.codec or "", ())
    highest = max((ladder.index(one) for one in allowed if one in ladder), default=-1)
    return profile in allowed or profile in ladder[: highest + 1]


def _letters(profile: str) -> str:
    return "".join(letter for letter in profile.lower() if letter.isalnum())


def _sound_faults(audio: StreamFacts, can: AudioCapability) -> Iterator[Reason]:
    if audio.channels and audio.channels > can.max_channels:
        have, most = channels_shown(audio.channels), channels_shown(can.max_channels)
        yield reason("audio_channels", codec=shown(audio.codec), have=have, most=most)
    if audio.sample_rate and can.max_sample_rate and audio.sample_rate > can.max_sample_rate:
        yield reason("audio_sample_rate", have=audio.sample_rate, most=can.max_sample_rate)
