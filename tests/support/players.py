"""Players as they are in living rooms, and files as a probe describes them, by name."""

from typing import Any

from shadow.ingest.probe_facts import StreamFacts
from shadow.streaming.capabilities import Capabilities
from shadow.streaming.media import Record


def _video(codec: str, *profiles: str, level: int | None = None, **more: Any) -> dict[str, Any]:
    return {"codec": codec, "profiles": profiles, "max_level": level, **more}


def _audio(channels: int, *codecs: str) -> list[dict[str, Any]]:
    return [{"codec": codec, "max_channels": channels} for codec in codecs]


H264 = _video("h264", "high", level=52)
HEVC10 = _video("hevc", "main 10", level=153, bit_depth=10)
VP9 = _video("vp9")
AV1 = _video("av1", bit_depth=10)
BROWSER_SOUND = _audio(6, "aac", "flac", "opus") + _audio(2, "mp3", "vorbis")
PLAYERS: dict[str, Capabilities] = {
    name: Capabilities.model_validate(said)
    for name, said in {
        "chrome": {
            "containers": ["mp4", "webm"], "video": [H264, VP9, AV1],
            "audio": BROWSER_SOUND, "subtitles": ["webvtt", "ass", "pgs"],
        },
        "chrome with hevc": {
            "containers": ["mp4", "webm"], "video": [H264, VP9, AV1, HEVC10],
            "audio": BROWSER_SOUND, "subtitles": ["webvtt", "ass", "pgs"],
        },
        "safari": {
            "containers": ["mp4", "mov"],
            "video": [H264, {**HEVC10, "tags": ["hvc1"]}],
            "audio": _audio(8, "aac", "ac3", "eac3", "alac", "flac", "mp3"),
            "subtitles": ["webvtt"], "hdr": True,
        },
        "old tv": {
            "containers": ["mp4", "ts"],
            "video": [_video("h264", "high", level=41, max_width=1920, max_height=1080)],
            "audio": _audio(2, "aac", "mp3"), "subtitles": ["webvtt"],
        },
        "living room": {
            "containers": ["mkv", "mp4", "ts", "webm", "avi"],
            "video": [H264, HEVC10, VP9, AV1, _video("mpeg2video", interlaced=True)],
            "audio": _audio(8, "aac", "ac3", "eac3", "dts", "truehd", "flac", "mp3", "opus"),
            "subtitles": ["webvtt", "ass", "pgs", "vobsub"], "hdr": True, "switches_audio": True,
        },
        "speaker": {
            "containers": ["mp3", "m4a", "flac"], "video": [], "audio": _audio(2, "aac", "mp3",
            "flac"), "subtitles": [],
        },
        "phone": {
            "containers": ["mp4", "webm"], "video": [H264, VP9],
            "audio": _audio(2, "aac", "mp3", "opus"), "subtitles": ["webvtt"],
            "max_bitrate": 2_000_000,
        },
        "hls only": {"prefer": "hls"},
        "free chromium": {
            "containers": ["webm", "mp4"], "video": [VP9, AV1],
            "audio": _audio(2, "opus", "vorbis", "flac", "mp3"),
        },
        "nothing said": {},
    }.items()
}  # fmt: skip


def picture(codec: str = "h264", **more: Any) -> StreamFacts:
    """A full HD video stream, 8 bits, 24 pictures a second."""
    profile, level = {
        "h264": ("High", 40), "hevc": ("Main", 120), "vp9": ("Profile 0", None),
        "av1": ("Main", 8),
    }.get(codec, (None, None))  # fmt: skip
    details = {"pixel_format": "yuv420p", **more.pop("details", {})}
    facts = {
        "index": 0, "type": "video", "codec": codec, "profile": profile, "level": level,
        "width": 1920, "height": 1080, "fps": 23.976, "bit_depth": 8, "default": True,
        "bitrate": 1_500_000,
    }  # fmt: skip
    return StreamFacts(**{**facts, **more}, details=details)


def sound(codec: str = "aac", channels: int = 2, index: int = 1, **more: Any) -> StreamFacts:
    """A sound stream of 48 kHz."""
    facts = {"default": index == 1, "sample_rate": 48000, "bitrate": 160_000, **more}
    return StreamFacts(index=index, type="audio", codec=codec, channels=channels, **facts)


