"""Media files for playback's tests: small, each with one trouble of its own, made when asked for.

Pictures are 320x180 of a moving pattern, 20 to 30 s; sound is a tone with a beep each second.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.media import ffmpeg_made, media_folder
from tests.support.pgs import pgs_stream

X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-pix_fmt", "yuv420p")
PLAIN = (*X264, "-bf", "3", "-g", "50", "-sc_threshold", "0")
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "34")
AAC = ("-c:a", "aac", "-b:a", "64k")
ONE_KEY = (*X264, "-bf", "3", "-g", "100000", "-sc_threshold", "0")
IRREGULAR = "0,1.3,2.9,6.1,8.4,9.0,15.2,18.8,19.1,24.7"

SRT = """1
00:00:01,000 --> 00:00:03,000
Good evening.

2
00:00:05,500 --> 00:00:08,000
<i>Across</i> the boundary

3
00:00:20,000 --> 00:00:22,500
Ünïcödé & <b>tags</b>
"""
ASS = """[Script Info]
ScriptType: v4.00+
PlayResX: 320
PlayResY: 180

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Alignment, MarginL, MarginR, MarginV
Style: Default,DejaVu Sans,20,&H0000FFFF,0,2,10,10,10
Style: Sign,DejaVu Sans,14,&H000000FF,1,8,10,10,10

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Guten Abend.
Dialogue: 0,0:00:05.50,0:00:08.00,Sign,,0,0,0,,{\\pos(100,40)}Über die\\NGrenze
"""
CHAPTERS = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4000
title=Intro
[CHAPTER]
TIMEBASE=1/1000
START=4000
END=20000
title=The Story
[CHAPTER]
TIMEBASE=1/1000
START=20000
END=24000
title=Credits
"""

_WORDS = {"words.srt": SRT, "words.ass": ASS, "chapters.ini": CHAPTERS}


def fixture_file(name: str) -> Path:
    """Return the file of that name (see `NAMES`), made once a test session."""
    return _made(name)


@pytest.fixture
def media() -> Callable[[str], Path]:
    """Give files by name: `media("h264_mkv")`."""
    return fixture_file


@functools.cache
def _made(name: str) -> Path:
    recipe = _RECIPES[name]
    return recipe() if callable(recipe) else _written(*recipe)


def _written(name: str, *args: str) -> Path:
    """A file made by FFmpeg, the same bytes each time: what damage does depends on them."""
    return ffmpeg_made(name, *args, "-threads", "1", "-bitexact")


def picture(rate: str = "25", seconds: int = 24, size: str = "320x180") -> tuple[str, ...]:
    """Arguments of an input with pictures."""
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")


def tone(
    seconds: int = 24, rate: int = 48000, channels: str = "stereo", pitch: int = 220
) -> tuple[str, ...]:
    """Arguments of an input with sound, in a channel layout."""
    sound = f"sine=frequency={pitch}:beep_factor=4:sample_rate={rate}:duration={seconds}"
    return ("-f", "lavfi", "-i", f"{sound},aformat=channel_layouts={channels}")


def _copied(name: str, source: str, *args: str) -> Path:
    return _written(name, "-i", str(_made(source)), "-map", "0", "-c", "copy", *args)


def _sound_beside(name: str, sound: tuple[str, ...], *args: str) -> Path:
    """The pictures of `no_audio` with some sound."""
    pictures = ("-i", str(_made("no_audio")))
    return _written(name, *pictures, *sound, "-map", "0", "-map", "1", "-c:v", "copy", *args)


def _two_audio() -> Path:
    sounds = (*tone(), *tone(channels="5.1", pitch=330))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-c:v", "copy")
    codecs = ("-c:a:0", "aac", "-b:a:0", "96k", "-c:a:1", "ac3", "-b:a:1", "256k")
    tongues = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger")
    names = ("-metadata:s:a:1", "title=Surround", "-disposition:a:0", "default")
    pictures = ("-i", str(_made("no_audio")))
    return _written("two_audio.mkv", *pictures, *sounds, *maps, *codecs, *tongues, *names)


def _changed(name: str, source: str, change: Callable[[bytearray], None]) -> Path:
    """A copy of a file with its bytes changed."""
    content = bytearray(_made(source).read_bytes())
    change(content)
    path = media_folder() / name
    path.write_bytes(content)
    return path


