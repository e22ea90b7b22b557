"""The storage `local`: library folders on this machine's disks and mounts."""

import asyncio
import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from typing import Final

from shadow.plugins.storage_local.blocks import BlockPool
from shadow.plugins.storage_local.files import facts_of, open_file
from shadow.plugins.storage_local.folders import KnownFolders
from shadow.storage.errors import ObjectChanged, ObjectOutside, StorageUnavailable
from shadow.storage.ports import ObjectFacts

THREADS: Final = 16
"""As many reads may wait for disks at once; of its own, so a hung mount stops nothing else."""
_READ_CACHED: Final[int | None] = getattr(os, "RWF_NOWAIT", None)  # Linux only
_NOT_THERE: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})


class LocalStorage:
    """Read files below the given folders; a key is the absolute path as bytes."""

    name = "local"

    def __init__(self, folders: KnownFolders) -> None:
        """Take the folders to serve; they are asked for each time a file is opened."""
        self._folders = folders
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


def _fill(descriptor: int, block: bytearray, offset: int, flags: int) -> tuple[int, ObjectFacts]:
    """Read into `block`, then look at the file: if its time is unchanged, so were the bytes."""
    return os.preadv(descriptor, (block,), offset, flags), facts_of(descriptor)


def _unreadable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"The file cannot be read: {error.strerror}.")
