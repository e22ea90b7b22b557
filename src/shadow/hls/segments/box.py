"""Write and read the boxes of fragmented MP4 (ISO/IEC 14496-12, CMAF ISO/IEC 23000-19).

`libavformat` writes the init segments; the fragments are written here, for their times follow
`timeline` and nothing else.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shadow.hls.segments.timeline import Laid, Sample

Bytes = bytes | memoryview
SYNC = 0x02000000  # depends on no other
NOT_SYNC = 0x01010000  # depends on others, and is no sync sample
STYP = struct.pack(">I4s4sI4s", 20, b"styp", b"msdh", 0, b"msdh")
MOST_TICKS = 0xFFFFFFFF
PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"})


def video_fragment(number: int, laid: Laid, samples: Sequence[Sample]) -> list[Bytes]:
    """Return a segment of pictures in pieces, ready for `os.writev` or `b"".join`.

    `laid` is of the same samples. Raises `ValueError` if one lasts longer than 32 bits can say.
    """
    rows: list[int] = []
    for one in laid.timed:
        if one.duration > MOST_TICKS or not -0x80000000 <= one.cts <= 0x7FFFFFFF:
            raise ValueError("a picture lasts too long for its time base")
        rows += (one.duration, one.size, SYNC if one.sync else NOT_SYNC, one.cts & MOST_TICKS)
    tfhd = struct.pack(">II", 0x020000, 1)
    table = struct.pack(f">{len(rows)}I", *rows)
    size = sum(one.size for one in laid.timed)
    head = _head(number, tfhd, laid.base_time, (0x000F01, len(laid.timed), table), size)
    return [head, *(one.content for one in samples)]


def audio_fragment(
    number: int, base_time: int, packets: Sequence[Bytes], frame_samples: int
) -> list[Bytes]:
    """Return a segment of sound in pieces: packets of `frame_samples` samples each.

    `base_time` is in samples from time 0.
    """
    rows = [part for one in packets for part in (frame_samples, len(one))]
    tfhd = struct.pack(">III", 0x020020, 1, SYNC)
    table = struct.pack(f">{len(rows)}I", *rows)
    size = sum(rows[1::2])
    head = _head(number, tfhd, base_time, (0x000301, len(packets), table), size)
    return [head, *packets]


def _head(
    number: int, tfhd: bytes, base_time: int, run: tuple[int, int, bytes], size: int
) -> bytes:
    """Return everything up to the samples. `run` is the flags, the count and the rows of `trun`.

    Fragments are numbered from 1, segments from 0.
    """
    flags, count, table = run
    mfhd = _box(b"mfhd", struct.pack(">II", 0, number + 1))
    tfdt = _box(b"tfdt", struct.pack(">IQ", 0x01000000, base_time))
    before = _box(b"tfhd", tfhd) + tfdt
    # moof, mfhd, traf, what `traf` holds before, the fixed part of trun and its rows, mdat's head.
    offset = 8 + len(mfhd) + 8 + len(before) + 20 + len(table) + 8
    trun = _box(b"trun", struct.pack(">IIi", 0x01000000 | flags, count, offset) + table)
    moof = _box(b"moof", mfhd + _box(b"traf", before + trun))
    if size + 8 > MOST_TICKS:
        raise ValueError("a segment is 4 GiB or more")
    return STYP + moof + struct.pack(">I4s", size + 8, b"mdat")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@dataclass(frozen=True, slots=True)
class Box:
    """A box within some bytes: its kind, where it begins, and its body without the header."""

    kind: bytes
    start: int
    body: memoryview


def boxes(content: Bytes) -> Iterator[Box]:
    """Yield the boxes that follow each other in `content`.

    Raises `ValueError` where one is cut off or has an impossible size.
    """
    view = memoryview(content)
    position = 0
    while position < len(view):
        if len(view) - position < 8:
            raise ValueError("a box is cut off")
        size, kind = struct.unpack_from(">I4s", view, position)
        header = 8
        if size == 1 and len(view) - position >= 16:
            (size,) = struct.unpack_from(">Q", view, position + 8)
            header = 16
        elif size == 0:
            size = len(view) - position
        if size < header or position + size > len(view):
            raise ValueError(f"a box {kind!r} of {size} bytes does not fit")
        yield Box(bytes(kind), position, view[position + header : position + size])
        position += size


def find_box(content: Bytes, *path: bytes) -> memoryview | None:
    """Return the body of the first box found by its path, such as `b"moov", b"trak"`."""
    for one in boxes(content):
        if one.kind == path[0]:
            return one.body if len(path) == 1 else find_box(one.body, *path[1:])
    return None


@dataclass(frozen=True, slots=True)
class ReadSample:
    """A sample as a fragment tells of it, times in ticks of its track."""

    pts: int
    dts: int
    duration: int
    size: int
    sync: bool
    content: memoryview


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a sample has where its fragment does not say (`trex`, `tfhd`)."""

    duration: int = 0
    size: int = 0
    flags: int = 0


