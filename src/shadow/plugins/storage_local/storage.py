"""The storage `local`: library folders on this machine's disks and mounts."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any, Final, TypeVar

from shadow.plugins.storage_local.blocks import BlockPool
from shadow.plugins.storage_local.deleting import delete_file
from shadow.plugins.storage_local.files import facts_of, open_file
from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.writing import Incoming, adopt, find_file
from shadow.storage.errors import (
    ObjectChanged,
    ObjectMissing,
    ObjectOutside,
    StorageUnavailable,
)
from shadow.storage.ports import ObjectFacts, StoredObject
from shadow.storage.service import checked_name, of_size

Result = TypeVar("Result")
THREADS: Final = 16
"""As many reads may wait for disks at once; of its own, so a hung mount stops nothing else."""
_READ_CACHED: Final[int | None] = getattr(os, "RWF_NOWAIT", None)  # Linux only
_NOT_THERE: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class LocalStorage:
    """Read files below the given folders; a key is the absolute path as bytes.

    New files go below the managed folder, which `announce` makes a library folder.
    """

    name = "local"

    def __init__(
        self,
        folders: KnownFolders,
        managed: Path,
        announce: Callable[[], Awaitable[None]],
    ) -> None:
        """Take the folders to serve, the one for new files, and whom to tell of it."""
        self._folders = folders
        self._managed = os.path.abspath(os.fsencode(managed))  # noqa: PTH100 bytes
        self._announce = announce
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="storage-local")
        self._blocks = BlockPool()

    async def stat(self, key: bytes) -> ObjectFacts:
        """Return the facts of the file; it is opened to learn them, under the same rules."""
        reader = await self.open(key)
        try:
            return reader.facts
        finally:
            await reader.close()

    async def open(self, key: bytes) -> "LocalReader":
        """Open the file; see `open_file` for what is refused."""
        try:
            return await self._open(key, await self._folders.current())
        except ObjectOutside:
            return await self._open(key, await self._folders.anew())

    async def _open(self, key: bytes, roots: Sequence[bytes]) -> "LocalReader":
        file, facts = await asyncio.get_running_loop().run_in_executor(
            self._threads, _open_with_facts, key, roots
        )
        return LocalReader(file, facts, threads=self._threads, blocks=self._blocks)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        """Store a file in the managed folder; see `WritableStorage.put`."""
        parts = [part.encode() for part in checked_name(name)]
        await self._announce()
        making = asyncio.get_running_loop().run_in_executor(
            self._threads, Incoming, self._managed, parts, size
        )
        try:
            incoming = await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(_drop_made)
            raise
        return await self._fill(incoming, name, of_size(content, size))

    async def _fill(
        self, incoming: Incoming, name: str, content: AsyncIterable[bytes]
    ) -> StoredObject:
        turn: asyncio.Future[Any] | None = None
        run = asyncio.get_running_loop().run_in_executor
        try:
            async for block in content:
                turn = run(self._threads, incoming.write, block)
                await asyncio.shield(turn)
            turn = run(self._threads, incoming.flush)
            await asyncio.shield(turn)
            keeping = run(self._threads, incoming.keep)
            turn = keeping
            facts = await asyncio.shield(keeping)
        except BaseException:
            if turn is not None and not turn.done():  # cancelled: the thread is still at it
                turn.add_done_callback(partial(_drop_after, incoming))
            else:
                incoming.drop()
            raise
        incoming.close()
        return StoredObject(self._key(name), facts)

    async def take(self, path: Path, name: str) -> StoredObject | None:
        """Link a finished file into the managed folder; see `TakesFiles.take`."""
        parts = [part.encode() for part in checked_name(name)]
        await self._announce()
        key = self._key(name)
        taking = asyncio.get_running_loop().run_in_executor(
            self._threads, _take, os.fsencode(path), self._managed, parts
        )
        try:
            facts = await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(partial(self._give_back, key))
            raise
        return StoredObject(key, facts) if facts else None

    def _give_back(self, key: bytes, taking: asyncio.Future[ObjectFacts | None]) -> None:
        """Delete what was taken after all, for a caller who is gone."""
        if taking.exception() is None and taking.result() is not None:
            self._threads.submit(delete_file, key, [self._managed], self._managed)

    async def find(self, name: str) -> StoredObject | None:
        """Return the file that lies under a name in the managed folder."""
        parts = [part.encode() for part in checked_name(name)]
        facts = await self._in_thread(partial(find_file, self._managed, parts))
        return StoredObject(self._key(name), facts) if facts else None

    async def delete(self, key: bytes) -> None:
        """Delete a file of any library folder, and folders of ours that are empty then."""
        roots = [self._managed, *await self._folders.anew()]
        await self._in_thread(partial(delete_file, key, roots, self._managed))

    def name_of(self, key: bytes) -> str | None:
        """Return the name of a file of the managed folder; those of other folders have none."""
        top = self._managed + b"/"
        try:
            return key[len(top) :].decode() if key.startswith(top) else None
        except UnicodeDecodeError:
            return None

    def path_of(self, key: bytes) -> Path | None:
        """Return the path of a file that lies below the folders known a few seconds ago."""
        real = os.path.realpath(key)
        for folder in (self._managed, *self._folders.known):
            if real.startswith(os.path.realpath(folder).rstrip(b"/") + b"/"):
                return Path(os.fsdecode(key))
        return None

    def _key(self, name: str) -> bytes:
        return self._managed + b"/" + name.encode()

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Forget the threads; reads under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LocalReader:
    """An open file. What lies in the page cache is read at once, the rest in a thread."""

    def __init__(
        self, file: FileIO, facts: ObjectFacts, *, threads: ThreadPoolExecutor, blocks: BlockPool
    ) -> None:
        self._file = file
        self._facts = facts
        self._threads = threads
        self._blocks = blocks
        self._cached = _READ_CACHED
        self._waiting: asyncio.Future[tuple[int, ObjectFacts]] | None = None

    @property
    def facts(self) -> ObjectFacts:
        """Size and modification time when the file was opened."""
        return self._facts

    @property
    def path(self) -> bytes:
        """The path by which the file was opened, links resolved."""
        name: bytes = self._file.name  # what `FileIO` was made with
        return name

    async def read(self, offset: int, length: int) -> bytearray | memoryview:
        """Return 1 to `length` bytes; see `Reader.read`."""
        block = self._blocks.take(min(length, max(self._facts.size - offset, 0)))
        count, facts = self._read_cached(block, offset) or await self._read_waiting(block, offset)
        if facts != self._facts or (block and not count):
            raise ObjectChanged("The file was changed while it was being read. Try again.")
        return block if count == len(block) else memoryview(block)[:count]

    async def close(self) -> None:
        """Close the file, once a read that still runs in a thread is done with it."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.add_done_callback(lambda _done: self._file.close())
        else:
            self._file.close()

    def _read_cached(self, block: bytearray, offset: int) -> tuple[int, ObjectFacts] | None:
        """Fill from the page cache; None when the disk would have to be waited for."""
        if self._cached is None:
            return None
        try:
            return _fill(self._file.fileno(), block, offset, self._cached)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise _unreadable(error) from error
            self._cached = None  # this file system cannot say; ask no more
            return None

    async def _read_waiting(self, block: bytearray, offset: int) -> tuple[int, ObjectFacts]:
        """Fill in a thread, which may be left to finish by itself when the caller is cancelled."""
        self._waiting = asyncio.get_running_loop().run_in_executor(
            self._threads, _fill, self._file.fileno(), block, offset, 0
        )
        try:
            return await asyncio.shield(self._waiting)
        except OSError as error:
            raise _unreadable(error) from error


def _open_with_facts(key: bytes, roots: Sequence[bytes]) -> tuple[FileIO, ObjectFacts]:
    file = open_file(key, roots)
    return file, facts_of(file.fileno())


def _drop_made(making: asyncio.Future[Incoming]) -> None:
    if not making.cancelled() and making.exception() is None:
        making.result().drop()


def _drop_after(incoming: Incoming, turn: asyncio.Future[Any]) -> None:
    turn.exception()  # whoever gave up does not want to know
    incoming.drop()


def _take(path: bytes, managed: bytes, parts: Sequence[bytes]) -> ObjectFacts | None:
    try:
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ObjectMissing("The file to store is not there.") from error
    try:
        if not stat.S_ISREG(os.fstat(source).st_mode):
            raise ObjectMissing("What is to be stored is no file.")
        return adopt(source, managed, parts)
    finally:
        os.close(source)


def _fill(descriptor: int, block: bytearray, offset: int, flags: int) -> tuple[int, ObjectFacts]:
    """Read into `block`, then look at the file: if its time is unchanged, so were the bytes."""
    return os.preadv(descriptor, (block,), offset, flags), facts_of(descriptor)


def _unreadable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"The file cannot be read: {error.strerror}.")
