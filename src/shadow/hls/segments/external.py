"""Encode a segment with the FFmpeg program, for what the worker's libraries lack.

That is drawing subtitles into the picture, HDR shown as SDR, and hardware encoders. One process
makes one segment, and its output is given times by the same rule as every other, so players see
no difference. A rendition must come from one of the two ways alone, for its init segment.
"""

import asyncio
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from shadow.hls.errors import EncodingFailed
from shadow.hls.segments import x264
from shadow.hls.segments.box import boxes, read_fragments, video_fragment
from shadow.hls.segments.orders import VideoRung, VideoSource, VideoSpan
from shadow.hls.segments.timeline import Sample, lay_out, timescale
from shadow.runtime.processes import (
    ProgramFailed,
    ProgramTimedOut,
    media_input,
    run_ffmpeg,
)

Hardware = Literal["vaapi", "nvenc", "qsv"]
Argument = str | bytes | Path

SECONDS: Final = 120.0  # for one segment
MOST_BYTES: Final = 256 << 20  # of one segment
EARLIER: Final = 30.0  # seconds before a segment from which picture subtitles may still be shown
PLAIN_NAME: Final = re.compile(r"[\w./-]+")  # what needs no escaping among filter arguments
MOVFLAGS: Final = "frag_keyframe+empty_moov+default_base_moof+frag_discont+negative_cts_offsets"
TURNS: Final = {90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}
TEXT_HEAD: Final = re.compile(
    rb"(\xef\xbb\xbf)?\s*(\[script info\]|\d+[ \t]*\r?\n\s*\d+:\d\d:\d\d[,.])", re.IGNORECASE
)
SPEAKER: Final = re.compile(r"^(\[[^\]]*\] )+")  # which part of FFmpeg says something
# A disc's canvas has the film's shape and oblong pixels; others may be taller than the film, whose
# lower edge is then theirs.
CANVAS: Final = "'if(lt(ih,600),{height},ow*ih/iw)'"
FORMATS: Final[dict[str | None, str]] = {"vaapi": "format=nv12,hwupload", "qsv": "format=nv12"}
TONE_MAP: Final = (
    # Light as it is, colours of BT.709, highlights rolled off, and back to a gamma curve.
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


@dataclass(frozen=True, slots=True)
class ExternalWish:
    """What is to be done to the pictures, or with which encoder.

    `burn_stream` is the number of a stream of picture subtitles (PGS, VobSub) to draw.
    `burn_file` is the absolute path of text subtitles to draw, ASS or SRT in UTF-8, `fonts` a
    folder of theirs, `burn_offset` the second on the file's clock that is their time 0. `tone_map`
    shows PQ and HLG pictures as SDR. `device` is the node of a VAAPI or QSV device.
    """

    burn_stream: int | None = None
    burn_file: bytes | None = None
    fonts: bytes | None = None
    burn_offset: float = 0.0
    tone_map: bool = False
    hardware: Hardware | None = None
    device: str = "/dev/dri/renderD128"


async def encode_externally(
    ffmpeg: Path,
    path: bytes,
    source: VideoSource,
    span: VideoSpan,
    rung: VideoRung,
    wish: ExternalWish,
) -> bytes:
    """Return one segment of a rung.

    Raises:
        ProgramMissing: There is no such program.
        EncodingFailed: It failed, or took too long; the message says why.
    """
    written = await _run(ffmpeg, path, source, span, _Job(rung, wish))
    samples = _samples(written, source, span)
    if not samples:
        raise EncodingFailed("No picture could be decoded in this part of the film.")
    laid = lay_out(samples, span=span, source=source)
    return b"".join(video_fragment(span.number, laid, samples))


async def external_init(
    ffmpeg: Path,
    path: bytes,
    source: VideoSource,
    span: VideoSpan,
    rung: VideoRung,
    wish: ExternalWish,
) -> bytes:
    """Return the init segment for what `encode_externally` makes; `span` is any of the file.

    Raises:
        ProgramMissing: There is no such program.
        EncodingFailed: It failed, or took too long; the message says why.
    """
    written = await _run(ffmpeg, path, source, span, _Job(rung, wish, pictures=1))
    kept = {b"ftyp", b"moov"}
    view = memoryview(written)
    found = [
        bytes(view[one.start : one.start + 8 + len(one.body)])
        for one in boxes(view)
        if one.kind in kept
    ]
    if len(found) != len(kept):
        raise EncodingFailed("FFmpeg wrote no film.")
    return b"".join(found)


@dataclass(frozen=True, slots=True)
class _Job:
    rung: VideoRung
    wish: ExternalWish
    pictures: int | None = None
    """How many to encode at most."""


async def _run(ffmpeg: Path, path: bytes, source: VideoSource, span: VideoSpan, job: _Job) -> bytes:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="shadow-hls-")))
        if job.wish.burn_file is not None:
            await asyncio.to_thread(_check_text, job.wish.burn_file)
        args = _arguments(path, source, span, job, folder)
        try:
            ended = await run_ffmpeg(ffmpeg, args, timeout=SECONDS, output_limit=MOST_BYTES)
        except ProgramTimedOut as error:
            raise EncodingFailed("This machine is too slow to encode the film so.") from error
        except ProgramFailed as error:
            raise EncodingFailed(
                f"FFmpeg could not encode this part: {last_words(error)}"
            ) from error
    return ended.output


