"""The bytes on their way into a storage: read from a file, counted, proved to be the right ones."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable
from io import FileIO
from pathlib import Path
from typing import Final

from shadow.storage.errors import ObjectChanged, ObjectMissing, StorageUnavailable
from shadow.storage.ports import Reader, Report

BLOCK: Final = 1 << 20
"""Bytes read at a time: large enough that the hop to a thread costs little."""

_NO_FILE: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}
)


async def file_content(
    path: Path, report: Report, *, sha256: str | None = None
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a local file, read in a thread and reported as they go.

    With `sha256` the end is not reached unless the bytes had that hash: who stores whole objects
    or nothing then stores none that is not the expected one.

    Raises:
        ObjectMissing: there is no such file, or it is a link.
        ObjectChanged: the bytes are not the expected ones.
        StorageUnavailable: reading failed.
    """
    file = await asyncio.to_thread(open_regular, path)
    hashing = hashlib.sha256() if sha256 else None
    total = os.fstat(file.fileno()).st_size
    done = 0
    coming = asyncio.ensure_future(asyncio.to_thread(_read, file, hashing))
    try:
        while block := await coming:
            # The next block is read and hashed while this one is written.
            coming = asyncio.ensure_future(asyncio.to_thread(_read, file, hashing))
            yield block
            done += len(block)
            report(bytes_done=done, bytes_total=total)
    finally:
        await asyncio.gather(coming, return_exceptions=True)
        file.close()
    if hashing and hashing.hexdigest() != sha256:
        raise ObjectChanged("The file is not the one that was checked: its SHA-256 differs.")


async def object_content(
    reader: Reader, report: Report, *, sha256: str | None = None
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of an open object; with `sha256` only if they have that hash to the end.

    Raises:
        ObjectChanged: the bytes are not the expected ones.
        ShadowError: what `Reader.read` raises.
    """
    hashing, offset, size = hashlib.sha256(), 0, reader.facts.size

    async def following() -> bytes:
        block = bytes(await reader.read(offset, BLOCK)) if offset < size else b""
        if offset < size and not block:
            raise ObjectChanged("The object ended before its size.")
        if sha256 is not None:
            await asyncio.to_thread(hashing.update, block)
            if offset + len(block) >= size and hashing.hexdigest() != sha256:
                raise ObjectChanged("The object is not what it was: its SHA-256 differs.")
        return block

    coming = asyncio.ensure_future(following())
    try:
        while block := await coming:
            offset += len(block)
            # The next block is read and hashed while this one is written.
            coming = asyncio.ensure_future(following())
            yield block
            report(bytes_done=offset, bytes_total=size)
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def of_size(content: AsyncIterable[bytes], size: int | None) -> AsyncGenerator[bytes, None]:
    """Yield the content on; its end is reached only if it had `size` bytes, where that is known.

    Raises:
        ObjectChanged: there were more or fewer.
    """
    done = 0
    async for block in content:
        done += len(block)
        if size is not None and done > size:
            break
        yield block
    if size is not None and done != size:
        raise ObjectChanged("The content is longer or shorter than it was said to be.")


def open_regular(path: Path) -> FileIO:
    """Open a file that must be one, and no link, unbuffered. Blocks.

    Raises:
        ObjectMissing, StorageUnavailable.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        file = FileIO(path, opener=lambda name, _flags: os.open(name, flags))
    except OSError as error:
        if error.errno in _NO_FILE:
            raise ObjectMissing("The file to store is not there.") from error
        raise StorageUnavailable(f"The file cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ObjectMissing("What is to be stored is no file.")
    return file


def _read(file: FileIO, hashing: "hashlib._Hash | None") -> bytes:
    try:
        block = file.read(BLOCK)
    except OSError as error:
        raise StorageUnavailable(f"The file cannot be read: {error.strerror}.") from error
    if hashing:
        hashing.update(block)
    return block
