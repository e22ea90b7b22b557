"""A process that stores an endless object, to be killed: kind of storage, its place, blocks first.

Prints a line once the blocks were taken, then goes on for ever.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from shadow.plugins.storage_s3.settings import S3Settings
from shadow.storage.ports import WritableStorage
from tests.support.storages import local_storage, rclone_storage, s3_storage

NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"


async def endless(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1 << 20)
    sys.stdout.write("taken\n")
    sys.stdout.flush()
    while True:
        await asyncio.sleep(0.02)
        yield bytes(1 << 16)


async def main(kind: str, place: str, count: int) -> None:
    storage: WritableStorage
    match kind:
        case "local":
            storage = local_storage(Path(place), managed=Path(place) / "store")
        case "s3":
            storage = s3_storage(S3Settings.model_validate_json(place))
        case _:
            storage, _ = await rclone_storage(Path(place) / "data2", Path(place) / "far")
    await storage.put(NAME, endless(count))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