def _arguments(
    path: bytes, source: VideoSource, span: VideoSpan, job: _Job, folder: Path
) -> list[Argument]:
    rung, wish = job.rung, job.wish
    tick = Fraction(source.num, source.den)
    frame = Fraction(source.rate_den, source.rate_num)
    # Between the key picture and the next one, so that rounding cannot miss it.
    begin = span.decode_key * tick + frame / 4
    given = _input(path, begin if span.number else None)
    graph = f"[0:{source.stream}]{_shaped(source, span, job)}"
    if wish.burn_stream is not None:
        # Subtitles shown when the segment begins were sent before it: they are read apart.
        since = max(begin - round(EARLIER), Fraction(0))
        until = ("-t", f"{float(span.end * tick - since):.6f}")
        given += [*until, *_input(path, since if span.number else None)]
        canvas = f"[1:{wish.burn_stream}]scale={rung.width}:{CANVAS.format(height=rung.height)}"
        graph += f"[film];{canvas}[words];[film][words]overlay=0:H-h:eof_action=repeat"
    elif wish.burn_file is not None:
        graph += f",{_drawn_text(wish, folder)}"
    graph += f",{FORMATS.get(wish.hardware, 'format=yuv420p')}[shown]"
    return [
        *(("-vaapi_device", wish.device) if wish.hardware == "vaapi" else ()),
        "-copyts",
        *given,
        *("-filter_complex", graph, "-map", "[shown]"),
        *(("-frames:v", str(job.pictures)) if job.pictures is not None else ()),
        *_encoder(rung, wish.hardware),
        *("-fps_mode", "passthrough", "-enc_time_base", f"{source.num}/{source.den}"),
        *("-avoid_negative_ts", "disabled"),
        *("-video_track_timescale", str(timescale(source)), "-use_editlist", "0"),
        *("-movflags", MOVFLAGS, "-f", "mp4", "pipe:1"),
    ]


def _input(path: bytes, begin: Fraction | None) -> list[Argument]:
    seek: tuple[str, ...] = ()
    if begin is not None:
        # `-ss` would add the file's own start otherwise.
        seek = ("-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{float(begin):.6f}")
    return [*seek, "-noautorotate", *media_input(path)]


def _shaped(source: VideoSource, span: VideoSpan, job: _Job) -> str:
    """Return the filters up to pictures of the rung's size, into which subtitles are drawn."""
    steps = [f"trim=start_pts={span.start}:end_pts={span.end}"]
    if source.interlaced:
        steps.append("bwdif=mode=send_frame:parity=auto:deint=interlaced")
    if source.rotation % 360 in TURNS:
        steps.append(TURNS[source.rotation % 360])
    if job.wish.tone_map:
        steps += [TONE_MAP, "format=yuv420p"]
    size = f"{job.rung.width}:{job.rung.height}"
    colours = "out_color_matrix=bt709:out_range=tv"
    return ",".join([*steps, f"scale={size}:flags=bicubic:{colours}", "setsar=1,format=yuv420p"])


