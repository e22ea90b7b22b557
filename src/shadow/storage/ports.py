"""The port `storage`. Small on purpose: what only some storages can do is a Protocol of its own."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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


Fetch = Callable[[int, int], AsyncGenerator[bytes, None]]
"""Yields the bytes from one offset up to another, in blocks of any size; closed early, it stops.

Raises `ObjectChanged` when the object is not the one that was opened, else `StorageUnavailable` or
another `ShadowError`.
"""


@runtime_checkable
class Ranged(Protocol):
    """A storage far away, whose objects are read through the slice cache of this machine."""

    async def ranged(self, key: bytes) -> tuple[ObjectFacts, Fetch]:
        """Return the facts of the object under `key`, and how to get its bytes.

        The function works until the object changes, for any number of callers at once. Cheap to
        call: facts may be a second or two old, for `Fetch` tells when they are wrong.

        Raises:
            ObjectMissing, ObjectOutside, StorageUnavailable.
        """
        ...


@runtime_checkable
class Report(Protocol):
    """Where something long tells how far it is."""

    def __call__(self, *, bytes_done: int, bytes_total: int) -> None:
        """Take the latest state; cheap."""
        ...


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What `put` made: the key under which it is read from now on, and its facts."""

    key: bytes
    facts: ObjectFacts


@runtime_checkable
class WritableStorage(Storage, Protocol):
    """A storage that takes new objects. Whole or not at all: no reader ever sees a part of one."""

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        """Store an object under a relative name such as `Films/Nosferatu (1922)/….mkv`.

        Streamed: memory does not grow with the object. Raised errors and a kill leave nothing under
        the name.

        Raises:
            ObjectExists: something lies under that name; nothing is overwritten.
            ObjectOutside: the name is absolute, or leads out by `..`.
            StorageFull: there is no room.
            StorageUnavailable: writing failed.
        """
        ...

    async def find(self, name: str) -> StoredObject | None:
        """Return what lies under a relative name, if anything does."""
        ...

    async def delete(self, key: bytes) -> None:
        """Delete an object; one that is gone already is fine.

        Raises:
            ObjectOutside, StorageUnavailable.
        """
        ...


@runtime_checkable
class TakesFiles(Protocol):
    """A storage that can make a file of this machine its own without copying it."""

    async def take(self, path: Path, name: str) -> StoredObject | None:
        """Store a finished local file under a relative name, by a second name for the same bytes.

        The caller may delete `path` afterwards and must not write to it. Returns None when it can
        only be copied: it lies on another disk, say.

        Raises:
            ObjectExists, ObjectOutside, ObjectMissing, StorageFull, StorageUnavailable.
        """
        ...


@runtime_checkable
class NamesObjects(Protocol):
    """A storage that can put an object back under the key that it had."""

    def name_of(self, key: bytes) -> str | None:
        """Return the name whose `put` gives this key; None for a key that `put` does not make."""
        ...


@runtime_checkable
class LocalPaths(Protocol):
    """A storage whose objects are files of this machine, which programs may open by path."""

    def path_of(self, key: bytes) -> Path | None:
        """Return the path of an object, if it may be opened here."""
        ...


@runtime_checkable
class OnDisk(Protocol):
    """A reader of a file of this machine, which another program here may open too."""

    @property
    def path(self) -> bytes:
        """The file's own path: absolute, and none of its folders is a link."""
        ...


@runtime_checkable
class ReadableMirror(Protocol):
    """A mirror (a host that keeps copies, see `ingest`) that copies can be read back from."""

    async def open(self, copy_id: str) -> Reader:
        """Open a copy for reading by range; the caller closes it. Raises what storages do."""
        ...


@dataclass(frozen=True, slots=True)
class Remote:
    """A far end that a storage was told of: `kind` of service, and which `options` are set.

    Values of options are secrets as a rule and never leave the storage.
    """

    name: str
    kind: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoteState:
    """Whether a remote answered, and what it said if not."""

    ok: bool
    detail: str


@runtime_checkable
class Remotes(Protocol):
    """A storage whose far ends an admin sets up at run time."""

    async def list_remotes(self) -> Sequence[Remote]:
        """Return the remotes by name."""
        ...

    async def create_remote(self, name: str, kind: str, options: Mapping[str, str]) -> Remote:
        """Set up a remote of a kind with its options, passwords in plain text.

        Raises:
            RemoteTaken: there is one of that name.
            RemoteRefused: the kind or an option is unknown, not allowed, or missing.
            StorageUnavailable.
        """
        ...

    async def delete_remote(self, name: str) -> None:
        """Forget a remote; what lies there stays. One that is gone already is fine.

        Raises:
            RemoteInUse: new files go there.
            StorageUnavailable.
        """
        ...

    async def test_remote(self, name: str) -> RemoteState:
        """Try to list a remote's top folder.

        Raises:
            RemoteMissing, StorageUnavailable.
        """
        ...
