"""Decode the pictures of a file's segments, going on where the last segment ended.

Runs in a worker process only.
"""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import chain

import av
from av import VideoFrame
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shadow.hls.errors import FileChanged
from shadow.hls.segments.opening import check_path, check_unchanged, packets_of, time_of
from shadow.hls.segments.orders import VideoSource, VideoSpan
from shadow.runtime.media_errors import MediaError
from shadow.runtime.media_file import LocalBytes, opened

EARLIER = (0.0, 1.0, 5.0, 30.0)  # seconds before a key packet at which to look for it
WORTH_SKIPPING = 1.0  # seconds before a segment in which pictures nothing refers to stay undecoded
LOOK_AROUND = 20.0  # seconds in which a picture is looked for to stand in for undecodable ones


class Decoder:
    """Pictures of one stream in order of showing, from any key packet on.

    Not to be used by two threads at once.
    """

    def __init__(self, path: bytes, source: VideoSource, *, threads: int = 2) -> None:
        """Open the file.

        Raises:
            MediaError: The file cannot be read.
            FileChanged: It is not the file that the order speaks of.
        """
        self.source = source
        self._path = path
        self._tick = source.num / source.den
        self._closing = ExitStack()
        self._container, self._content = self._closing.enter_context(opened(path))
        try:
            self._check()
            self._stream = video_stream(self._container, source.stream)
        except BaseException:
            self._closing.close()
            raise
        self._context = self._stream.codec_context
        self._context.thread_type = "AUTO"
        self._context.thread_count = threads
        self._frames: Iterator[VideoFrame] = iter(())
        self._held: VideoFrame | None = None
        self._at: int | None = None  # pictures before this time were handed out or left out
        self._wanted = 0
        self.damaged = False

    def start_anew(self) -> None:
        """Forget what was decoded: the next pictures are decoded from their key picture."""
        self._at = None

    def close(self) -> None:
        """Close the file; more than once does no harm."""
        self._closing.close()

    def _check(self) -> None:
        check_unchanged(self._content, self.source.file_key)
        if isinstance(self._content, LocalBytes):
            # A file removed from its folder can still be played to its end.
            with suppress(MediaError):
                check_path(self._path, self.source.file_key)

    def between(self, span: VideoSpan) -> Iterator[VideoFrame]:
        """Yield the pictures with `start <= pts < end`, each later than the one before.

        They are the same whether the decoder runs on or starts anew; only damaged ones are not,
        which are patched with what its threads have at hand. If `damaged` is set afterwards, a new
        decoder with one thread gives pictures that are the same each time.

        Raises:
            FileChanged: Somebody wrote into the file.
        """
        self._check()
        at = self._at
        if at is None or not span.decode_key <= at <= span.start:
            self._start(span.decode_key)
        self.damaged = False
        self._wanted = span.start
        last = span.start - 1
        frame = self._held or next(self._frames, None)
        self._held = None
        while frame is not None and (time := _time(frame)) < span.end:
            if time > last:
                last = time
                self.damaged = self.damaged or frame.is_corrupt
                yield frame
            frame = next(self._frames, None)
        self._held = frame
        self._at = span.end

    def nearest(self, span: VideoSpan) -> VideoFrame | None:
        """Find a picture for a segment of which none can be decoded: the next one, or the last.

        `None` if there is no picture near. What comes after is decoded anew.
        """
        self.start_anew()
        self._wanted = span.start
        limit = span.end + LOOK_AROUND / self._tick
        last = None
        for seconds in (0.0, LOOK_AROUND):
            self._start(span.decode_key - round(seconds / self._tick))
            for frame in self._frames:
                if _time(frame) >= span.start:
                    return frame if _time(frame) < limit else last
                last = frame
            if last is not None:
                break
        return last

    def _start(self, key: int) -> None:
        for seconds in EARLIER:
            at = key - round(seconds / self._tick)
            try:
                self._container.seek(at, stream=self._stream, backward=True)
            except av.FFmpegError:  # some containers refuse times before their first picture
                continue
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
        self, packets: Iterator["Packet[Stream]"], first: "Packet[Stream] | None", key: int
    ) -> Iterator[VideoFrame]:
        """Decode from the key packet on."""
        begun = False
        for packet in chain((first,) if first is not None else (), packets):
            time = time_of(packet)
            begun = begun or (packet.is_keyframe and time is not None and time >= key)
            if not begun:
                continue
            early = time is not None and (self._wanted - time) * self._tick > WORTH_SKIPPING
            self._context.skip_frame = "NONREF" if early else "DEFAULT"
            yield from self._pictures(packet)
        yield from self._pictures(None)

    def _pictures(self, packet: "Packet[Stream] | None") -> Iterator[VideoFrame]:
        try:
            for frame in self._context.decode(packet):
                if frame.pts is None:  # a container that tells decoding times only (AVI)
                    frame.pts = frame.dts
                if frame.pts is not None:
                    yield frame
        except av.FFmpegError:
            self.damaged = True


def video_stream(container: InputContainer, number: int) -> VideoStream:
    """Return a stream of pictures. Raises `FileChanged` if there is none of that number."""
    stream = container.streams[number] if number < len(container.streams) else None
    if not isinstance(stream, VideoStream):
        raise FileChanged("The file has no picture where it had one. Load it again.")
    return stream


def _time(frame: VideoFrame) -> int:
    assert frame.pts is not None
    return frame.pts


def _before(packet: "Packet[Stream]", key: int) -> bool:
    time = time_of(packet)
    return time is not None and time <= key
