"""Write PGS subtitles (Blu-ray pictures), which FFmpeg can read and carry but not make."""

import struct
from collections.abc import Iterable

SIZE = (320, 180)
BOX = (100, 20)  # of the picture shown, low in the middle
PLACE = (110, 140)


def pgs_stream(times: Iterable[tuple[float, float]]) -> bytes:
    """Return a `.sup` file that shows a white bar from each start to each end, in seconds."""
    pieces = []
    for number, (start, end) in enumerate(times):
        pieces.append(_shown(2 * number, start))
        pieces.append(_hidden(2 * number + 1, end))
    return b"".join(pieces)


def _segment(kind: int, seconds: float, body: bytes) -> bytes:
    return b"PG" + struct.pack(">IIBH", round(seconds * 90000), 0, kind, len(body)) + body


def _window() -> bytes:
    return struct.pack(">BBHHHH", 1, 0, *PLACE, *BOX)


def _shown(number: int, seconds: float) -> bytes:
    composed = struct.pack(">HHBHBBBB", *SIZE, 0x10, number, 0x80, 0, 0, 1)
    placed = struct.pack(">HBBHH", 0, 0, 0, *PLACE)
    palette = struct.pack(">BBBBBBB", 0, 0, 1, 235, 128, 128, 255)
    row = bytes((0, 0xC0, BOX[0], 1, 0, 0))  # a long run of colour 1, then the end of the line
    picture = struct.pack(">HH", *BOX) + row * BOX[1]
    piece = struct.pack(">HBB", 0, 0, 0xC0) + len(picture).to_bytes(3, "big") + picture
    return b"".join(
        (
            _segment(0x16, seconds, composed + placed),
            _segment(0x17, seconds, _window()),
            _segment(0x14, seconds, palette),
            _segment(0x15, seconds, piece),
            _segment(0x80, seconds, b""),
        )
    )


def _hidden(number: int, seconds: float) -> bytes:
    composed = struct.pack(">HHBHBBBB", *SIZE, 0x10, number, 0, 0, 0, 0)
    return b"".join(
        (
            _segment(0x16, seconds, composed),
            _segment(0x17, seconds, _window()),
            _segment(0x80, seconds, b""),
        )
    )
