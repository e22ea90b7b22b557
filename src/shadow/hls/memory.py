"""A small memory that forgets what was not asked for longest."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Keep the `most` values used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """Return a value, and count it as used."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, dropping the one unused longest if there are too many."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Forget a value, if it is there."""
        self._held.pop(key, None)

    def keys(self) -> list[Key]:
        """Return what is kept, the longest unused first."""
        return list(self._held)
