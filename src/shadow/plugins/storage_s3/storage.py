"""The storage `s3`: a key is an object's path in the bucket, UTF-8."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import obstore
from obstore.store import S3Store

from shadow.plugins.storage_s3.failures import Failures, lacks_conditions, understood
from shadow.plugins.storage_s3.uploading import PART, upload
from shadow.storage.errors import ObjectChanged, ObjectExists, ObjectMissing
from shadow.storage.ports import Fetch, ObjectFacts, StoredObject
from shadow.storage.service import RangeReader, checked_name, of_size

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta

BLOCK: Final = 256 * 1024
"""Bytes that the client gathers before it hands them on."""
_SECOND: Final = 1_000_000_000


class S3Storage:
    """Objects of one bucket. New ones get the operator's prefix before their name."""

    name = "s3"

    def __init__(self, reading: S3Store, writing: S3Store, *, prefix: str) -> None:
        """Take the connections, and what begins the keys of new objects."""
        self._reading = reading
        self._writing = writing
        self._prefix = f"{prefix}/" if prefix else ""

    async def stat(self, key: bytes) -> ObjectFacts:
        """Return the facts of an object."""
        return _facts(await self._head(_path(key)))

    async def open(self, key: bytes) -> RangeReader:
        """Open an object; all that is read later is of the version it has now."""
        return RangeReader(*await self.ranged(key))

    async def ranged(self, key: bytes) -> tuple[ObjectFacts, Fetch]:
        """Return the facts of the version that an object has now, and how to get its bytes."""
        path = _path(key)
        meta = await self._head(path)
        return _facts(meta), partial(self._fetch, path, meta)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        """Store an object; see `WritableStorage.put`."""
        path = self._new(name)
        await self._refuse_taken(path)
        async with aclosing(of_size(content, size)) as checked:
            if size is not None and size <= PART:
                await self._send_whole(path, b"".join([block async for block in checked]))
            else:
                free = partial(self._refuse_taken, path)
                await upload(self._writing, path, checked, size=size, free=free)
        return StoredObject(path.encode(), _facts(await self._head(path)))

    async def find(self, name: str) -> StoredObject | None:
        """Return the object under a name."""
        path = self._new(name)
        try:
            return StoredObject(path.encode(), _facts(await self._head(path)))
        except ObjectMissing:
            return None

    async def delete(self, key: bytes) -> None:
        """Delete an object; see `WritableStorage.delete`."""
        try:
            await obstore.delete_async(self._writing, _path(key))
        except Failures as error:
            found = understood(error)
            if not isinstance(found, ObjectMissing):
                raise found from error

    def name_of(self, key: bytes) -> str | None:
        """Return the name of an object below the operator's prefix."""
        path = _path(key)
        return path[len(self._prefix) :] if path.startswith(self._prefix) else None

    def _new(self, name: str) -> str:
        checked_name(name)
        return self._prefix + name

    async def _head(self, path: str) -> "ObjectMeta":
        try:
            return await obstore.head_async(self._reading, path)
        except Failures as error:
            raise understood(error) from error

    async def _refuse_taken(self, path: str) -> None:
        try:
            await self._head(path)
        except ObjectMissing:
            return
        raise ObjectExists("Something lies under that name already.")

    async def _send_whole(self, path: str, content: bytes) -> None:
        put = partial(obstore.put_async, self._writing, path, content, use_multipart=False)
        try:
            try:
                await put(mode="create")
            except Failures as error:
                if not lacks_conditions(error):
                    raise
                await put()
        except Failures as error:
            raise understood(error) from error

    async def _fetch(
        self, path: str, meta: "ObjectMeta", start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        options: GetOptions = {"range": (start, stop)}
        if meta["e_tag"]:
            options["if_match"] = meta["e_tag"]
        try:
            answer = await obstore.get_async(self._reading, path, options=options)
            if _facts(answer.meta) != _facts(meta):
                raise ObjectChanged("The object was changed while it was being read. Try again.")
            async for block in answer.stream(min_chunk_size=BLOCK):
                yield block
        except Failures as error:
            found = understood(error)
            if isinstance(found, ObjectMissing):
                found = ObjectChanged("The object was deleted while it was being read.")
            raise found from error


def _path(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise ObjectMissing("There is no such object in the bucket.") from None


def _facts(meta: "ObjectMeta") -> ObjectFacts:
    """Return the facts of an object.

    S3 tells times to the second. What is below it is taken from the ETag, so that two versions of
    one second differ.
    """
    changed: datetime = meta["last_modified"]
    mark = hashlib.sha256((meta["e_tag"] or "").encode()).digest()
    fraction = int.from_bytes(mark[:8]) % _SECOND
    return ObjectFacts(meta["size"], int(changed.timestamp()) * _SECOND + fraction)
