"""What surrounds the files of a 7z archive that only stores them (7zFormat.txt of the LZMA SDK).

A 7z archive begins with the place and checksum of its directory, which stands at the end. Stored
files of known sizes make a directory that is known beforehand, if it holds no checksums of the
files; the format allows that. So the archive can be streamed like a ZIP, but `7z t` finds no
damage in it: who wants that takes the ZIP.
"""

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from shadow.kit.zip_frames import PackedFile

_END, _HEADER, _STREAMS, _FILES, _PACKED, _UNPACKED = 0x00, 0x01, 0x04, 0x05, 0x06, 0x07
_INNER, _SIZES, _FOLDERS, _UNPACKED_SIZES = 0x08, 0x09, 0x0B, 0x0C
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _TIMES = 0x0E, 0x0F, 0x11, 0x14
_STORED: Final = b"\x01\x01\x00"
"""A folder of one coder, whose id is one byte long: 0, which copies."""
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def seven_zip_frames(files: Sequence[PackedFile]) -> tuple[bytes, bytes]:
    """Return what stands before all files' bytes and what stands behind them.

    The files follow each other with nothing in between.
    """
    stored = [one.size for one in files if one.size]
    directory = b"".join(
        (
            bytes([_HEADER]),
            _streams(stored) if stored else b"",
            _listed(files),
            bytes([_END]),
        )
    )
    start = struct.pack("<QQI", sum(stored), len(directory), zlib.crc32(directory))
    head = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start
    return head, directory


def seven_zip_length(files: Sequence[PackedFile]) -> int:
    """Return the exact length of an archive of these files, in bytes."""
    head, tail = seven_zip_frames(files)
    return len(head) + sum(one.size for one in files) + len(tail)


def _streams(sizes: Sequence[int]) -> bytes:
    numbers, count = b"".join(map(_number, sizes)), _number(len(sizes))
    packed = bytes([_PACKED]) + _number(0) + count + bytes([_SIZES]) + numbers + bytes([_END])
    folders = bytes([_UNPACKED, _FOLDERS]) + count + b"\0" + _STORED * len(sizes)
    unpacked = folders + bytes([_UNPACKED_SIZES]) + numbers + bytes([_END])
    return bytes([_STREAMS]) + packed + unpacked + bytes([_INNER, _END, _END])


def _listed(files: Sequence[PackedFile]) -> bytes:
    names = b"\0" + b"".join(one.name.encode("utf-16-le", "replace") + b"\0\0" for one in files)
    times = b"\1\0" + b"".join(struct.pack("<Q", _file_time(one.modified)) for one in files)
    properties = _property(_NAMES, names) + _property(_TIMES, times)
    empty = [not one.size for one in files]
    if any(empty):
        properties += _property(_EMPTY_STREAM, _bits(empty))
        properties += _property(_EMPTY_FILE, _bits([True] * sum(empty)))
    return bytes([_FILES]) + _number(len(files)) + properties + bytes([_END])


def _property(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + _number(len(content)) + content


def _bits(flags: Sequence[bool]) -> bytes:
    """Return flags as bits, the first one highest."""
    packed = bytearray((len(flags) + 7) // 8)
    for index, flag in enumerate(flags):
        packed[index // 8] |= flag << (7 - index % 8)
    return bytes(packed)


def _number(value: int) -> bytes:
    """Return a number as 7z writes it: leading ones of the first byte count further bytes."""
    for more in range(8):
        if value < 1 << (7 * (more + 1)):
            first = (0xFF00 >> more) & 0xFF | value >> (8 * more)
            return bytes([first]) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")
    return b"\xff" + value.to_bytes(8, "little")


def _file_time(moment: datetime) -> int:
    """Return tenths of microseconds since 1601."""
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 10_000_000 + passed.microseconds * 10
