"""How much an archive may hold, counted over all that lies in it, archives in archives too."""

from dataclasses import dataclass

from shadow.ingest.archives.errors import ArchiveRefused

FREE_OF_RATIO = 64 << 20
"""Bytes that any archive may unpack to, however small it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one archive.

    `total` is in bytes unpacked, `ratio` of that to the archive's own size, `count` of entries,
    `nesting` of archives in archives, `name` in bytes of one name, `depth` of folders.
    """

    total: int = 1 << 40
    ratio: int = 100
    count: int = 20_000
    nesting: int = 3
    name: int = 255
    depth: int = 16


class Budget:
    """What is left of the limits while one archive is taken apart."""

    def __init__(self, limits: Limits, size: int) -> None:
        """Take the limits and the size in bytes of the archive that came."""
        self.limits = limits
        self._size = max(size, 1)
        self._bytes = 0
        self._entries = 0

    def entry(self) -> None:
        """Count one entry. Raises `ArchiveRefused` beyond the limit."""
        self._entries += 1
        if self._entries > self.limits.count:
            raise ArchiveRefused(
                f"The archive holds more than {self.limits.count:,} files. It was not unpacked."
            )

    def take(self, count: int) -> None:
        """Count unpacked bytes before they are written. Raises `ArchiveRefused` beyond a limit."""
        self._bytes += count
        if self._bytes > self.limits.total:
            raise ArchiveRefused(
                f"The archive unpacks to more than {self.limits.total / 1e9:,.1f} GB, which is the "
                "limit (SHADOW_INGEST__MAX_BYTES)."
            )
        if self._bytes > FREE_OF_RATIO and self._bytes > self._size * self.limits.ratio:
            raise ArchiveRefused(
                f"The archive unpacks to more than {self.limits.ratio} times its size: films do "
                "not, so it is taken for a trap."
            )

    def would_take(self, count: int) -> None:
        """Refuse at once what says of itself that it is too much."""
        before = self._bytes
        self.take(max(count, 0))
        self._bytes = before
