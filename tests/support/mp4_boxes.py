"""Read fragmented MP4 as a player does (ISO 14496-12): written apart from what writes it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

PARENTS = {"moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts", "dinf"}
NOT_SYNC = 0x00010000  # sample_is_non_sync_sample
VIDEO_ENTRIES = {"avc1", "avc3", "hvc1", "hev1", "av01", "vp09"}


@dataclass(frozen=True)
class Box:
    """A box: its kind, where it begins, and what is in it."""

    kind: str
    start: int
    content: bytes

    @property
    def parts(self) -> list["Box"]:
        """The boxes within, of a box that only holds others."""
        return list(boxes(self.content)) if self.kind in PARENTS else []

    def all(self, *path: str) -> list["Box"]:
        """Every box below it of a path such as `"traf", "trun"`."""
        found = [one for one in self.parts if one.kind == path[0]]
        if len(path) == 1:
            return found
        return [inner for one in found for inner in one.all(*path[1:])]

    def one(self, *path: str) -> "Box":
        """The one box below it of a path."""
        (found,) = self.all(*path)
        return found


def boxes(content: bytes, start: int = 0) -> Iterator[Box]:
    """Split bytes into boxes; whatever is left over is an error."""
    place = start
    while place < len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, place + 8)
            header = 16
        assert header <= size <= len(content) - place, (kind, size, place)
        yield Box(kind.decode("latin-1"), place, content[place + header : place + size])
        place += size


@dataclass(frozen=True)
class Init:
    """What an init segment says of its one track."""

    content: bytes

    @cached_property
    def moov(self) -> Box:
        """The one `moov`, after `ftyp`."""
        kinds = [one.kind for one in boxes(self.content)]
        assert kinds == ["ftyp", "moov"], kinds
        return list(boxes(self.content))[1]

    @cached_property
    def timescale(self) -> int:
        """Ticks a second of the track."""
        mdhd = self.moov.one("trak", "mdia", "mdhd").content
        return struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0]

    @cached_property
    def entry(self) -> tuple[str, dict[str, bytes], bytes]:
        """The sample entry: its name, the boxes in it, and its fixed fields."""
        stsd = self.moov.one("trak", "mdia", "minf", "stbl", "stsd").content
        (one,) = boxes(stsd, 8)
        fixed = 78 if one.kind in VIDEO_ENTRIES else 28
        inner = {box.kind: box.content for box in boxes(one.content, fixed)}
        return one.kind, inner, one.content[:fixed]

    @property
    def is_video(self) -> bool:
        """Whether the track is pictures."""
        return self.entry[0] in VIDEO_ENTRIES

    @property
    def has_edit_list(self) -> bool:
        """Whether players have to shift the track's times."""
        trak = self.moov.one("trak")
        lists = trak.all("edts", "elst")
        # One entry, from time 0, of any length, at the usual speed shifts nothing.
        return any(self._shift(one.content) != 0 for one in lists)

    @staticmethod
    def _shift(elst: bytes) -> int:
        version, count = elst[0], struct.unpack_from(">I", elst, 4)[0]
        assert count == 1
        return struct.unpack_from(">q" if version else ">i", elst, 16 if version else 12)[0]

    @cached_property
    def coded_size(self) -> tuple[int, int]:
        """Width and height in the sample entry."""
        return struct.unpack_from(">HH", self.entry[2], 24)

    @cached_property
    def codec(self) -> str:
        """The RFC 6381 name, from the parameter sets themselves."""
        name, inner, _ = self.entry
        if name == "avc1":
            return "avc1." + inner["avcC"][1:4].hex().upper()
        if name == "hvc1":
            return _hevc(inner["hvcC"])
        if name == "av01":
            return _av1(inner["av1C"])
        if name == "vp09":
            profile, level, depth = inner["vpcC"][4], inner["vpcC"][5], inner["vpcC"][6] >> 4
            return f"vp09.{profile:02d}.{level:02d}.{depth:02d}"
        if name == "mp4a":
            return _mp4a(inner["esds"][4:])
        return {"ac-3": "ac-3", "ec-3": "ec-3", "fLaC": "fLaC", "Opus": "Opus"}[name]


def _hevc(configuration: bytes) -> str:
    """ISO 14496-15, annex E.3."""
    first, flags = configuration[1], int.from_bytes(configuration[2:6], "big")
    space, tier, profile = first >> 6, first >> 5 & 1, first & 31
    mirrored = int(f"{flags:032b}"[::-1], 2)
    constraints = configuration[6:12].rstrip(b"\0")
    level = f"{'H' if tier else 'L'}{configuration[12]}"
    parts = [f"{['', 'A', 'B', 'C'][space]}{profile}", f"{mirrored:X}", level]
    return ".".join(["hvc1", *parts, *(f"{one:X}" for one in constraints)])


