"""Hash a file while aria2 fetches it, nearly from front to back."""

from pathlib import Path

from shadow.plugins.source_aria2.transfer import Status, Transfer
from shadow.runtime.filter_proxy import Lease
from shadow.storage.service import GrowingHash

SLACK = 1 << 20
"""Bytes of handshakes and heads that come on top of a file."""


class Ahead:
    """The hash of one download, if it can be had before the end."""

    def __init__(self, path: Path) -> None:
        """Hash what will be at `path`. Of a file that is there in part nothing is known."""
        self._path = path
        self._fresh = not path.exists()
        self._in_parts = False
        self._hash = GrowingHash(path)

    def look(self, status: Status) -> None:
        """Take up a status of the download, as aria2 tells it."""
        self._in_parts |= int(status.get("connections", "0")) > 1
        if self._fresh:
            self._hash.grown(final_bytes(status))

    async def digest(self, transfer: Transfer, lease: Lease) -> str | None:
        """Return the SHA-256 of the finished file; None if it has to be read again for that.

        A server that cannot send parts is asked for all of it again when it breaks off: other
        bytes may have taken the place of hashed ones.
        """
        size = self._path.stat().st_size
        once = self._in_parts or lease.received <= size + size // 50 + SLACK
        sound = self._fresh and once and transfer.begun == 1
        return await self._hash.digest(size) if sound else None

    async def stop(self) -> None:
        """Hash no further."""
        await self._hash.stop()


def final_bytes(status: Status) -> int:
    """Return how many bytes at the beginning of a file are there, all pieces in a row."""
    pieces = status.get("bitfield", "")
    whole = len(pieces) - len(pieces.lstrip("f"))  # four pieces a digit, the first one highest
    rest = int(pieces[whole : whole + 1] or "0", 16)
    count = whole * 4 + next(bit for bit in range(5) if not rest & 8 >> bit)
    return min(count * int(status.get("pieceLength", "0")), int(status["totalLength"]))
