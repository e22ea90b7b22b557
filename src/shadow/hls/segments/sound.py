"""Decode a stretch of a sound track and place every sample where it belongs in time.

Runs in a worker process only.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, gcd
from typing import Any

import av
from av import AudioFrame, AudioResampler
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from shadow.hls.segments.opening import packets_of, time_of
from shadow.hls.segments.orders import AudioRung, AudioSource
from shadow.runtime.media_errors import MediaError

SAMPLE = "fltp"  # what the AAC encoder takes: 32-bit floats, a plane a channel
SAMPLE_BYTES = 4
RUN_IN = Fraction(1, 5)  # seconds decoded before the first sample that is wanted
EARLIER = (0, 1, 5, 30)  # seconds before a time at which to look for it, as seeking is rough
SNAP = Fraction(1, 1000)  # seconds: containers round times to this
DRIFT = Fraction(2, 1000)  # seconds off from which a frame is believed rather than counted
FILTER_TAIL = 256  # samples that a resampler looks ahead, at most
# Decoders that need nothing but the extradata. AAC and AC-3 fill with noise from a generator that
# runs on: only a fresh decoder gives the same samples each time.
SELF_CONTAINED = frozenset(
    {"aac", "ac3", "eac3", "mp3", "mp2", "opus", "flac", "vorbis", "alac", "dts", "truehd", "mlp"}
)


def layout_of(channels: int) -> str:
    """Name the channel layout of a rung."""
    return "mono" if channels == 1 else "stereo"


class Stretch:
    """Samples `first` to `end` of a sound, counted from time 0; silent where none were put."""

    def __init__(self, first: int, end: int, channels: int) -> None:
        self.first, self.end = first, end
        self.planes = [bytearray((end - first) * SAMPLE_BYTES) for _ in range(channels)]

    def put(self, at: int, frame: AudioFrame) -> None:
        """Put a frame's samples from `at` on, as far as they lie within, and not before time 0."""
        begin, end = max(at, self.first, 0), min(at + frame.samples, self.end)
        if begin >= end:
            return
        there, here = (begin - self.first) * SAMPLE_BYTES, (begin - at) * SAMPLE_BYTES
        size = (end - begin) * SAMPLE_BYTES
        for plane, given in zip(self.planes, frame.planes, strict=True):
            plane[there : there + size] = memoryview(given)[here : here + size]

    def cut(self, first: int, end: int) -> "Stretch":
        """Return a part of it."""
        part = Stretch(first, end, len(self.planes))
        there = slice((first - self.first) * SAMPLE_BYTES, (end - self.first) * SAMPLE_BYTES)
        part.planes = [plane[there] for plane in self.planes]
        return part

    def frame(self, rate: int) -> AudioFrame:
        """Return it as one frame whose `pts` counts samples."""
        whole = AudioFrame(SAMPLE, layout_of(len(self.planes)), self.end - self.first)
        for plane, content in zip(whole.planes, self.planes, strict=True):
            plane.update(bytes(content) + bytes(plane.buffer_size - len(content)))
        whole.sample_rate = rate
        whole.time_base = Fraction(1, rate)
        whole.pts = self.first
        return whole