def _av1(configuration: bytes) -> str:
    profile, level = configuration[1] >> 5, configuration[1] & 31
    tier, high, twelve = (configuration[2] >> shift & 1 for shift in (7, 6, 5))
    return f"av01.{profile}.{level:02d}{'H' if tier else 'M'}.{8 + 2 * high + 2 * twelve:02d}"


def _descriptors(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Split MPEG-4 descriptors: a tag, a length in groups of 7 bits, what is in it."""
    place = 0
    while place < len(content):
        tag, place, length = content[place], place + 1, 0
        while True:
            byte, place = content[place], place + 1
            length = length << 7 | byte & 127
            if byte < 128:
                break
        yield tag, content[place : place + length]
        place += length


def _mp4a(descriptors: bytes) -> str:
    stream = dict(_descriptors(descriptors))[3]
    decoder = dict(_descriptors(stream[3:]))[4]
    kind = decoder[0]
    if kind != 0x40:
        return f"mp4a.{kind:02X}"
    specific = dict(_descriptors(decoder[13:]))[5]
    return f"mp4a.40.{specific[0] >> 3}"


@dataclass(frozen=True)
class Sample:
    """One picture or sound packet, in ticks of its track."""

    dts: int
    pts: int
    duration: int
    sync: bool
    content: bytes


@dataclass(frozen=True)
class Fragment:
    """One media segment of one fragment."""

    sequence: int
    base: int
    samples: tuple[Sample, ...]

    @property
    def end(self) -> int:
        """Where the next segment has to begin in decoding time."""
        return self.base + sum(one.duration for one in self.samples)

    @property
    def first(self) -> int:
        """The smallest presentation time."""
        return min(one.pts for one in self.samples)

    @property
    def shown(self) -> list[int]:
        """Presentation times in order."""
        return sorted(one.pts for one in self.samples)


def fragment(content: bytes) -> Fragment:
    """Read a media segment: `styp`, `moof` and `mdat`, nothing else."""
    top = list(boxes(content))
    assert [one.kind for one in top] == ["styp", "moof", "mdat"], [one.kind for one in top]
    moof, mdat = top[1], top[2]
    (sequence,) = struct.unpack_from(">4xI", moof.one("mfhd").content)
    traf = moof.one("traf")
    tfdt = traf.one("tfdt").content
    (base,) = struct.unpack_from(">Q" if tfdt[0] else ">I", tfdt, 4)
    defaults = _defaults(traf.one("tfhd").content)
    trun = traf.one("trun").content
    offset, fields = _run(trun, defaults)
    place, begin = moof.start + offset, mdat.start + 8
    assert place == begin, (place, begin)
    samples, dts = [], base
    for duration, size, flags, shift in fields:
        bytes_ = content[place : place + size]
        assert len(bytes_) == size
        samples.append(Sample(dts, dts + shift, duration, not flags & NOT_SYNC, bytes_))
        place, dts = place + size, dts + duration
    assert place == len(content), "bytes that belong to no sample"
    return Fragment(sequence, base, tuple(samples))


def _defaults(tfhd: bytes) -> dict[str, int]:
    (flags,) = struct.unpack_from(">I", tfhd)
    flags &= 0xFFFFFF
    assert flags & 0x020000, "default-base-is-moof"
    assert not flags & 1, "base-data-offset"
    place, found = 8, {}
    for bit, name in ((2, "description"), (8, "duration"), (16, "size"), (32, "flags")):
        if flags & bit:
            (found[name],) = struct.unpack_from(">I", tfhd, place)
            place += 4
    return found


def _run(trun: bytes, defaults: dict[str, int]) -> tuple[int, list[tuple[int, int, int, int]]]:
    (flags,) = struct.unpack_from(">I", trun)
    version, flags = flags >> 24, flags & 0xFFFFFF
    assert flags & 1, "data-offset"
    count, offset = struct.unpack_from(">Ii", trun, 4)
    place, rows = 12, []
    first = None
    if flags & 4:
        (first,) = struct.unpack_from(">I", trun, place)
        place += 4
    for number in range(count):
        row = {**defaults, "shift": 0}
        if number == 0 and first is not None:
            row["flags"] = first
        for bit, name in ((0x100, "duration"), (0x200, "size"), (0x400, "flags")):
            if flags & bit:
                (row[name],) = struct.unpack_from(">I", trun, place)
                place += 4
        if flags & 0x800:
            (row["shift"],) = struct.unpack_from(">i" if version else ">I", trun, place)
            place += 4
        rows.append((row["duration"], row["size"], row.get("flags", 0), row["shift"]))
    assert place == len(trun)
    return offset, rows
