"""Where the bytes of a document come from."""

import functools
import random
from pathlib import Path
from typing import Any, Protocol

from tests.support.telegram_dc.crypto import Chunk

MIB = 1 << 20
_STRIDE = 486_187  # odd, so that the first 2^20 blocks of 1 MiB all differ


class Content(Protocol):
    """The bytes of one document."""

    size: int

    def read(self, offset: int, length: int) -> Chunk:
        """Read at most `length` bytes; fewer only at the end."""

    def saved(self) -> dict[str, Any]:
        """Say in JSON what `restored` makes this again from."""


class InMemory:
    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self.size = len(content)

    def read(self, offset: int, length: int) -> Chunk:
        return self._content[offset : offset + length]

    def saved(self) -> dict[str, Any]:
        return {"hex": self._content.hex()}


class OnDisk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size

    def read(self, offset: int, length: int) -> Chunk:
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def saved(self) -> dict[str, Any]:
        return {"path": str(self.path)}


@functools.cache
def _random_block(seed: int) -> memoryview:
    block = random.Random(seed).randbytes(MIB)
    return memoryview(block + block)


class Generated:
    """Bytes made from their offset, so that a film of 4 GiB needs neither disk nor memory.

    Each MiB is the same random MiB turned by another distance: a block served at the wrong place
    is a wrong block.
    """

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self._seed = seed
        self._block = _random_block(seed)

    def read(self, offset: int, length: int) -> Chunk:
        end = min(offset + length, self.size)
        pieces = []
        while offset < end:
            start = offset % MIB
            until = min(end - offset, MIB - start) + start
            turned = offset // MIB * _STRIDE % MIB
            pieces.append(self._block[turned + start : turned + until])
            offset += until - start
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def saved(self) -> dict[str, Any]:
        return {"size": self.size, "seed": self._seed}


class Parts:
    """A document as it was uploaded: parts of one length, but for the last."""

    def __init__(self, parts: list[Content]) -> None:
        self._parts = parts
        self._length = parts[0].size
        self.size = sum(part.size for part in parts)

    def read(self, offset: int, length: int) -> Chunk:
        end = min(offset + length, self.size)
        pieces = []
        while offset < end:
            number, start = divmod(offset, self._length)
            piece = self._parts[number].read(start, end - offset)
            pieces.append(piece)
            offset += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def saved(self) -> dict[str, Any]:
        return {"parts": [part.saved() for part in self._parts]}


class Forgotten:
    """An upload of which only the size was kept, as a benchmark of uploads asks."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, offset: int, length: int) -> Chunk:
        return bytes(max(0, min(length, self.size - offset)))

    def saved(self) -> dict[str, Any]:
        return {"forgotten": self.size}


def restored(saved: dict[str, Any]) -> Content:
    """Make a content again from what its `saved` said."""
    if "path" in saved:
        return OnDisk(Path(saved["path"]))
    if "hex" in saved:
        return InMemory(bytes.fromhex(saved["hex"]))
    if "parts" in saved:
        return Parts([restored(part) for part in saved["parts"]])
    if "forgotten" in saved:
        return Forgotten(saved["forgotten"])
    return Generated(saved["size"], saved["seed"])


def content_of(given: bytes | Path | Content, kept: Path | None = None) -> Content:
    """Take a document's content as a test likes to give it; `kept` is where bytes are kept."""
    if isinstance(given, bytes):
        if kept is None:
            return InMemory(given)
        kept.write_bytes(given)
        given = kept
    return OnDisk(given) if isinstance(given, Path) else given