def stretch(
    container: InputContainer, source: AudioSource, rung: AudioRung, first: int, end: int
) -> Stretch:
    """Return samples `first` to `end` at the rung's rate, in its channels, counted from time 0.

    What the file lacks is silence. Raises `MediaError` if the stream is no sound any more.
    """
    if source.rate == rung.rate:
        return _decoded(container, source, rung, first, end)
    # The resampler starts where a sample of the source and one of the rung coincide, so that each
    # segment gets the same samples in between.
    common = gcd(source.rate, rung.rate)
    block = first // (rung.rate // common)
    start = block * (rung.rate // common)
    last = ceil(Fraction(end * source.rate, rung.rate)) + FILTER_TAIL
    given = _decoded(container, source, rung, block * (source.rate // common), last)
    resampler = AudioResampler(SAMPLE, layout_of(rung.channels), rung.rate)
    resampled = Stretch(start, end, rung.channels)
    whole = given.frame(source.rate)
    whole.pts = 0
    at = start
    for frame in (*resampler.resample(whole), *resampler.resample(None)):
        resampled.put(at, frame)
        at += frame.samples
    return resampled.cut(first, end)


def _decoded(
    container: InputContainer, source: AudioSource, rung: AudioRung, first: int, end: int
) -> Stretch:
    """Decode samples of the source, in the rung's channels at the source's own rate."""
    found = Stretch(first, end, rung.channels)
    mixer = _Mixer(rung.channels, source.rate)
    for at, frame in _placed(_frames(container, source, first), source):
        if at >= end:
            break
        for mixed in mixer.mixed(frame):
            found.put(at, mixed)
    return found


class _Mixer:
    """Bring frames into the wanted channels and format; what the source is may change midway."""

    def __init__(self, channels: int, rate: int) -> None:
        self._layout, self._rate = layout_of(channels), rate
        self._known: tuple[Any, ...] | None = None
        self._resampler: AudioResampler

    def mixed(self, frame: AudioFrame) -> list[AudioFrame]:
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if found != self._known:
            self._known = found
            self._resampler = AudioResampler(SAMPLE, self._layout, self._rate)
        mixed: list[AudioFrame] = self._resampler.resample(frame)
        return mixed


def _placed(frames: Iterator[AudioFrame], source: AudioSource) -> Iterator[tuple[int, AudioFrame]]:
    """Yield frames with the number of their first sample, counted from time 0.

    Times of containers are rounded, so the first two frames are placed on the grid of the track's
    codec frames, and the others behind each other, until one is off by more than rounding.
    """
    expected = None
    for number, frame in enumerate(frames):
        at = expected
        if frame.pts is not None:
            told = _sample_number(frame.pts, source)
            if expected is None or number < 2 or abs(told - expected) > DRIFT * source.rate:
                at = _on_grid(told, frame.samples, source)
        if at is None:
            continue
        yield at, frame
        expected = at + frame.samples


def _sample_number(pts: int, source: AudioSource) -> int:
    seconds = pts * Fraction(source.num, source.den)
    return round((seconds - Fraction(source.origin_num, source.origin_den)) * source.rate)


def _on_grid(told: int, samples: int, source: AudioSource) -> int:
    if not source.frame_size:
        return told
    anchor = _sample_number(source.anchor, source)
    near = anchor + round((told - anchor) / source.frame_size) * source.frame_size
    if abs(near - told) > SNAP * source.rate:
        return told
    # A first frame may have lost samples at its front, which its time does not show.
    return near + max(0, source.frame_size - samples)


def _frames(container: InputContainer, source: AudioSource, first: int) -> Iterator[AudioFrame]:
    """Decode from a little before sample `first` on; damaged packets are left out."""
    stream = container.streams[source.stream]
    if not isinstance(stream, AudioStream):
        raise MediaError("The sound track is not in the file any more.")
    wanted = Fraction(first, source.rate) - RUN_IN
    wanted += Fraction(source.origin_num, source.origin_den)
    start = int(wanted / Fraction(source.num, source.den))
    decoder = _decoder(stream)
    for packet in packets_from(container, stream, start, source.first):
        yield from _of_packet(decoder, packet)
    yield from _of_packet(decoder, None)


def packets_from(
    container: InputContainer, stream: AudioStream, start: int, earliest: int
) -> Iterator["Packet[Stream]"]:
    """Yield a track's packets with `start <= time`, in its ticks; `earliest` is its first packet's.

    Seeking lands on pictures, or roughly; so it is tried again from earlier when it came too late.
    """
    assert stream.time_base is not None
    second = round(1 / stream.time_base)
    for seconds in EARLIER:
        try:
            container.seek(start - seconds * second, stream=stream, backward=True)
        except av.FFmpegError:  # some containers refuse times before their first packet
            continue
        packets = packets_of(container, stream)
        packet = next(packets, None)
        time = None if packet is None else time_of(packet)
        if time is not None and (time <= start or time <= earliest):
            break
    else:
        container.seek(0, backward=True)
        packets = packets_of(container, stream)
        packet = next(packets, None)
    while packet is not None:
        time = time_of(packet)
        if time is not None and time >= start:
            yield packet
        packet = next(packets, None)


def _decoder(stream: AudioStream) -> AudioCodecContext:
    shared = stream.codec_context
    if shared.codec.canonical_name not in SELF_CONTAINED:
        shared.flush_buffers()
        return shared
    fresh = AudioCodecContext.create(shared.codec.name, "r")
    assert isinstance(fresh, AudioCodecContext)
    fresh.extradata = shared.extradata
    fresh.sample_rate = shared.sample_rate
    fresh.layout = shared.layout
    return fresh


def _of_packet(decoder: AudioCodecContext, packet: "Packet[Stream] | None") -> list[AudioFrame]:
    try:
        return decoder.decode(packet)
    except av.FFmpegError:
        return []
