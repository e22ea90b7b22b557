"""Encode one segment of a rung: H.264 by x264, the same bytes whenever it is asked for.

Runs in a worker process only. A segment is cut into `PARTS` parts of equal time, each made by a
fresh encoder with one thread, both at once, while a third thread decodes and scales. One encoder
alone takes 1.37 x the time of a bare ffmpeg on two cores; x264's own threads 1.14 x, but then the
bytes differ from run to run; two parts take 1.0 x and are the same bytes always
(docs/decisions/0007-two-encoders-make-a-segment.md). Each encoder has its share of the rung's
buffer, so that a segment as a whole keeps within `maxrate * seconds + bufsize`.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from fractions import Fraction
from queue import Queue

from av import VideoFrame
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext

from shadow.hls.segments import initial
from shadow.hls.segments.box import video_fragment
from shadow.hls.segments.decoded import Decoder
from shadow.hls.segments.nal import with_lengths
from shadow.hls.segments.orders import VideoRung, VideoSource, VideoSpan
from shadow.hls.segments.shaping import black, shaped
from shadow.hls.segments.timeline import Sample, lay_out
from shadow.hls.segments.x264 import options

PARTS = 2
WORTH_PARTS = 4.0  # seconds; shorter segments are one part
TOO_FAR = 60.0  # seconds that damage makes decode anew at most, for files with few key pictures
HELD_BYTES = 128 << 20  # of scaled pictures waiting for a part's encoder
GLOBAL_HEADER = 0x400000

Content = bytes | memoryview


class _Running:
    """The decoder that may be asked to go on: one a process, as each holds pictures."""

    def __init__(self) -> None:
        self._key: tuple[bytes, VideoSource, VideoRung] | None = None
        self._decoder: Decoder | None = None

    def take(self, path: bytes, source: VideoSource, rung: VideoRung) -> Decoder:
        key = (path, source, rung)
        if self._decoder is None or self._key != key:
            self.close()
            self._decoder, self._key = Decoder(path, source), key
        return self._decoder

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.close()
        self._decoder = None


_running = _Running()


def encode_segment(
    path: bytes, source: VideoSource, span: VideoSpan, rung: VideoRung
) -> list[Content]:
    """Return one segment of a rung, in pieces.

    The decoder stays open and goes on where it ended if the next call is for what follows.

    Raises:
        MediaError: The file cannot be read.
        FileChanged: It is not the file of the order any more.
    """
    decoder = _running.take(path, source, rung)
    try:
        samples = _samples(path, decoder, span, rung)
    except BaseException:
        _running.close()
        raise
    laid = lay_out(samples, span=span, source=source)
    return video_fragment(span.number, laid, samples)


def video_init(source: VideoSource, rung: VideoRung) -> bytes:
    """Return the init segment of a rung. It depends on the orders alone."""
    return initial.encoded_init(encoder(source, rung), timescale=source.den * source.scale)


def encoder(source: VideoSource, rung: VideoRung) -> VideoCodecContext:
    """Return a fresh encoder of a rung, not opened yet."""
    context = VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = rung.width, rung.height, "yuv420p"
    context.time_base = Fraction(source.num, source.den)
    context.framerate = Fraction(source.rate_num, source.rate_den)
    context.thread_count = 1
    context.flags |= GLOBAL_HEADER
    context.options = options(rung, encoders=PARTS)
    return context


def _samples(path: bytes, decoder: Decoder, span: VideoSpan, rung: VideoRung) -> list[Sample]:
    source = decoder.source
    samples = _encoded(shaped(decoder.between(span), source, rung), source, span, rung)
    run_in = (span.start - span.decode_key) * source.num / source.den
    if decoder.damaged and run_in < TOO_FAR:
        decoder.start_anew()
        with closing(Decoder(path, source, threads=1)) as careful:
            samples = _encoded(shaped(careful.between(span), source, rung), source, span, rung)
    if samples:
        return samples
    # Nothing of the segment can be decoded: a still picture keeps the player going.
    near = decoder.nearest(span)
    if near is not None:
        near.pts = span.start
    still = shaped([near], source, rung) if near is not None else iter(())
    frame = next(still, None) or black(rung, span.start, Fraction(source.num, source.den))
    return _encoded([frame], source, span, rung)


def _encoded(
    frames: Iterable[VideoFrame], source: VideoSource, span: VideoSpan, rung: VideoRung
) -> list[Sample]:
    """Encode pictures in parts, by time, and return them in decode order."""
    seconds = (span.end - span.start) * source.num / source.den
    count = PARTS if seconds >= WORTH_PARTS else 1
    ends = [span.start + (span.end - span.start) * (n + 1) // count for n in range(count)]
    opened = [encoder(source, rung) for _ in ends]  # all, before a thread waits for pictures
    with ThreadPoolExecutor(count) as threads:
        parts = [_Part(threads, context, rung) for context in opened]
        at = 0
        try:
            for frame in frames:
                while (frame.pts or 0) >= ends[at]:
                    parts[at].finish()
                    at += 1
                parts[at].add(frame)
        finally:
            for part in parts[at:]:
                part.finish()
    return [sample for part in parts for sample in part.samples()]


class _Part:
    """An encoder in a thread of its own, fed with pictures."""

    def __init__(
        self, threads: ThreadPoolExecutor, context: VideoCodecContext, rung: VideoRung
    ) -> None:
        room = max(8, HELD_BYTES // (rung.width * rung.height * 3 // 2))
        self._frames: Queue[VideoFrame | None] = Queue(room)
        self._made: Future[list[Sample]] = threads.submit(self._encode, context)

    def add(self, frame: VideoFrame) -> None:
        self._frames.put(frame)

    def finish(self) -> None:
        self._frames.put(None)

    def samples(self) -> list[Sample]:
        return self._made.result()

    def _encode(self, context: VideoCodecContext) -> list[Sample]:
        frames = iter(self._frames.get, None)
        try:
            return list(_encode(context, frames))
        finally:
            for _ in frames:  # whoever feeds a failed encoder must not wait for it
                pass


def _encode(context: VideoCodecContext, frames: Iterator[VideoFrame]) -> Iterator[Sample]:
    any_frame = False
    for frame in frames:
        any_frame = True
        for packet in context.encode(frame):
            yield _sample(packet)
    if any_frame:
        for packet in context.encode(None):
            yield _sample(packet)


def _sample(packet: "Packet[Stream]") -> Sample:
    assert packet.pts is not None
    return Sample(packet.pts, with_lengths(bytes(packet), "h264"), packet.is_keyframe)