def _cut_off(content: bytearray) -> None:
    del content[int(len(content) * 0.6) :]


def _torn(content: bytearray) -> None:
    """Damage single bytes of a tenth in the middle, and lose a stretch of it entirely."""
    middle, tenth = len(content) // 2, len(content) // 10
    for position in range(middle, middle + tenth, 997):
        content[position] ^= 0xFF
    content[middle + tenth : middle + tenth + 3000] = bytes(3000)


def _rotated() -> Path:
    return _written(
        "rotated.mp4", "-display_rotation", "90", "-i", str(_made("h264_mp4")), "-c", "copy"
    )


def _text_subs() -> Path:
    folder = media_folder()
    for name, text in _WORDS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "sign.ttf").write_bytes(b"\0\1\0\0" + bytes(60))
    inputs = [_made("h264_mkv"), *(folder / one for one in _WORDS)]
    given = [part for one in inputs for part in ("-i", str(one))]
    maps = ("-map", "0", "-map", "1", "-map", "2")
    facts = (
        *("-map_chapters", "3", "-c", "copy", "-c:s:0", "srt", "-c:s:1", "ass"),
        *("-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger"),
        *("-metadata:s:s:1", "title=Signs", "-disposition:s:1", "forced"),
        *("-attach", str(folder / "sign.ttf"), "-metadata:s:t:0", "mimetype=font/ttf"),
    )
    return _written("text_subs.mkv", *given, *maps, *facts)


def _image_subs() -> Path:
    """One PGS track (English) and one VobSub track (German)."""
    images = media_folder() / "words.sup"
    images.write_bytes(pgs_stream(((1.0, 3.0), (5.5, 8.0), (20.0, 22.5))))
    given = ("-i", str(_made("h264_mkv")), "-i", str(images))
    maps = ("-map", "0", "-map", "1", "-map", "1", "-c", "copy", "-c:s:1", "dvdsub")
    facts = ("-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger")
    return _written("image_subs.mkv", *given, *maps, *facts)


def _cover() -> Path:
    """A film that carries a cover picture as a second video stream."""
    jpeg = _written("cover.jpg", *picture(seconds=1, size="64x96"), "-frames:v", "1")
    given = ("-i", str(jpeg), "-i", str(_made("h264_mp4")))
    maps = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic")
    return _written("cover.mp4", *given, *maps)


HOLES = "select='not(between(t,4.1,7.5))*not(between(t,15,18.4))*(lt(t,10)+not(mod(n,3)))'"
VFR = ("-vf", HOLES, "-fps_mode", "vfr", *PLAIN, *AAC)
OPEN_264 = (*X264, "-x264-params", "open-gop=1:keyint=48:min-keyint=48:bframes=3:scenecut=0")
OPEN_265 = "open-gop=1:keyint=48:min-keyint=48:bframes=4:scenecut=0:log-level=error"
CLOSED_265 = "open-gop=0:keyint=50:min-keyint=50:bframes=3:scenecut=0:log-level=error"
PQ = ("-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc")
INTERLACED = ("-vf", "tinterlace=interleave_top", "-flags", "+ilme+ildct")

