"""Decode the pictures of a file's segments, going on where the last segment ended.

Runs in a worker process only.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import av
from av import Packet, VideoFrame

from shadow.hls.segments.opening import check_unchanged, packets_of, time_of
from shadow.hls.segments.orders import VideoSource, VideoSpan
from shadow.runtime.media_file import opened

DECODER_THREADS = 2  # the same on every machine: what damage looks like depends on it
EARLIER = (0.0, 1.0, 5.0, 30.0)  # seconds before a key packet at which to look for it
WORTH_SKIPPING = 1.0  # seconds before a segment in which pictures nothing refers to stay undecoded
LOOK_AROUND = 20.0  # seconds in which a picture is looked for to stand in for undecodable ones
TOO_FAR = 60.0  # seconds to decode anew, after damage, at most


class Decoder:
    """Pictures of one stream in order of showing, from any key packet on.

    Not to be used by two threads at once.
    """

    def __init__(self, path: bytes, source: VideoSource) -> None:
        """Open the file.

        Raises:
            MediaError: The file cannot be read.
            FileChanged: It is not the file that the order speaks of.
        """
        self.source = source
        self._path = path
        self._tick = source.num / source.den
        self._closing = ExitStack()
        self._container, self._fd = self._closing.enter_context(opened(path))
        try:
            self._check()
            self._stream = self._container.streams[source.stream]
            self._context = self._stream.codec_context
            self._context.thread_type = "AUTO"
            self._context.thread_count = DECODER_THREADS
        except BaseException:
            self._closing.close()
            raise
        self._frames: Iterator[VideoFrame] = iter(())
        self._held: VideoFrame | None = None
        self._at: int | None = None  # pictures before this time were handed out or left out
        self._wanted = 0
        self.damaged = False

    def close(self) -> None:
        """Close the file; more than once does no harm."""
        self._closing.close()

    def _check(self) -> None:
        check_unchanged(os.fstat(self._fd), self.source.file_key)
        with suppress(OSError):  # a file removed from its folder can still be played to its end
            check_unchanged(os.stat(self._path), self.source.file_key)  # noqa: PTH116 bytes

    def between(self, span: VideoSpan) -> Iterator[VideoFrame]:
        """Yield the pictures with `start <= pts < end`, each later than the one before.

        The pictures are the same whether the decoder runs on or starts anew: after damage, which
        a decoder remembers, it starts anew.

        Raises:
            FileChanged: Somebody wrote into the file.
        """
        self._check()
        if not self._may_run_on(span):
            self._start(span.decode_key)
        self.damaged = False
        self._wanted = span.start
        last = span.start - 1
        frame = self._held or next(self._frames, None)
        self._held = None
        while frame is not None and frame.pts < span.end:
            if frame.pts > last:
                last = frame.pts
                self.damaged = self.damaged or frame.is_corrupt
                yield frame
            frame = next(self._frames, None)
        self._held = frame
        self._at = span.end

    def nearest(self, span: VideoSpan) -> VideoFrame | None:
        """Find a picture for a segment of which none can be decoded: the next one, or the last.

        `None` if there is no picture near. What comes after is decoded anew.
        """
        self._at = None
        self._wanted = span.start
        limit = span.end + LOOK_AROUND / self._tick
        last = None
        for seconds in (0.0, LOOK_AROUND):
            self._start(span.decode_key - round(seconds / self._tick))
            for frame in self._frames:
                if frame.pts >= span.start:
                    return frame if frame.pts < limit else last
                last = frame
            if last is not None:
                break
        return last

    def _may_run_on(self, span: VideoSpan) -> bool:
        if self._at is None or not span.decode_key <= self._at <= span.start:
            return False
        return not self.damaged or (self._at - span.decode_key) * self._tick > TOO_FAR

    def _start(self, key: int) -> None:
        for seconds in EARLIER:
            self._container.seek(
                key - round(seconds / self._tick), stream=self._stream, backward=True
            )
            packets = packets_of(self._container, self._stream)
            first = next(packets, None)
            if first is not None and _before(first, key):
                break
        else:
            self._container.seek(0, backward=True, any_frame=False)
            packets, first = packets_of(self._container, self._stream), None
        self._held = None
        self._frames = self._decoded(packets, first, key)

    def _decoded(
        self, packets: Iterator[Packet], first: Packet | None, key: int
    ) -> Iterator[VideoFrame]:
        """Decode from the key packet on."""
        begun = False
        for packet in _chained(first, packets):
            time = time_of(packet)
            begun = begun or (packet.is_keyframe and time is not None and time >= key)
            if not begun:
                continue
            early = time is not None and (self._wanted - time) * self._tick > WORTH_SKIPPING
            self._context.skip_frame = "NONREF" if early else "DEFAULT"
            yield from self._pictures(packet)
        yield from self._pictures(None)

    def _pictures(self, packet: Packet | None) -> Iterator[VideoFrame]:
        try:
            for frame in self._context.decode(packet):
                if frame.pts is None:  # a container that tells decoding times only (AVI)
                    frame.pts = frame.dts
                if frame.pts is not None:
                    yield frame
        except av.FFmpegError:
            self.damaged = True


def _before(packet: Packet, key: int) -> bool:
    time = time_of(packet)
    return time is not None and time <= key


def _chained(first: Packet | None, rest: Iterator[Packet]) -> Iterator[Packet]:
    if first is not None:
        yield first
    yield from rest
