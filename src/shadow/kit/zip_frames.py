"""What surrounds the files of a ZIP archive that only stores them (APPNOTE.TXT 6.3.10).

The length of the whole is known before a byte of a file is read: the checksums, which are not, go
behind each file (data descriptors) and into the directory at the end. ZIP64 where it is needed.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LARGEST_32: Final = 0xFFFFFFFF
LARGEST_16: Final = 0xFFFF
_FLAGS: Final = 1 << 3 | 1 << 11
"""Checksum behind the file; names in UTF-8."""
_PLAIN, _ZIP64 = 20, 45  # versions needed to extract
_MADE_ON_UNIX: Final = 3 << 8 | _ZIP64
_FILE_MODE: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of an archive. `name` has `/` between folders, `size` is in bytes."""

    name: str
    size: int
    modified: datetime


class ZipFrames:
    """Makes the frames in order: `before` and `after` for each file, `end` once."""

    def __init__(self) -> None:
        """Begin an archive."""
        self._offset = 0
        self._central: list[bytes] = []
        self._begun = 0

    def before(self, file: PackedFile) -> bytes:
        """Return what stands before a file's bytes."""
        self._begun = self._offset
        large = file.size >= LARGEST_32
        extra = struct.pack("<HHQQ", 1, 16, file.size, file.size) if large else b""
        # Sizes are there although the checksum is not: who reads a stream needs to know the end.
        size = LARGEST_32 if large else file.size
        name = file.name.encode("utf-8", "replace")
        header = struct.pack(
            "<4s5H3I2H", b"PK\x03\x04", _ZIP64 if large else _PLAIN, _FLAGS, 0,
            *_dos_time(file.modified), 0, size, size, len(name), len(extra),
        )  # fmt: skip
        return self._passed(header + name + extra)

    def after(self, file: PackedFile, crc: int) -> bytes:
        """Return what stands behind a file's bytes, whose CRC-32 is now known."""
        self._offset += file.size
        form = "<4sIQQ" if file.size >= LARGEST_32 else "<4s3I"
        self._central.append(_directory_entry(file, crc, self._begun))
        return self._passed(struct.pack(form, b"PK\x07\x08", crc, file.size, file.size))

    def end(self) -> bytes:
        """Return the directory."""
        start, count = self._offset, len(self._central)
        directory = b"".join(self._central)
        size, tail = len(directory), b""
        if count >= LARGEST_16 or max(start, size) >= LARGEST_32:
            tail = struct.pack(
                "<4sQ2H2I4Q", b"PK\x06\x06", 44, _MADE_ON_UNIX, _ZIP64, 0, 0,
                count, count, size, start,
            )  # fmt: skip
            tail += struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1)
        shown = min(count, LARGEST_16)
        tail += struct.pack(
            "<4s4H2IH", b"PK\x05\x06", 0, 0, shown, shown, min(size, LARGEST_32),
            min(start, LARGEST_32), 0,
        )  # fmt: skip
        return directory + tail

    def _passed(self, frame: bytes) -> bytes:
        self._offset += len(frame)
        return frame


def zip_length(files: Sequence[PackedFile]) -> int:
    """Return the exact length of an archive of these files, in bytes."""
    frames = ZipFrames()
    around = sum(len(frames.before(one)) + len(frames.after(one, 0)) for one in files)
    return around + sum(one.size for one in files) + len(frames.end())


def _directory_entry(file: PackedFile, crc: int, offset: int) -> bytes:
    name = file.name.encode("utf-8", "replace")
    wide = [one for one in (file.size, file.size, offset) if one >= LARGEST_32]
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size = min(file.size, LARGEST_32)
    return (
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", _MADE_ON_UNIX, _ZIP64 if wide else _PLAIN, _FLAGS, 0,
            *_dos_time(file.modified), crc, size, size, len(name), len(extra), 0, 0, 0,
            _FILE_MODE, min(offset, LARGEST_32),
        )
        + name
        + extra
    )  # fmt: skip


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Return time and date in halves of words: two seconds fine, from 1980 to 2107."""
    utc = moment.astimezone(UTC)
    year = min(max(utc.year, 1980), 2107)
    time = utc.hour << 11 | utc.minute << 5 | utc.second // 2
    return time, (year - 1980) << 9 | utc.month << 5 | utc.day
