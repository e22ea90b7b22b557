"""What a worker is told to make. An order and the file decide every byte of the answer.

Orders cross to worker processes as JSON objects (`dataclasses.asdict`), the path beside them as
bytes. Times are source ticks (`num/den` seconds) as in `facts`, except where seconds are named.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where pictures come from: what never changes from segment to segment of a file."""

    stream: int
    codec: str
    num: int
    den: int
    scale: int
    origin: int
    """T0: the PTS that is time 0 of every rendition."""
    rate_num: int
    rate_den: int
    rotation: int
    interlaced: bool
    annex_b: bool
    file_key: str
    """The file's signature: equal keys promise equal bytes, so opened files may be kept."""
    timeless: bool = False
    """Packets only say when they are decoded (H.264 in AVI): a picture's time is its DTS."""


@dataclass(frozen=True, slots=True)
class VideoSpan:
    """One segment: pictures with `start <= pts < end`. `number` counts from 0.

    Copying takes packets from the key packet `key` up to (not with) the key packet `next_key`;
    decoding starts at the key packet `decode_key`. `None` is the end of the file.
    """

    number: int
    start: int
    end: int
    key: int | None
    next_key: int | None
    decode_key: int


@dataclass(frozen=True, slots=True)
class VideoRung:
    """How pictures are encoded: H.264, `width` x `height` pixels as displayed, square pixels.

    `maxrate` and `bufsize` are bits (a second); `crf`, `preset` as x264 has them.
    """

    width: int
    height: int
    maxrate: int
    bufsize: int
    crf: int = 23
    preset: str = "veryfast"


@dataclass(frozen=True, slots=True)
class AudioSource:
    """Where sound comes from. `origin_seconds` is T0 as a fraction `origin_num/origin_den`."""

    stream: int
    codec: str
    num: int
    den: int
    rate: int
    channels: int
    frame_size: int
    anchor: int
    first: int
    origin_num: int
    origin_den: int
    file_key: str


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """Codec frames `first <= n < end` of the rendition's global grid, made as segment `number`.

    For AAC a frame is 1024 samples at `rate` Hz of the rendition; for a copy, frames of the source.
    """

    number: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class AudioRung:
    """How sound is encoded: AAC-LC, `channels` channels, `bitrate` bits a second, `rate` Hz."""

    rate: int
    channels: int = 2
    bitrate: int = 160_000
