"""The storage that other tests use: objects in memory, under the promises of the contract tests."""

import itertools
from collections.abc import AsyncIterable

from shadow.storage.errors import ObjectChanged, ObjectExists, ObjectMissing, StorageFull
from shadow.storage.ports import ObjectFacts, StoredObject
from shadow.storage.service import checked_name, of_size


class MemoryStorage:
    """Holds objects by key. `hold` again changes an object under its readers."""

    def __init__(self, name: str = "memory", *, room: int | None = None) -> None:
        """Take a name, and how many bytes there is room for."""
        self.name = name
        self.objects: dict[bytes, tuple[bytes, ObjectFacts]] = {}
        self.opened = 0
        self.room = room
        self._clock = itertools.count(1_700_000_000_000_000_000)

    def hold(self, key: bytes, content: bytes) -> None:
        self.objects[key] = content, ObjectFacts(len(content), next(self._clock))

    async def stat(self, key: bytes) -> ObjectFacts:
        return self._get(key)[1]

    async def open(self, key: bytes) -> "MemoryReader":
        reader = MemoryReader(self, key, self._get(key)[1])
        self.opened += 1
        return reader

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        checked_name(name)
        held = bytearray()
        async for block in of_size(content, size):
            held += block
            if self.room is not None and len(held) > self.room:
                raise StorageFull("There is no room for the object.")
        if name.encode() in self.objects:
            raise ObjectExists("Something lies under that name already.")
        self.hold(name.encode(), bytes(held))
        return StoredObject(name.encode(), self._get(name.encode())[1])

    async def find(self, name: str) -> StoredObject | None:
        checked_name(name)
        found = self.objects.get(name.encode())
        return StoredObject(name.encode(), found[1]) if found else None

    async def delete(self, key: bytes) -> None:
        self.objects.pop(key, None)

    def name_of(self, key: bytes) -> str | None:
        return key.decode()

    def _get(self, key: bytes) -> tuple[bytes, ObjectFacts]:
        if key not in self.objects:
            raise ObjectMissing("There is no such object.")
        return self.objects[key]


class MemoryReader:
    def __init__(self, storage: MemoryStorage, key: bytes, facts: ObjectFacts) -> None:
        self._storage = storage
        self._key = key
        self.facts = facts
        self._open = True

    async def read(self, offset: int, length: int) -> bytes:
        content, facts = self._storage.objects[self._key]
        if facts != self.facts:
            raise ObjectChanged("The object was changed while it was being read.")
        return content[offset : offset + length]

    async def close(self) -> None:
        self._storage.opened -= self._open
        self._open = False
