"""Hand a catalogued file to a program or worker: by path where it has one, else lent over loopback.

A far file is read through `open_file`, so that it goes on from a copy when its storage fails.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from shadow.catalog.reading import FileBytes, open_file
from shadow.runtime.context import Runtime
from shadow.runtime.range_server import RangeServer
from shadow.storage.errors import ObjectChanged
from shadow.storage.ports import ObjectFacts, Reader
from shadow.storage.service import open_at

LOCAL: Final = "local"
REPLACED: Final = "The file was replaced by another one. Scan the library, then open it again."


@asynccontextmanager
async def range_server_open(runtime: Runtime) -> AsyncIterator[RangeServer]:
    """Hold what lends far files as long as the process runs; it listens when it first does."""
    server = RangeServer()
    try:
        yield server
    finally:
        await server.close()


def lies_here(file: FileBytes) -> bool:
    """Tell whether a file is one of this machine's disks, which programs open by its path."""
    return file.storage == LOCAL


@asynccontextmanager
async def lent_file(
    runtime: Runtime, file: FileBytes, *, linger: float = 0.0
) -> AsyncIterator[bytes]:
    """Yield what a worker or program opens a file by: its path, or the address it is lent under.

    The address of a far file is good until the block ends, and `linger` seconds more.

    Raises:
        ObjectMissing, ObjectChanged, StorageUnavailable: at the end of the block, whatever it made
            of the file: it could not be read from any place, or is another one now.
    """
    if lies_here(file):
        yield file.key
        return
    opens = partial(_opened, partial(open_file, runtime, file), file.facts)
    lent = runtime.part(RangeServer).lend(file, opens, size=file.size, linger=linger)
    async with lent as address:
        yield address


@asynccontextmanager
async def lent_object(
    runtime: Runtime, storage: str, key: bytes, facts: ObjectFacts
) -> AsyncIterator[bytes]:
    """Yield the address of an object that is in no catalogue yet; as `lent_file` but for copies."""
    opens = partial(_opened, partial(open_at, runtime, storage, key), facts)
    lent = runtime.part(RangeServer).lend((storage, key, facts), opens, size=facts.size)
    async with lent as address:
        yield address


async def _opened(opens: Callable[[], Awaitable[Reader]], facts: ObjectFacts) -> Reader:
    reader = await opens()
    if reader.facts != facts:
        await reader.close()
        raise ObjectChanged(REPLACED)
    return reader
