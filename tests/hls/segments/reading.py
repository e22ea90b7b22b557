"""What tests of encoded segments share: files of their own, and pictures as numbers."""

import io
import os
from pathlib import Path

import av

from shadow.hls.segments.facts import FileIndex
from shadow.hls.segments.indexing import index_file
from shadow.hls.segments.plan import plan_file
from tests.hls.segments.pieces import Indexed, key_of


def indexed_path(path: Path) -> Indexed:
    """A file that is no fixture, indexed."""
    index = FileIndex.from_bytes(index_file(os.fsencode(path)))
    return Indexed(path, index, plan_file(index, key_of(path)))


def decoded_pictures(content: bytes) -> list[bytes]:
    """The brightness of each picture of a film in memory, line by line without padding."""
    found = []
    with av.open(io.BytesIO(content)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            line, whole = plane.line_size, bytes(plane)
            lines = (whole[at : at + frame.width] for at in range(0, line * frame.height, line))
            found.append(b"".join(lines))
    return found


def distance(one: bytes, other: bytes) -> float:
    """Mean difference of two pictures' brightness."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def packets_of_stream(path: Path, stream: int) -> list[bytes]:
    """The packets of a stream of a file."""
    with av.open(str(path)) as container:
        return [bytes(one) for one in container.demux(container.streams[stream]) if one.size]
