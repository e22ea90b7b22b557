"""Small real pictures made without any picture library."""

import struct
import zlib


def png(width: int, height: int, colour: tuple[int, int, int] = (40, 80, 160)) -> bytes:
    """Return a PNG of one colour."""
    rows = (b"\x00" + bytes(colour) * width) * height
    return png_of(width, height, zlib.compress(rows))


def png_of(width: int, height: int, packed: bytes) -> bytes:
    """Return a PNG that claims this size and holds these compressed rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