def read_fragments(content: Bytes) -> list[ReadSample]:
    """Return the samples of all fragments of a file or segment of one track, in decode order.

    Understands what other writers make too: defaults of `moov`, absolute offsets, 32-bit times.
    Raises `ValueError` for what cannot be.
    """
    view = memoryview(content)
    samples: list[ReadSample] = []
    defaults = Defaults()
    try:
        for one in boxes(view):
            if one.kind == b"moov":
                defaults = _track_defaults(one.body)
            elif one.kind == b"moof":
                samples += _read_moof(view, one, defaults)
    except struct.error as error:
        raise ValueError(f"a fragment is cut off: {error}") from error
    return samples


def _track_defaults(moov: memoryview) -> Defaults:
    trex = find_box(moov, b"mvex", b"trex")
    return Defaults() if trex is None else Defaults(*struct.unpack_from(">III", trex, 12))


def _read_moof(view: memoryview, moof: Box, defaults: Defaults) -> Iterator[ReadSample]:
    traf = find_box(moof.body, b"traf")
    if traf is None:
        return
    data_start = moof.start
    time = 0
    for one in boxes(traf):
        if one.kind == b"tfhd":
            data_start, defaults = _read_tfhd(one.body, data_start, defaults)
        elif one.kind == b"tfdt":
            wide = one.body[0] == 1
            (time,) = struct.unpack_from(">Q" if wide else ">I", one.body, 4)
        elif one.kind == b"trun":
            for sample in _read_trun(view, one.body, data_start, (time, defaults)):
                time = sample.dts + sample.duration
                yield sample


def _read_tfhd(body: memoryview, data_start: int, defaults: Defaults) -> tuple[int, Defaults]:
    (flags,) = struct.unpack_from(">I", body)
    position = 8
    if flags & 0x1:
        (data_start,) = struct.unpack_from(">Q", body, position)
        position += 8
    position += 4 if flags & 0x2 else 0
    values = [defaults.duration, defaults.size, defaults.flags]
    for place, bit in enumerate((0x8, 0x10, 0x20)):
        if flags & bit:
            (values[place],) = struct.unpack_from(">I", body, position)
            position += 4
    return data_start, Defaults(*values)


def _read_trun(
    view: memoryview, body: memoryview, data_start: int, before: tuple[int, Defaults]
) -> Iterator[ReadSample]:
    time, defaults = before
    flags, count = struct.unpack_from(">II", body)
    position, place, first_flags = 8, data_start, None
    if flags & 0x1:
        place += struct.unpack_from(">i", body, position)[0]
        position += 4
    if flags & 0x4:
        (first_flags,) = struct.unpack_from(">I", body, position)
        position += 4
    for number in range(count):
        row = [defaults.duration, defaults.size, defaults.flags, 0]
        for column, bit in enumerate((0x100, 0x200, 0x400, 0x800)):
            if flags & bit:
                (row[column],) = struct.unpack_from(">i" if column == 3 else ">I", body, position)
                position += 4
        if number == 0 and first_flags is not None:
            row[2] = first_flags
        duration, size, sample_flags, offset = row
        if place < 0 or place + size > len(view):
            raise ValueError("a sample lies outside its file")
        sync = not sample_flags & 0x10000
        content = view[place : place + size]
        yield ReadSample(time + offset, time, duration, size, sync, content)
        time += duration
        place += size
