"""Make segments of sound: AAC encoded on one grid for the whole file, or the source's own packets.

Runs in a worker process only. Frame n of an encoded rendition is samples n * 1024 on, counted from
time 0, in every segment; the encoder is fed a little more at both ends, so that the windows of
the frames kept are those of one encode of the whole track, and joins cannot be heard.
"""

from fractions import Fraction

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer

from shadow.hls.segments import initial
from shadow.hls.segments.box import audio_fragment
from shadow.hls.segments.orders import AudioRung, AudioSource, AudioSpan
from shadow.hls.segments.sound import SAMPLE, layout_of, packets_from, stretch
from shadow.runtime.media_errors import MediaError

FRAME = 1024  # samples of an AAC-LC frame
RUN_IN = 8  # frames encoded before a segment: the encoder settles
RUN_OUT = 2  # and after it: the window of the last frame reaches there
GLOBAL_HEADER = 0x400000
# The default one steers by the bits of all frames before, so that segments differ from one encode
# of the whole (joins 25 to 41 dB from it; this one 46 to 74 dB), and takes twice the time.
CODER = "fast"
PACKETS_BEFORE = 3  # at which to begin looking for the first packet of a copy, as times are rounded

Content = bytes | memoryview


def encode_segment(
    container: InputContainer, source: AudioSource, span: AudioSpan, rung: AudioRung
) -> list[Content]:
    """Return a segment of AAC, in pieces. Gaps and damage of the source are silence.

    Raises:
        MediaError: The stream is no sound.
    """
    first, end = (span.first - RUN_IN) * FRAME, (span.end + RUN_OUT) * FRAME
    sound = stretch(container, source, rung, first, end)
    encoder = _encoder(rung)
    packets = [*encoder.encode(sound.frame(rung.rate)), *encoder.encode(None)]
    wanted = range(span.first * FRAME, span.end * FRAME)
    kept = [bytes(packet) for packet in packets if packet.pts in wanted]
    assert len(kept) == span.end - span.first, "the encoder left out a frame"
    return audio_fragment(span.number, span.first * FRAME, kept, FRAME)


def encoded_init(rung: AudioRung) -> bytes:
    """Return the init segment of an AAC rendition. It depends on the rung alone."""
    return initial.encoded_init(_encoder(rung), timescale=rung.rate)


def copy_segment(container: InputContainer, source: AudioSource, span: AudioSpan) -> list[Content]:
    """Return a segment of the source's own packets, in pieces.

    Where a packet is missing or damaged, the one before takes its place, so that time goes on.

    Raises:
        MediaError: None of its packets can be read.
    """
    stream = container.streams[source.stream]
    if not isinstance(stream, AudioStream):
        raise MediaError("The sound track is not in the file any more.")
    ticks = Fraction(source.frame_size, source.rate) / Fraction(source.num, source.den)
    start = source.first + int((span.first - PACKETS_BEFORE) * ticks)
    found: dict[int, bytes] = {}
    for packet in packets_from(container, stream, start, source.first):
        if packet.pts is None:
            continue
        number = round((packet.pts - source.first) / ticks)
        if number >= span.end:
            break
        found.setdefault(number, bytes(packet))
    origin = Fraction(source.origin_num, source.origin_den)
    begin = round((source.first * Fraction(source.num, source.den) - origin) * source.rate)
    packets = _without_gaps(found, span)
    base_time = begin + span.first * source.frame_size
    return audio_fragment(span.number, base_time, packets, source.frame_size)


def copied_init(container: InputContainer, source: AudioSource) -> bytes:
    """Return the init segment of a copied track.

    Raises:
        MediaError: MP4 cannot hold it.
    """
    return initial.copied_init(container, source.stream, source.rate)


def _without_gaps(found: dict[int, bytes], span: AudioSpan) -> list[bytes]:
    if not found and span.end > span.first:
        raise MediaError("The sound cannot be read here.")
    packets: list[bytes] = []
    last = found[min(found)] if found else b""
    for number in range(span.first, span.end):
        last = found.get(number, last)
        packets.append(last)
    return packets


def _encoder(rung: AudioRung) -> AudioCodecContext:
    encoder = AudioCodecContext.create("aac", "w")
    encoder.sample_rate = rung.rate
    encoder.layout = layout_of(rung.channels)
    encoder.format = SAMPLE
    encoder.bit_rate = rung.bitrate
    encoder.time_base = Fraction(1, rung.rate)
    encoder.flags |= GLOBAL_HEADER
    encoder.options = {"aac_coder": CODER}
    return encoder