def _drawn_text(wish: ExternalWish, folder: Path) -> str:
    """Return the filters that draw text subtitles, which get plain names in a folder of our own."""
    assert wish.burn_file is not None
    if not PLAIN_NAME.fullmatch(str(folder)):
        raise EncodingFailed(f"The folder for temporary files has too odd a name: {folder}")
    drawn = f"subtitles=filename={_linked(folder / 'words', wish.burn_file)}"
    if wish.fonts is not None:
        drawn += f":fontsdir={_linked(folder / 'fonts', wish.fonts)}"
    offset = f"{wish.burn_offset:.6f}/TB"
    return f"setpts=PTS-{offset},{drawn},setpts=PTS+{offset}"


def _check_text(path: bytes) -> None:
    """Refuse what is not ASS or SRT: FFmpeg would take a playlist for one, and open its links."""
    try:
        with Path(os.fsdecode(path)).open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise EncodingFailed(f"The subtitles cannot be read: {error.strerror}.") from error
    if not TEXT_HEAD.match(head):
        raise EncodingFailed("The subtitles to draw are neither ASS nor SRT.")


def _linked(link: Path, target: bytes) -> Path:
    if not target.startswith(b"/"):
        raise ValueError("not an absolute path")
    link.symlink_to(os.fsdecode(target))
    return link


def _encoder(rung: VideoRung, hardware: Hardware | None) -> list[str]:
    """Return the encoder's arguments; each begins with a key picture and makes no other."""
    if hardware is None:
        chosen = {"c:v": "libx264", "threads": "1", **x264.options(rung)}
    else:
        chosen = {"maxrate": str(rung.maxrate), "bufsize": str(rung.bufsize), "g": "100000"}
        chosen |= HARDWARE[hardware]
        # Without VAAPI knowing constant quality everywhere, it gets an average it seldom needs.
        chosen |= {"b:v": str(rung.maxrate * 3 // 4)} if hardware == "vaapi" else {}
    return [part for name, value in chosen.items() for part in (f"-{name}", value)]


HARDWARE: Final[dict[Hardware, dict[str, str]]] = {
    "vaapi": {"c:v": "h264_vaapi", "rc_mode": "VBR", "bf": "2"},
    "nvenc": {"c:v": "h264_nvenc", "preset": "p4", "rc": "vbr", "cq": "23", "forced-idr": "1"},
    "qsv": {"c:v": "h264_qsv", "preset": "veryfast", "global_quality": "23", "bf": "2"},
}


def _samples(written: bytes, source: VideoSource, span: VideoSpan) -> list[Sample]:
    """Return the pictures of a span in what FFmpeg wrote, timed in ticks of the source."""
    ticks = source.num * source.scale
    try:
        found = read_fragments(written)
    except ValueError as error:
        raise EncodingFailed(f"FFmpeg wrote a damaged film: {error}.") from error
    samples = [Sample(round(Fraction(one.pts, ticks)), one.content, one.sync) for one in found]
    return [one for one in samples if span.start <= one.pts < span.end]


def last_words(error: ProgramFailed, most: int = 200) -> str:
    """Return the cause that a program told, in one line for a person: FFmpeg tells it first."""
    lines = [SPEAKER.sub("", one.strip()) for one in error.errors.splitlines() if one.strip()]
    return "; ".join(lines[:2])[:most] or error.detail


def tiny_film(arguments: Sequence[str] = ()) -> list[Argument]:
    """Return FFmpeg's arguments for a few moving pictures through some filters, kept nowhere."""
    return [
        *("-f", "lavfi", "-i", "testsrc2=size=320x192:rate=25:duration=0.4"),
        *arguments,
        *("-f", "null", "-"),
    ]
