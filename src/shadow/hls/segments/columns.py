"""Collect what one packet pass sees of each stream, as columns of numbers.

Runs in a worker process only. A film of two hours has half a million packets, so `take` does the
least that it can; `look` is for the first packets of a stream, which are decoded.
"""

from array import array
from dataclasses import dataclass
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shadow.hls.segments.groups import steady_keys, strays
from shadow.hls.segments.nal import PARAMETER_SETS, key_units, length_size, units

MOST_LOOKS = 100  # packets decoded before a stream is taken for one that cannot be
FEW = 0.01  # of the packets
FRAMES_LOOKED_AT = 3  # of sound: the first ones are trimmed, shortened or guessed


class PictureColumn:
    """The packets of a video stream, and its first picture."""

    def __init__(self, stream: VideoStream) -> None:
        self.stream = stream
        self.codec = stream.codec_context.codec.canonical_name
        self.times = array("q")
        self.sizes = array("q")
        self.durations = array("q")
        self.keys: list[tuple[int, bool]] = []
        self.guessed: list[int] = []
        self.parameters: set[tuple[bytes, ...]] = set()
        self.frame: VideoFrame | None = None
        self._good = 0
        # AVI has no presentation times, and what libavformat makes up for these is out of order.
        self._disordered = self.codec in PARAMETER_SETS and stream.container.format.name == "avi"
        self._looks = 0
        self._length_size = length_size(stream.codec_context.extradata, self.codec)

    @property
    def annex_b(self) -> bool:
        """Whether units follow start codes instead of lengths."""
        return self.codec in PARAMETER_SETS and self._length_size == 0

    def take(self, packet: "Packet[Stream]") -> None:
        """Note a packet."""
        time = None if self._disordered else packet.pts
        if time is None:
            time = packet.dts
            if time is None:
                return
            self.guessed.append(len(self.times))
        if packet.is_keyframe:
            self.keys.append((len(self.times), self._noted_key(packet)))
        self.times.append(time)
        self.sizes.append(packet.size)
        self.durations.append(packet.duration or 0)
        if not packet.is_corrupt:
            self._good = len(self.times)

    def look(self, packet: "Packet[Stream]") -> bool:
        """Decode a packet that was taken; tell whether enough is known, or nothing will be."""
        self._looks += 1
        if self.frame is None and self.keys:
            for frame in _decoded(packet):
                if isinstance(frame, VideoFrame):
                    self.frame = frame
                    break
        return self.frame is not None or self._looks >= MOST_LOOKS

    @property
    def tick(self) -> Fraction:
        """Seconds of one tick."""
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def timeless(self) -> bool:
        """Whether the container does not say when pictures are shown, but when they are decoded.

        A few such packets are damage.
        """
        return len(self.guessed) > len(self.times) * FEW

    def finish(self) -> bool:
        """Leave out packets without a time or with an impossible one, and a damaged end.

        Tells whether the end was: packets that are damaged, and no good one follows.
        """
        damaged = set(range(self._good, len(self.times)))
        left_out = damaged if self.timeless else damaged.union(self.guessed)
        if left_out:
            self._leave_out(left_out)
        self.keys = steady_keys(self.times, self.keys)
        lost = strays(self.times, self.keys, self.tick)
        if lost:
            self._leave_out(lost)
        return bool(damaged)

    def _leave_out(self, positions: set[int]) -> None:
        kept = [one for one in range(len(self.times)) if one not in positions]
        places = {old: new for new, old in enumerate(kept)}
        self.times = array("q", (self.times[one] for one in kept))
        self.sizes = array("q", (self.sizes[one] for one in kept))
        self.durations = array("q", (self.durations[one] for one in kept))
        self.keys = [(places[one], safe) for one, safe in self.keys if one in places]

    def _noted_key(self, packet: "Packet[Stream]") -> bool:
        """Tell whether every decoder may start at a key packet, and note its parameter sets."""
        if self.codec not in PARAMETER_SETS:
            return True
        found, safe = key_units(units(memoryview(packet), self._length_size), self.codec)
        if found:
            self.parameters.add(found)
        return safe


@dataclass(frozen=True, slots=True)
class Heard:
    """A decoded frame of sound: when it begins, in ticks of its stream, and of what it consists."""

    time: int
    samples: int
    rate: int
    channels: int


class SoundColumn:
    """The packets of an audio stream, and its first decoded frames."""

    def __init__(self, stream: AudioStream) -> None:
        self.stream = stream
        self.codec = stream.codec_context.codec.canonical_name
        self.times = array("q")
        self.sizes = array("q")
        self.frames: list[Heard] = []
        self._looks = 0

    def take(self, packet: "Packet[Stream]") -> None:
        """Note a packet."""
        time = packet.pts
        if time is None:
            time = packet.dts
            if time is None:
                return
        self.times.append(time)
        self.sizes.append(packet.size)

    def look(self, packet: "Packet[Stream]") -> bool:
        """Decode a packet that was taken; tell whether enough is known, or nothing will be."""
        self._looks += 1
        for frame in _decoded(packet):
            if isinstance(frame, AudioFrame) and frame.pts is not None and frame.samples:
                ticks = frame.pts * (frame.time_base or self.tick) / self.tick
                channels = frame.layout.nb_channels
                self.frames.append(Heard(round(ticks), frame.samples, frame.sample_rate, channels))
        return len(self.frames) >= FRAMES_LOOKED_AT or self._looks >= MOST_LOOKS

    @property
    def tick(self) -> Fraction:
        """Seconds of one tick."""
        return self.stream.time_base or Fraction(1, 1000)


def _decoded(packet: "Packet[Stream]") -> list[object]:
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []
