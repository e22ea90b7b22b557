"""What tests of segments share: indexed fixture files, and a reader of boxes unlike ours."""

import functools
import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from hypothesis import settings

from shadow.hls.segments.copying import copy_segment
from shadow.hls.segments.facts import FileIndex
from shadow.hls.segments.indexing import index_file
from shadow.hls.segments.initial import copied_init
from shadow.hls.segments.opening import kept_open
from shadow.hls.segments.plan import Plan, plan_file
from shadow.hls.segments.timeline import timescale
from tests.support.hls_fixtures import fixture_file

# Fewer examples than usual, since much is tried; and never against the clock.
PROPERTY = settings(deadline=None, max_examples=50)


@dataclass(frozen=True)
class Indexed:
    """A fixture file with what the pass found."""

    path: Path
    index: FileIndex
    plan: Plan

    @property
    def key(self) -> str:
        return self.plan.file_key


def key_of(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}-0"


@functools.cache
def indexed(name: str) -> Indexed:
    path = fixture_file(name)
    index = FileIndex.from_bytes(index_file(os.fsencode(path)))
    return Indexed(path, index, plan_file(index, key_of(path)))


def copied(film: Indexed, number: int) -> bytes:
    """A copied segment, in one piece."""
    source = film.plan.source
    assert source is not None
    with kept_open(os.fsencode(film.path), film.key) as container:
        return b"".join(copy_segment(container, source, film.plan.spans[number]))


def init_of(film: Indexed) -> bytes:
    source = film.plan.source
    assert source is not None
    with kept_open(os.fsencode(film.path), film.key) as container:
        return copied_init(container, source.stream, timescale(source))


@dataclass(frozen=True)
class Packet:
    """A packet as PyAV reads it."""

    pts: int
    dts: int | None
    key: bool
    content: bytes


def demuxed(content: bytes, kind: str = "video") -> list[Packet]:
    """The packets of a film in memory, as libavformat sees them."""
    with av.open(io.BytesIO(content), metadata_errors="replace") as container:
        stream = next(one for one in container.streams if one.type == kind)
        return [
            Packet(one.pts, one.dts, one.is_keyframe, bytes(one))
            for one in container.demux(stream)
            if one.size
        ]


def decoded_times(content: bytes) -> list[int]:
    """When each picture of a film in memory is shown, by decoding all of it."""
    with av.open(io.BytesIO(content)) as container:
        return [one.pts for one in container.decode(video=0)]


def walked(content: bytes, inside: str = "") -> Iterator[tuple[str, bytes]]:
    """Every box by its path, such as `moof/traf/trun`, with its body."""
    position = 0
    while position < len(content):
        size, kind = struct.unpack(">I4s", content[position : position + 8])
        name = f"{inside}{kind.decode('latin-1')}"
        body = content[position + 8 : position + size]
        yield name, body
        if name in {"moof", "moof/traf", "moov", "moov/trak", "moov/trak/mdia"}:
            yield from walked(body, f"{name}/")
        position += size


@dataclass(frozen=True)
class Row:
    """A sample of a fragment, read by hand."""

    duration: int
    size: int
    flags: int
    cts: int


def read_by_hand(segment: bytes) -> tuple[int, int, list[Row], bytes]:
    """Sequence number, base time, samples and content of a segment of pictures."""
    found = dict(walked(segment))
    (number,) = struct.unpack(">4xI", found["moof/mfhd"])
    (base,) = struct.unpack(">4xQ", found["moof/traf/tfdt"])
    trun = found["moof/traf/trun"]
    count, offset = struct.unpack(">4xIi", trun[:12])
    rows = [Row(*struct.unpack(">IIIi", trun[at : at + 16])) for at in range(12, len(trun), 16)]
    assert len(rows) == count
    moof = segment.index(b"moof") - 4
    return number, base, rows, segment[moof + offset :]