_RECIPES: dict[str, tuple[str, ...] | Callable[[], Path]] = {
    "h264_mkv": ("h264.mkv", *picture(), *tone(), *PLAIN, *AAC, "-metadata:s:a:0", "language=eng"),
    "h264_mp4": ("h264.mp4", *picture(), *tone(), *PLAIN, *AAC, "-metadata:s:a:0", "language=eng"),
    "h264_ts": lambda: _copied("h264.ts", "h264_mkv"),
    "h264_avi": lambda: _copied("h264.avi", "no_audio", "-bsf:v", "h264_mp4toannexb"),
    "h264_bframes_irregular_mkv": (
        "irregular.mkv",
        *(*picture("24000/1001", 30), *tone(30), *ONE_KEY, "-force_key_frames", IRREGULAR, *AAC),
    ),
    "h264_bframes_irregular_mp4": lambda: _copied("irregular.mp4", "h264_bframes_irregular_mkv"),
    "h264_open_gop": ("open_gop.mkv", *picture("24"), *tone(), *OPEN_264, *AAC),
    "vfr_mkv": ("vfr.mkv", *picture(), *tone(), *VFR),
    "vfr_mp4": ("vfr.mp4", *picture(), *tone(), *VFR),
    "hevc_mkv": (
        "hevc.mkv",
        *(*picture("24"), *tone(), *X265, "-pix_fmt", "yuv420p10le", "-x265-params", OPEN_265),
        *AAC,
    ),
    "hevc_mp4": (
        "hevc.mp4",
        *(*picture(), *tone(), *X265, "-pix_fmt", "yuv420p", "-x265-params", CLOSED_265),
        *(*AAC, "-tag:v", "hvc1"),
    ),
    "hevc_ts": lambda: _copied("hevc.ts", "hevc_mkv"),
    "hevc_hdr_mkv": (
        "hevc_hdr.mkv",
        *(*picture("24", 20), *X265, "-pix_fmt", "yuv420p10le", *PQ, "-x265-params", CLOSED_265),
    ),
    "fps25": ("fps25.mp4", *picture("25"), *tone(rate=44100), *PLAIN, *AAC),
    "fps2997": ("fps2997.mp4", *picture("30000/1001"), *tone(), *PLAIN, *AAC),
    "fps60": ("fps60.mkv", *picture("60"), *tone(), *PLAIN, *AAC),
    "single_keyframe": ("single.mkv", *picture("25", 30), *tone(30), *ONE_KEY, *AAC),
    "two_audio": _two_audio,
    "no_audio": ("no_audio.mp4", *picture(), *PLAIN),
    "no_video": ("no_video.m4a", *tone(), *AAC),
    "surround_71": lambda: _sound_beside("surround.mkv", tone(channels="7.1"), *AAC),
    "truncated_mkv": lambda: _changed("truncated.mkv", "h264_mkv", _cut_off),
    "truncated_mp4": lambda: _changed("truncated.mp4", "_faststart", _cut_off),
    "_faststart": lambda: _copied("faststart.mp4", "h264_mkv", "-movflags", "+faststart"),
    "corrupt_middle": lambda: _changed("corrupt.mkv", "h264_mkv", _torn),
    "corrupt_ts": lambda: _changed("corrupt.ts", "h264_ts", _torn),
    "rotated_mp4": _rotated,
    "odd_size": (
        "odd.mkv",
        *(*picture("25", 20), *tone(20), "-vf", "format=yuv444p,scale=321:181,setsar=1"),
        *(*PLAIN, "-pix_fmt", "yuv444p", *AAC),
    ),
    "anamorphic_mkv": (
        "anamorphic.mkv",
        *(*picture("25", 20, "360x288"), *tone(20), "-vf", "setsar=64/45", *PLAIN, *AAC),
    ),
    "interlaced_ts": ("interlaced.ts", *picture("50"), *tone(), *INTERLACED, *PLAIN, *AAC),
    "text_subs_mkv": _text_subs,
    "image_subs_mkv": _image_subs,
    "cover_mp4": _cover,
    "opus_mkv": lambda: _sound_beside("opus.mkv", tone(), "-c:a", "libopus", "-b:a", "64k"),
    "mp3_audio": lambda: _sound_beside("mp3.mkv", tone(rate=44100), "-c:a", "libmp3lame"),
    "flac96": lambda: _sound_beside("flac.mkv", tone(rate=96000), "-c:a", "flac"),
    "eac3_mkv": lambda: _sound_beside("eac3.mkv", tone(channels="5.1"), "-c:a", "eac3"),
    "vp9_webm": (
        "vp9.webm",
        *(*picture(), *tone(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
        *("-b:v", "200k", "-g", "50", "-c:a", "libopus"),
    ),
    "av1_mp4": (
        "av1.mp4",
        *(*picture(), *tone(), "-c:v", "libsvtav1", "-preset", "12", "-crf", "50", "-g", "50"),
        *AAC,
    ),
    "av1_mkv": lambda: _copied("av1.mkv", "av1_mp4"),
    "mpeg4_avi": (
        "old.avi",
        *(*picture(), *tone(), "-c:v", "mpeg4", "-bf", "2", "-b:v", "300k", "-g", "50"),
        *("-c:a", "libmp3lame"),
    ),
}

NAMES = tuple(name for name in _RECIPES if not name.startswith("_"))
