"""The storage `telegram`: a key is an object's name, UTF-8. All work is the telegram slice's."""

from collections.abc import AsyncIterable

from shadow.runtime.context import Runtime
from shadow.storage.ports import Fetch, ObjectFacts, StoredObject
from shadow.storage.service import RangeReader
from shadow.telegram import service as telegram


class TelegramStorage:
    """Objects in a channel of Telegram, each in one document or several."""

    name = "telegram"

    def __init__(self, runtime: Runtime) -> None:
        """Take the Runtime whose accounts and channels are used."""
        self._runtime = runtime

    async def stat(self, key: bytes) -> ObjectFacts:
        """Return the facts of an object."""
        return await telegram.stat_object(self._runtime, key)

    async def open(self, key: bytes) -> RangeReader:
        """Open an object, past the slice cache."""
        facts, fetch = await self.ranged(key)
        return RangeReader(facts, fetch)

    async def ranged(self, key: bytes) -> tuple[ObjectFacts, Fetch]:
        """Return the facts of an object and how to read it; see `Ranged.ranged`."""
        opened = await telegram.open_object(self._runtime, key)
        return opened.facts, telegram.fetch_object(self._runtime, opened)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        """Store an object; see `WritableStorage.put`. After a kill the same call goes on."""
        return await telegram.put_object(self._runtime, name, content, size=size)

    async def find(self, name: str) -> StoredObject | None:
        """Return the object under a name."""
        return await telegram.find_object(self._runtime, name)

    async def delete(self, key: bytes) -> None:
        """Delete an object and its messages; see `WritableStorage.delete`."""
        await telegram.delete_object(self._runtime, key)

    def name_of(self, key: bytes) -> str | None:
        """Return the name of an object: its key."""
        try:
            return key.decode()
        except UnicodeDecodeError:
            return None
