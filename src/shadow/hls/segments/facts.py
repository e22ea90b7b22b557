"""What one packet pass over a file finds: the facts that every playlist and segment is made from.

All times of a track are in ticks of `num/den` seconds as the file has them, unless said otherwise.
"""

import json
import zlib
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

INDEX_VERSION = 1
"""Goes up when the pass finds more or other things: stored indexes of another version are void."""

MOST_INDEX_BYTES = 256 << 20  # of an index unpacked; hours of intra-only video stay far below


@dataclass(frozen=True, slots=True)
class Gop:
    """A key packet and what follows it up to the next.

    `key` is the key packet's PTS, `start` the smallest PTS of the group (below `key` for an open
    group), `size` its bytes, `count` its packets, `key_size` the bytes of the key packet. `cut`: a
    segment may start here, for all before it is shown before it. `sync`: the key packet is one
    that every decoder may start from (H.264: an IDR picture), without which no copied segment
    starts here.
    """

    key: int
    start: int
    size: int
    count: int
    sync: bool
    cut: bool
    key_size: int = 0


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The picture of a file. `end` is the highest PTS plus that picture's duration.

    `scale` multiplies ticks and timescale in what we write, so that no picture lasts under 20.
    `width` and `height` are coded, `display_width` and `display_height` as shown: aspect and
    rotation applied. `rotation` is the counter-clockwise turn in degrees that `av` tells.
    `grid` holds real picture times, about 6 s apart, for files whose key pictures are too far
    apart to be copied; empty where they are not. `codecs` is the RFC 6381 string of a copy.
    `trouble` says for a person why pictures cannot be copied, whatever else allows it. `timeless`:
    packets only say when they are decoded, and all times here are those.
    """

    stream: int
    codec: str
    codecs: str | None
    num: int
    den: int
    scale: int
    end: int
    rate_num: int
    rate_den: int
    width: int
    height: int
    display_width: int
    display_height: int
    bit_depth: int
    rotation: int
    interlaced: bool
    dynamic_range: str
    """`SDR`, `PQ` or `HLG`."""
    annex_b: bool
    gops: tuple[Gop, ...]
    grid: tuple[int, ...]
    trouble: str | None = None
    timeless: bool = False

    @property
    def tick(self) -> Fraction:
        """Seconds of one tick."""
        return Fraction(self.num, self.den)

    @property
    def rate(self) -> Fraction:
        """Pictures a second, on average."""
        return Fraction(self.rate_num, self.rate_den)


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One sound track. `rate` and `channels` are what the decoder gives.

    `frame_size` samples are in a codec frame (0: varies), `anchor` is the PTS of the third decoded
    frame, `first` that of the first packet, `start` that of the first decoded sample. `regular`:
    it may be copied, since `codecs` is known, its `packets` packets lie within 1 ms of a grid of
    `frame_size` samples (whatever the codec), and there is sound in every segment of the film.
    `bitrate` and `peak` are bits a second, on average and over the worst segment.
    """

    stream: int
    codec: str
    codecs: str | None
    num: int
    den: int
    rate: int
    channels: int
    frame_size: int
    anchor: int
    first: int
    regular: bool
    bitrate: int
    peak: int
    language: str | None
    title: str | None
    default: bool
    packets: int = 0
    start: int = 0

    @property
    def tick(self) -> Fraction:
        """Seconds of one tick."""
        return Fraction(self.num, self.den)


@dataclass(frozen=True, slots=True)
class FileIndex:
    """A file as the packet pass found it. `duration` is in seconds, from the first picture on.

    Without video, time 0 is the first sample of the first audio track.
    """

    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    duration: float
    truncated: bool = False

    def to_bytes(self) -> bytes:
        """Return it compressed, for the database."""
        return zlib.compress(json.dumps(_plain(self), separators=(",", ":")).encode(), 6)

    @staticmethod
    def from_bytes(content: bytes) -> "FileIndex":
        """Return what `to_bytes` packed. Raises `ValueError` for anything else."""
        unpacker = zlib.decompressobj()
        try:
            packed = unpacker.decompress(content, MOST_INDEX_BYTES)
            return _restored(json.loads(packed))
        except (zlib.error, KeyError, TypeError) as error:
            raise ValueError(f"not an index: {error}") from error


def _plain(index: FileIndex) -> dict[str, Any]:
    """Turn the groups into rows of numbers: a film has thousands."""
    bare = index if index.video is None else replace(index, video=replace(index.video, gops=()))
    plain = asdict(bare)
    if index.video is not None:
        plain["video"]["gops"] = [
            [one.key, one.start, one.size, one.count, int(one.sync), int(one.cut), one.key_size]
            for one in index.video.gops
        ]
    return plain


def _restored(plain: dict[str, Any]) -> FileIndex:
    video = plain["video"]
    if video is not None:
        gops = tuple(Gop(a, b, c, d, bool(e), bool(f), g) for a, b, c, d, e, f, g in video["gops"])
        video = VideoTrack(**{**video, "gops": gops, "grid": tuple(video["grid"])})
    audio = tuple(AudioTrack(**one) for one in plain["audio"])
    return FileIndex(video, audio, plain["duration"], plain["truncated"])
