"""The port `storage`. Small on purpose: what only some storages can do is a Protocol of its own."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What identifies the bytes under a key: `size` in bytes, `mtime_ns` since 1970.

    Equal facts promise equal bytes; a strong ETag is made from them.
    """

    size: int
    mtime_ns: int


@runtime_checkable
class Reader(Protocol):
    """An object opened for reading at any offset, by one caller at a time."""

    @property
    def facts(self) -> ObjectFacts:
        """The facts of what was opened, which all bytes read belong to."""
        ...

    async def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        """Return 1 to `length` bytes from `offset`, or nothing at and past the end.

        The buffer belongs to the caller: it is not written to again. Never blocks the event loop.

        Raises:
            ObjectChanged: the object is no longer the one of `facts`; nothing more is to be sent.
            StorageUnavailable: reading failed.
        """
        ...

    async def close(self) -> None:
        """Let go of the object. May be called twice, and while a cancelled read still runs."""
        ...


@runtime_checkable
class Storage(Protocol):
    """Somewhere objects can be read from. Keys are exact bytes, as the catalogue keeps them."""

    name: str

    async def stat(self, key: bytes) -> ObjectFacts:
        """Return the facts of the object under `key`.

        Raises:
            ObjectMissing, ObjectOutside, StorageUnavailable.
        """
        ...

    async def open(self, key: bytes) -> Reader:
        """Open the object under `key`; the caller closes it.

        Raises:
            ObjectMissing, ObjectOutside, StorageUnavailable.
        """
        ...
