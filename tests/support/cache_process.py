"""A process that reads through a slice cache: way, folder of the slices, bytes of the film.

`read` reads it all and prints what that took, `wait` begins and is never sent the last bytes,
`small` may not write files of more than 300 kB.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from shadow.storage.slices.cache import SliceCache
from tests.support.far import FarStorage, film, read_range

KEY = b"film"


class Stuck(FarStorage):
    """Sends half of what it is asked for, and then nothing for ever."""

    async def _fetch(self, key, facts, start, stop):  # type: ignore[no-untyped-def] passed on
        self.short = (stop - start) // 2
        async for block in super()._fetch(key, facts, start, stop):
            yield block
        say(held=start)
        await asyncio.Event().wait()


def say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main(way: str, folder: str, size: int) -> None:
    content = film(size)
    far = Stuck() if way == "wait" else FarStorage(delay=0.002)
    far.hold(KEY, content)
    cache = SliceCache(Path(folder), limit=256 << 20, spare=0)
    if way == "small":
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    say(ready=True)
    await asyncio.to_thread(sys.stdin.readline)
    reader = await cache.open_from(far, "far", KEY)
    exact = await read_range(reader, 0, size) == content
    await reader.close()
    say(exact=exact, sent=far.sent)
    await cache.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
