"""SHA-256 of whole files and objects, off the event loop."""

import asyncio
import hashlib
import os
from io import FileIO
from pathlib import Path
from typing import Final

from shadow.storage.content import open_regular
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import Reader, Report

TURN: Final = 16 << 20
"""Bytes hashed between two reports, and before a cancelled call ends."""
BLOCK: Final = 1 << 20


async def sha256_of(path: Path, report: Report) -> str:
    """Return the SHA-256 of a local file as lower-case hex, hashed in a thread.

    Raises:
        ObjectMissing: there is no such file, or it is a link.
        StorageUnavailable: reading failed.
    """
    file = await asyncio.to_thread(open_regular, path)
    try:
        total = os.fstat(file.fileno()).st_size
        hashing = hashlib.sha256()
        block = memoryview(bytearray(BLOCK))
        done = 0
        while count := await asyncio.to_thread(_turn, file, hashing, block):
            done += count
            report(bytes_done=done, bytes_total=total)
        return hashing.hexdigest()
    finally:
        file.close()


async def sha256_of_object(reader: Reader) -> str:
    """Return the SHA-256 of an open object; the caller closes it. Raises what `read` does."""
    hashing = hashlib.sha256()
    offset = 0
    while block := await reader.read(offset, BLOCK):
        await asyncio.to_thread(hashing.update, block)
        offset += len(block)
    return hashing.hexdigest()


def _turn(file: FileIO, hashing: "hashlib._Hash", block: memoryview) -> int:
    done = 0
    try:
        while done < TURN and (count := file.readinto(block)):
            hashing.update(block[:count])
            done += count
    except OSError as error:
        raise StorageUnavailable(f"The file cannot be read: {error.strerror}.") from error
    return done