def words(codec: str, index: int = 2, **more: Any) -> StreamFacts:
    """A subtitle stream."""
    return StreamFacts(index=index, type="subtitle", codec=codec, **more)


def record(container: str, *streams: StreamFacts, bitrate: int = 1_700_000) -> Record:
    """A two hour file of these streams."""
    return Record(container, 7200.0, bitrate, streams)


FAT = 12_000_000
PQ = {"transfer": "smpte2084", "pixel_format": "yuv420p10le"}
HEVC_TEN = {"profile": "Main 10", "bit_depth": 10}
UHD = {"width": 3840, "height": 2160, "level": 153, **HEVC_TEN}
RECORDS: dict[str, Record] = {
    "mp4": record("mp4", picture(), sound()),
    "mkv": record("matroska", picture(), sound()),
    "mkv ac3": record("matroska", picture(), sound("ac3", 6)),
    "mkv dts": record("matroska", picture(), sound("dts", 6)),
    "mp4 5.1": record("mp4", picture(), sound("aac", 6)),
    "mp4 7.1": record("mp4", picture(), sound("aac", 8)),
    "mp4 fat": record("mp4", picture(bitrate=FAT), sound(), bitrate=FAT + 160_000),
    "ts": record("mpegts", picture(), sound()),
    "avi": record("avi", picture("mpeg4"), sound("mp3")),
    "hevc mkv": record("matroska", picture("hevc"), sound()),
    "hevc mp4 hvc1": record("mp4", picture("hevc", details={"codec_tag": "hvc1"}), sound()),
    "hevc mp4 hev1": record("mp4", picture("hevc", details={"codec_tag": "hev1"}), sound()),
    "hevc 10": record("matroska", picture("hevc", **HEVC_TEN), sound("eac3", 6)),
    "hi10p": record("matroska", picture(profile="High 10", bit_depth=10), sound("flac")),
    "4:2:2": record("mp4", picture(profile="High 4:2:2", details={"pixel_format": "yuv422p"}),
                    sound()),
    "uhd hdr": record(
        "matroska", picture("hevc", **UHD, hdr="hdr10", details=PQ, bitrate=FAT),
        sound("truehd", 8), bitrate=FAT * 2,
    ),
    "vision 5": record(
        "mp4", picture("hevc", **UHD, hdr="dolby-vision", details={"dolby_vision_profile": 5,
        "codec_tag": "hvc1"}), sound("eac3", 6),
    ),
    "vp9 webm": record("webm", picture("vp9"), sound("opus")),
    "vp8 webm": record("webm", picture("vp8"), sound("vorbis")),
    "av1 mkv": record("matroska", picture("av1"), sound("opus", 6)),
    "mpeg2 ts": record("mpegts", picture("mpeg2video", details={"field_order": "tt"}),
                       sound("ac3", 6)),
    "1080i": record("mp4", picture(details={"field_order": "tt"}), sound()),
    "1080p60": record("mp4", picture(fps=59.94, level=42), sound()),
    "turned": record("mp4", picture(details={"rotation": 90, "display_width": 1080,
                     "display_height": 1920}), sound()),
    "no audio": record("mp4", picture()),
    "two languages": record("mp4", picture(), sound(language="en"), sound(index=2, language="de")),
    "commentary first": record("mp4", picture(), sound(details={"comment": True}),
                               sound(index=2)),
    "pgs": record("matroska", picture(), sound(), words("hdmv_pgs_subtitle")),
    "mp4 pgs": record("mp4", picture(), sound(), words("hdmv_pgs_subtitle")),
    "mp4 vobsub": record("mp4", picture(), sound(), words("dvd_subtitle")),
    "mp4 dvb": record("mp4", picture(), sound(), words("dvb_subtitle")),
    "mp4 text": record("mp4", picture(), sound(), words("mov_text")),
    "ass": record("matroska", picture(), sound(), words("ass")),
    "mp3": record("mp3", sound("mp3", index=0), bitrate=192_000),
    "flac": record("flac", sound("flac", index=0, bitrate=1_000_000), bitrate=1_000_000),
    "m4a": record("m4a", sound("aac", index=0), bitrate=160_000),
    "wma": record("asf", sound("wmav2", index=0), bitrate=160_000),
}  # fmt: skip
