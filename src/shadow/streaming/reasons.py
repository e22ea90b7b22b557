"""Why a file is not played as it is: the names, and a sentence of each for people."""

from dataclasses import dataclass
from typing import Final

NAMES: Final = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp8": "VP8", "vp9": "VP9", "vc1": "VC-1",
    "mpeg1video": "MPEG-1", "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4 Part 2", "theora": "Theora",
    "wmv3": "Windows Media Video", "prores": "ProRes", "mjpeg": "Motion JPEG",
    "aac": "AAC", "ac3": "Dolby Digital (AC-3)", "eac3": "Dolby Digital Plus (E-AC-3)",
    "dts": "DTS", "truehd": "Dolby TrueHD", "flac": "FLAC", "alac": "Apple Lossless",
    "opus": "Opus", "mp3": "MP3", "mp2": "MP2", "vorbis": "Vorbis", "wmav2": "Windows Media Audio",
    "matroska": "Matroska (mkv)", "mpegts": "MPEG-TS", "mov": "QuickTime", "avi": "AVI",
    "webm": "WebM", "mp4": "MP4", "m4a": "MP4 audio", "flv": "Flash video", "ogg": "Ogg",
    "asf": "Windows Media", "mpeg": "MPEG", "adts": "AAC", "wav": "WAV",
    "hdmv_pgs_subtitle": "PGS", "dvd_subtitle": "VobSub", "dvb_subtitle": "DVB",
    "ass": "ASS", "ssa": "SSA", "subrip": "SubRip", "mov_text": "MP4 text", "webvtt": "WebVTT",
    "hdr10": "HDR10", "hlg": "HLG", "dolby-vision": "Dolby Vision",
}  # fmt: skip
CHANNELS: Final = {1: "mono", 2: "stereo", 3: "2.1", 6: "5.1", 7: "6.1", 8: "7.1"}

SENTENCES: Final = {
    "container": "This player cannot open {container} files.",
    "secondary_audio": "This player cannot choose this sound track of the file by itself.",
    "container_bitrate": "The file needs {have} Mbit/s; this player takes {most}.",
    "client_prefers_hls": "This player asked for HLS.",
    "no_screen": "This player has no screen: only the sound is sent.",
    "video_codec": "This player cannot play {codec} video.",
    "video_codec_tag": "This player cannot play {codec} video that is marked “{tag}”.",
    "video_profile": "This player cannot play {codec} video of the profile {profile}.",
    "video_level": "This player plays {codec} video up to level {most}; this is level {have}.",
    "video_bit_depth": "This player cannot play {codec} video of {have} bits a colour.",
    "video_resolution": "This player plays {codec} pictures up to {most}; these are {have}.",
    "video_fps": "This player shows up to {most} pictures a second; this has {have}.",
    "video_range": "This player cannot show {range} colours, so they are mapped to ordinary ones.",
    "video_rotation": "This player does not turn pictures, and these lie on their side.",
    "video_interlaced": "The pictures are interlaced, which this player cannot show well.",
    "video_bitrate": "The picture needs {have} Mbit/s; this player takes {most}.",
    "video_no_copy": "{codec} video cannot be sent as a stream without encoding it again.",
    "key_pictures": "The pictures cannot be sent unchanged. {why}",
    "direct_only": "The file is sent as it is, which this player may not play well. {why}",
    "quality_asked": "A picture of at most {most} lines was asked for; this has {have}.",
    "audio_codec": "This player cannot play {codec} sound, so it is converted to AAC.",
    "audio_channels": "This player plays {most} of {codec}; this is {have}: it is mixed down.",
    "audio_sample_rate": "This player plays up to {most} Hz of sound; this has {have}.",
    "audio_bitrate": "The sound needs {have} Mbit/s; this player takes {most}.",
    "audio_no_copy": "{codec} sound cannot be sent as a stream, so it is converted to AAC.",
    "subtitle_burn": "This player cannot draw {codec} subtitles, so they are drawn into the video.",
}
"""Every reason there is, in the order in which they are told."""

ORDER: Final = {code: place for place, code in enumerate(SENTENCES)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its name for programs and its sentence for people."""

    code: str
    text: str


def reason(code: str, **facts: object) -> Reason:
    """Return the reason `code` with its sentence filled in."""
    return Reason(code, SENTENCES[code].format(**facts))


def shown(name: str | None) -> str:
    """Return the name that people know for a codec, a container or a colour range."""
    if not name:
        return "unknown"
    return NAMES.get(name, "PCM" if name.startswith("pcm_") else name)


def channels_shown(count: int) -> str:
    """Return a number of channels as people say it: `5.1`."""
    return CHANNELS.get(count, f"{count} channels")


def level_shown(codec: str, level: int) -> str:
    """Return a level as its standard writes it: H.264 counts in tenths, HEVC in thirtieths."""
    if codec in {"h264", "hevc"}:
        return f"{level / (10 if codec == 'h264' else 30):.1f}"
    return str(level)


def megabits(bits: int) -> str:
    """Return bits a second in Mbit/s with one decimal."""
    return f"{bits / 1_000_000:.1f}"
