"""The storage that other tests use: objects in memory, under the promises of the contract tests."""

import itertools

from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import ObjectFacts


class MemoryStorage:
    """Holds objects by key. `put` again changes an object under its readers."""

    name = "memory"

    def __init__(self) -> None:
        self.objects: dict[bytes, tuple[bytes, ObjectFacts]] = {}
        self.opened = 0
        self._clock = itertools.count(1_700_000_000_000_000_000)

    def put(self, key: bytes, content: bytes) -> None:
        self.objects[key] = content, ObjectFacts(len(content), next(self._clock))

    async def stat(self, key: bytes) -> ObjectFacts:
        return self._get(key)[1]

    async def open(self, key: bytes) -> "MemoryReader":
        reader = MemoryReader(self, key, self._get(key)[1])
        self.opened += 1
        return reader

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
