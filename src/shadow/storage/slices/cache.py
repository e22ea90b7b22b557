"""The cache as a whole: which objects are open here, and what is known of them."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shadow.storage.errors import ObjectMissing
from shadow.storage.ports import Fetch, ObjectFacts, Ranged, Reader
from shadow.storage.ranges import RangeReader
from shadow.storage.slices.index import SPARE, SliceIndex
from shadow.storage.slices.layout import Version
from shadow.storage.slices.objects import FarObject
from shadow.storage.slices.reader import SliceReader
from shadow.storage.slices.runs import AHEAD_AT_ONCE, WAITED_AT_ONCE, Turns
from shadow.storage.slices.store import SliceStore

KNOWN_SECONDS: Final = 1.0
"""How long the facts of an object are believed: a player opens one several times at once."""
KNOWN: Final = 512
"""Objects remembered that nobody reads."""


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How many slices this machine has, their bytes, and the bytes that they may have now."""

    slices: int
    bytes: int
    allowed: int


class SliceCache:
    """Objects of storages far away, read through slices on this machine's disk."""

    def __init__(
        self,
        folder: Path,
        *,
        limit: int,
        spare: int = SPARE,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Keep slices below `folder`, `limit` bytes of them at most; 0: none."""
        self._folder = folder
        self._limit = limit
        self._now = now
        self._index = SliceIndex(folder, limit=limit, spare=spare, now=now)
        self._store = SliceStore(self._index)
        self._turns: dict[str, tuple[Turns, Turns]] = {}
        self._objects: OrderedDict[Version, FarObject] = OrderedDict()
        self._facts: OrderedDict[
            tuple[str, bytes], tuple[float, asyncio.Task[tuple[ObjectFacts, Fetch]]]
        ] = OrderedDict()

    def open(self, storage: str, key: bytes, facts: ObjectFacts, fetch: Fetch) -> Reader:
        """Return a reader of an object; the caller closes it.

        An object without a time (`mtime_ns` is 0) is read past the cache: one version of it could
        not be told from the next.
        """
        if not self._limit or not facts.mtime_ns:
            return RangeReader(facts, fetch)
        version = Version(storage, key, facts)
        far = self._objects.get(version)
        if far is None:
            waited, ahead = self._turns.setdefault(
                storage, (Turns(WAITED_AT_ONCE), Turns(AHEAD_AT_ONCE))
            )
            far = self._objects[version] = FarObject(
                version, fetch, self._store, waited=waited, ahead=ahead
            )
        far.fetch_from = fetch
        self._objects.move_to_end(version)
        self._forget_idle()
        return SliceReader(far, self._now)

    async def open_from(self, storage: Ranged, name: str, key: bytes) -> Reader:
        """Return a reader of an object as it was in the storage a second ago at most.

        Raises:
            ShadowError: what `Ranged.ranged` raises.
        """
        asked, task = self._facts.get((name, key), (0.0, None))
        if task is None or time.monotonic() - asked > KNOWN_SECONDS:
            task = asyncio.ensure_future(storage.ranged(key))
            task.add_done_callback(_looked_at)
            self._facts[name, key] = time.monotonic(), task
            self._facts.move_to_end((name, key))
            if len(self._facts) > KNOWN:
                self._facts.popitem(last=False)
        try:
            facts, fetch = await asyncio.shield(task)
        except Exception:
            self._forget_facts(name, key, task)
            raise
        return self.open(name, key, facts, fetch)

    async def purge(self, storage: str, key: bytes) -> None:
        """Delete what is kept of an object that was deleted. Who reads it gets `ObjectMissing`.

        Call it after the object is gone from its storage: nothing of it comes back then, in other
        processes of this machine neither.
        """
        self._facts.pop((storage, key), None)
        for version in [one for one in self._objects if (one.storage, one.key) == (storage, key)]:
            self._objects.pop(version).stop(ObjectMissing("The object was deleted."))
        if self._begun:
            await self._store.purge(storage, key)

    async def clear(self) -> None:
        """Delete all slices of this machine. Who reads goes on, and fetches anew."""
        if self._begun:
            await self._store.clear()

    async def stats(self) -> CacheStats:
        """Return what the cache of this machine holds."""
        count, held = await self._store.sizes() if self._begun else (0, 0)
        return CacheStats(count, held, self._index.allowed)

    def start(self) -> None:
        """Begin to keep to a limit that may be lower than it was; returns at once."""
        if self._begun:
            self._store.trim()

    async def close(self) -> None:
        """Stop fetching and let go of all files."""
        for far in list(self._objects.values()):
            await far.close()
        await self._store.close()

    @property
    def _begun(self) -> bool:
        return bool(self._limit) and self._folder.exists()

    def _forget_idle(self) -> None:
        if len(self._objects) > KNOWN:
            for version in [one for one, far in self._objects.items() if far.idle][: KNOWN // 2]:
                del self._objects[version]

    def _forget_facts(
        self, name: str, key: bytes, task: asyncio.Task[tuple[ObjectFacts, Fetch]]
    ) -> None:
        if self._facts.get((name, key), (0.0, None))[1] is task:
            del self._facts[name, key]


def _looked_at(task: asyncio.Task[tuple[ObjectFacts, Fetch]]) -> None:
    """Take an error that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
