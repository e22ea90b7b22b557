"""SHA-256 of a file while it is still being written, so that nobody has to read it afterwards."""

import asyncio
import hashlib
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final

from shadow.kit.errors import ShadowError
from shadow.storage.content import open_regular
from shadow.storage.errors import StorageUnavailable

BLOCK: Final = 1 << 20
TURN: Final = 8 << 20
"""Bytes hashed before a look whether it is still wanted."""


class GrowingHash:
    """Hashes the beginning of a file as far as it is finished, in a thread, behind its writer.

    Whoever writes tells how far the bytes are final. Should that ever go back, what was hashed may
    be of bytes that are gone: then there is no hash.
    """

    def __init__(self, path: Path) -> None:
        """Hash the file at `path`, which need not be there yet."""
        self._path = path
        self._hashing = hashlib.sha256()
        self._done = 0
        self._final = 0
        self._spoilt = False
        self._grown = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def grown(self, size: int) -> None:
        """Tell that the first `size` bytes are final."""
        if size < self._final:
            self._spoilt = True
        self._final = size
        if size > self._done and not self._spoilt:
            self._task = self._task or asyncio.create_task(self._follow())
            self._grown.set()

    async def digest(self, size: int) -> str | None:
        """Return the hash of the whole file of that size, lower-case hex; None if it was spoilt."""
        self.grown(size)
        while not self._spoilt and self._done < size and self._task and not self._task.done():
            await asyncio.sleep(0.005)
        whole = not self._spoilt and self._done == size
        await self.stop()
        return self._hashing.hexdigest() if whole else None

    async def stop(self) -> None:
        """Hash no further."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _follow(self) -> None:
        with suppress(ShadowError):  # then there is no hash, and it is made as usual
            file = await asyncio.to_thread(open_regular, self._path)
            try:
                await self._hash(file)
            finally:
                file.close()

    async def _hash(self, file: FileIO) -> None:
        block = memoryview(bytearray(BLOCK))
        while True:
            self._grown.clear()
            while self._done < self._final:
                turn = min(TURN, self._final - self._done)
                # A thread cannot be stopped: it has to be done with the file before it is closed.
                hashing = asyncio.ensure_future(asyncio.to_thread(self._turn, file, block, turn))
                try:
                    count = await asyncio.shield(hashing)
                finally:
                    if not hashing.done():
                        await asyncio.wait({hashing})
                if not count:
                    return
                self._done += count
            await self._grown.wait()

    def _turn(self, file: FileIO, block: memoryview, most: int) -> int:
        done = 0
        try:
            while done < most and (count := file.readinto(block[: most - done])):
                self._hashing.update(block[:count])
                done += count
        except OSError as error:
            raise StorageUnavailable(f"The file cannot be read: {error.strerror}.") from error
        return done
