"""A slice on disk: up to 1 MiB of one version of one object, filled block by block.

    0      one entry a block: CRC-32 and a mark, little-endian; zeros where a block is missing
    4096   the blocks, each at its place

An entry is written after its block, so a process may be killed at any time. The CRC begins with a
number made from object and slice: a block is never taken for one of another place. What does not
agree with its entry, after a power cut say, is missing.
"""

import errno
import fcntl
import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final

from shadow.runtime.files import WRITTEN_AT_ONCE
from shadow.storage.ports import ObjectFacts
from shadow.storage.slices.metrics import DAMAGED

BLOCK: Final = 32 * 1024
SLICE: Final = 1 << 20
BLOCKS: Final = SLICE // BLOCK
HEAD: Final = 4096
FULL: Final = HEAD + SLICE
_ENTRY: Final = struct.Struct("<II")
_TABLE: Final = _ENTRY.size * BLOCKS
_MARK: Final = 0x51C3B10C
_NOWAIT: Final[int] = getattr(os, "RWF_NOWAIT", 0)  # Linux only
_HOLDING: Final = threading.Lock()
_NAME: Final = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})-([0-9]{1,9})")


@dataclass(frozen=True)
class Version:
    """One version of one object of one storage: what slices belong to."""

    storage: str
    key: bytes
    facts: ObjectFacts

    @cached_property
    def object_id(self) -> bytes:
        """16 bytes that stand for the object in whatever version."""
        return object_id(self.storage, self.key)

    @cached_property
    def version_id(self) -> bytes:
        """16 bytes that stand for this version of the object."""
        facts = b"%d %d" % (self.facts.size, self.facts.mtime_ns)
        return blake2b(facts, key=self.object_id, digest_size=16).digest()

    def seed(self, number: int) -> int:
        """Return what the CRCs of a slice begin with."""
        return zlib.crc32(self.version_id + number.to_bytes(8))

    def length(self, number: int) -> int:
        """Return the bytes of a slice: `SLICE`, or fewer for the last one."""
        return min(SLICE, self.facts.size - number * SLICE)


def object_id(storage: str, key: bytes) -> bytes:
    """Return 16 bytes that stand for an object."""
    return blake2b(storage.encode() + b"\0" + key, digest_size=16).digest()


def path_below(folder: Path, object_id: bytes, version_id: bytes, number: int) -> Path:
    """Return where a slice lies."""
    name = object_id.hex()
    return folder / name[:2] / f"{name}-{version_id.hex()}-{number}"


def paths_below(folder: Path) -> Iterator[tuple[Path, tuple[bytes, bytes, int]]]:
    """Yield every slice's file and what it is named by: object, version, number. Blocks.

    Whatever else lies there is somebody else's: people may name a folder that is not empty.
    """
    for path in folder.glob("[0-9a-f][0-9a-f]/*-*-*"):
        found = _NAME.fullmatch(path.name)
        if found is not None and path.name.startswith(path.parent.name):
            yield path, (bytes.fromhex(found[1]), bytes.fromhex(found[2]), int(found[3]))


class _Descriptor:
    """An open file's number; closed when forgotten.

    It is no part of `SliceFile`, which weak references lead to. They do until a `__del__` of its
    own would be done: somebody could get hold of a slice whose number is another file's already.
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)


class SliceFile:
    """An open slice. It closes itself when forgotten, never while a thread is still at it."""

    __slots__ = ("__weakref__", "_holds", "_length", "_open", "_seed", "_table", "path")

    def __init__(self, path: Path, version: Version, number: int, *, make: bool) -> None:
        """Open a slice. Blocks.

        Raises:
            FileNotFoundError: there is none, and `make` is false.
            OSError: it can be neither opened nor made, or is another account's.
        """
        self.path = path
        self._seed = version.seed(number)
        self._length = version.length(number)
        self._holds = 0
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if make else 0)
        self._open = _Descriptor(os.open(path, flags, 0o600))
        if os.fstat(self._open.number).st_uid != os.geteuid():  # a CRC says nothing of who wrote it
            raise PermissionError(errno.EPERM, "a slice is another account's")
        self._table = b""
        self.refresh()

    @property
    def gone(self) -> bool:
        """Whether the file was deleted, by whatever process, and nobody here is filling it."""
        return not self._holds and os.fstat(self._open.number).st_nlink == 0

    def refresh(self) -> None:
        """Look again which blocks are there."""
        self._table = os.pread(self._open.number, _TABLE, 0).ljust(_TABLE, b"\0")

    def has(self, block: int) -> bool:
        """Tell whether a block was there at the last look."""
        mark: int = _ENTRY.unpack_from(self._table, block * _ENTRY.size)[1]
        return mark == _MARK

    def read(self, first: int, stop: int, *, wait: bool) -> memoryview | None:
        """Return the bytes of blocks from `first`, up to `stop` or the first one missing.

        Without `wait`, None means that the disk would have to be waited for. Blocks whose bytes do
        not agree with their entry are forgotten, and missing from then on.
        """
        if not self.has(first):
            self.refresh()
        end = first
        while end < stop and self.has(end):
            end += 1
        start = first * BLOCK
        content = bytearray(max(min(end * BLOCK, self._length) - start, 0))
        if not content:
            return memoryview(b"")
        if not (wait or _NOWAIT):
            return None
        try:
            count = os.preadv(self._open.number, (content,), HEAD + start, 0 if wait else _NOWAIT)
        except OSError:
            if not wait:
                return None
            count = 0  # a broken disk: what it does not give agrees with no entry
        if count < len(content) and not wait:
            return None
        content[count:] = bytes(len(content) - count)
        view = memoryview(content)
        for block in range(first, end):
            at = (block - first) * BLOCK
            if zlib.crc32(view[at : at + BLOCK], self._seed) != self._crc(block):
                self._forget(block)
                return view[:at]
        return view

    def write(self, first: int, content: memoryview) -> None:
        """Write whole blocks, then their entries. Blocks.

        Raises:
            OSError: there is no room, or the disk is broken.
        """
        written = 0
        while written < len(content):
            at = HEAD + first * BLOCK + written
            piece = content[written : written + WRITTEN_AT_ONCE]
            written += os.pwrite(self._open.number, piece, at)
        entries = b"".join(
            _ENTRY.pack(zlib.crc32(content[at : at + BLOCK], self._seed), _MARK)
            for at in range(0, len(content), BLOCK)
        )
        if os.pwrite(self._open.number, entries, first * _ENTRY.size) < len(entries):
            raise OSError("short write")

    def hold(self) -> bool:
        """Become the one process that fills the slice; false when another one is.

        May be called again while it is held. A process that dies lets go.
        """
        with _HOLDING:
            if not self._holds:
                try:
                    fcntl.flock(self._open.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
            self._holds += 1
        return True

    def let_go(self) -> None:
        """Undo one `hold`."""
        with _HOLDING:
            self._holds -= 1
            if not self._holds:
                fcntl.flock(self._open.number, fcntl.LOCK_UN)

    def _crc(self, block: int) -> int:
        crc: int = _ENTRY.unpack_from(self._table, block * _ENTRY.size)[0]
        return crc

    def _forget(self, block: int) -> None:
        DAMAGED.inc()
        at = block * _ENTRY.size
        self._table = self._table[:at] + bytes(_ENTRY.size) + self._table[at + _ENTRY.size :]
        with suppress(OSError):
            os.pwrite(self._open.number, bytes(_ENTRY.size), at)
