"""Make init segments: `ftyp` and `moov`, as libavformat writes them. Runs in a worker process only.

They depend on the file's or the encoder's parameters alone, so they are the same each time.
"""

import io
import struct
from collections.abc import Iterable

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from shadow.hls.segments.box import boxes, find_box
from shadow.hls.segments.nal import annex_b_units
from shadow.hls.segments.opening import packets_of, stream_of
from shadow.runtime.media_errors import MediaError

TAGS = {"h264": "avc1", "hevc": "hvc1"}
FROM_PACKET = frozenset({"ac3", "eac3"})  # their parameters stand in the packets only
FRAGMENTED = "default_base_moof+cmaf"


def copied_init(container: InputContainer, stream: int | Stream, timescale: int) -> bytes:
    """Return the init segment of a stream that is copied, with `timescale` ticks a second.

    Reads the container from its start for AC-3 and E-AC-3, else not at all. Raises `MediaError` if
    MP4 cannot hold such a stream.
    """
    template = stream_of(container, stream) if isinstance(stream, int) else stream
    context = template.codec_context
    if context is None:
        raise MediaError("MP4 cannot hold a stream of this kind.")
    codec = context.codec.canonical_name
    needed: list[Packet[Stream]] = []
    if codec in FROM_PACKET:
        container.seek(0, backward=True, any_frame=False)
        needed = [packet for packet, _ in zip(packets_of(container, template), (0,), strict=False)]
    try:
        written = io.BytesIO()
        with _muxer(written, timescale, at_once=not needed) as muxer:
            made = muxer.add_stream_from_template(template, opaque=True)
            if codec in TAGS:
                made.codec_context.codec_tag = TAGS[codec]
            _write(muxer, made, needed)
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"MP4 cannot hold {codec} as it is in this file.") from error
    return _init_of(written.getvalue(), timescale)


def encoded_init(context: CodecContext, *, timescale: int) -> bytes:
    """Return the init segment of what an encoder makes.

    `context` is set up and not opened yet; it is opened here, and can encode afterwards. Raises
    `AssertionError` if the parameter sets in the init segment are not those of the encoder.
    """
    written = io.BytesIO()
    with _muxer(written, timescale, at_once=True) as muxer:
        made = muxer.add_stream(context.name, options=dict(context.options))
        _set_up_like(made, context)
        muxer.start_encoding()
    context.open()
    init = _init_of(written.getvalue(), timescale)
    missing = [one for one in _parameters(context) if one not in init]
    if missing:
        raise AssertionError("The encoder's parameters differ from those of its init segment.")
    return init


def with_timescale(init: bytes, timescale: int) -> bytes:
    """Return an init segment with another `timescale` of its track (`mdhd`)."""
    changed = bytearray(init)
    mdhd = find_box(memoryview(changed), b"moov", b"trak", b"mdia", b"mdhd")
    if mdhd is None:
        raise ValueError("an init segment without a track")
    struct.pack_into(">I", mdhd, 20 if mdhd[0] == 1 else 12, timescale)
    mdhd.release()
    return bytes(changed)


def _muxer(written: io.BytesIO, timescale: int, *, at_once: bool) -> OutputContainer:
    moment = "empty_moov" if at_once else "delay_moov"
    options = {
        "movflags": f"{moment}+{FRAGMENTED}",
        "use_editlist": "0",
        # Left alone, it doubles timescales below 10000.
        "video_track_timescale": str(timescale),
    }
    return av.open(written, "w", format="mp4", options=options)


def _write(muxer: OutputContainer, made: Stream, packets: Iterable["Packet[Stream]"]) -> None:
    muxer.start_encoding()
    for packet in packets:
        packet.pts = packet.dts = 0
        packet.stream = made
        muxer.mux(packet)


def _set_up_like(made: Stream, context: CodecContext) -> None:
    if isinstance(made, VideoStream) and isinstance(context, VideoCodecContext):
        made.width, made.height = context.width, context.height
        made.pix_fmt = context.pix_fmt
        made.codec_context.framerate = context.framerate
    elif isinstance(made, AudioStream) and isinstance(context, AudioCodecContext):
        made.codec_context.sample_rate = context.sample_rate
        made.codec_context.layout = context.layout
        made.codec_context.format = context.format
    inner = made.codec_context
    inner.time_base = context.time_base
    inner.flags = context.flags
    inner.thread_count = context.thread_count
    if context.bit_rate:
        inner.bit_rate = context.bit_rate


def _parameters(context: CodecContext) -> list[bytes]:
    """Return what an opened encoder says of itself: parameter sets, or the AAC configuration."""
    extradata = context.extradata or b""
    if context.codec.canonical_name in TAGS:
        # x264 adds a message about itself (type 6), which is no parameter.
        return [one for one in annex_b_units(extradata) if one[0] & 31 in {7, 8}]
    return [extradata]


def _init_of(written: bytes, timescale: int) -> bytes:
    """Keep the boxes of an init segment, and set the track's ticks."""
    whole = memoryview(written)
    ends = {}
    for one in boxes(whole):
        ends[one.kind] = bytes(whole[one.start : one.start + len(one.body) + 8])
    return with_timescale(ends[b"ftyp"] + ends[b"moov"], timescale)
