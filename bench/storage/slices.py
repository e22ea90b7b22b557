"""Read through the slice cache, beside the same bytes without it; print a table.

`python -m bench.storage.slices [MiB] [delay in ms …]`. The storage far away is memory, which
answers each request after the delay; BENCH_DIR says on which disk the slices lie.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import psutil

from shadow.storage.ports import ObjectFacts, Reader
from shadow.storage.ranges import RangeReader
from shadow.storage.slices.cache import SliceCache

MIB = 1 << 20
BLOCK = 512 * 1024
NOISE = Random(1).randbytes(32 * MIB)
RATE = 4_000_000 / 8
"""Bytes a second of one viewer."""
VIEWERS, SECONDS = 200, 20.0
CROWD, CROWD_SECONDS = 50, 10.0


class Upstream:
    """As many films as are asked for, all of one size."""

    def __init__(self, size: int, delay: float) -> None:
        self.facts = ObjectFacts(size, 1)
        self.delay = delay
        self.sent = 0

    async def fetch(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        await asyncio.sleep(self.delay)
        while start < stop:
            at = start % len(NOISE)
            block = NOISE[at : at + min(MIB, stop - start)]
            self.sent += len(block)
            yield block
            start += len(block)
            await asyncio.sleep(0)


@asynccontextmanager
async def opened(folder: Path, size: int, delay: float):
    """Open a cache of its own over an upstream of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        cache = SliceCache(Path(place), limit=20 << 30)
        yield cache, Upstream(size, delay)
        await cache.close()


def row(title: str, *cells: str) -> None:
    print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


async def read_through(reader: Reader) -> None:
    at, size = 0, reader.facts.size
    while at < size:
        at += len(await reader.read(at, BLOCK))
    await reader.close()


async def timed(title: str, size: int, work: Callable[[], Awaitable[None]]) -> None:
    began, before = time.perf_counter(), os.times()
    await work()
    seconds, after = time.perf_counter() - began, os.times()
    user, system = after.user - before.user, after.system - before.system
    per = (1 << 30) / size
    row(title, f"{size / MIB / seconds:,.0f}", f"{user * per:.2f}", f"{system * per:.2f}")


async def plain_read(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            await asyncio.sleep(0)


async def plain_write(path: Path, size: int) -> None:
    with path.open("wb", buffering=0) as file:
        for start in range(0, size, MIB):
            at = start % len(NOISE)
            file.write(NOISE[at : at + MIB])


async def one_stream(folder: Path, size: int, delay: float) -> None:
    mark = f"{delay * 1000:.0f} ms"
    async with opened(folder, size, delay) as (cache, far):
        await timed(
            f"storage without the cache, {mark}",
            size,
            lambda: read_through(RangeReader(far.facts, far.fetch)),
        )
        for title in ("cache, cold", "cache, warm"):
            await timed(
                f"{title}, {mark}",
                size,
                lambda: read_through(cache.open("far", b"film", far.facts, far.fetch)),
            )


async def seeks(folder: Path, delay: float) -> None:
    size, random, taken, served = 8 << 30, Random(2), [], 0
    async with opened(folder, size, delay) as (cache, far):
        for _ in range(200):
            at, stop = random.randrange(size - 65_536), 65_536
            began = time.perf_counter()
            reader = cache.open("far", b"film", far.facts, far.fetch)
            stop += at
            while at < stop:
                at += len(await reader.read(at, stop - at))
            await reader.close()
            taken.append((time.perf_counter() - began) * 1000)
            served += 65_536
        await asyncio.sleep(1.5)
        times = statistics.quantiles(taken, n=100)
        row(
            f"64 KiB seeks, {delay * 1000:.0f} ms",
            f"{times[49]:.1f}", f"{times[98]:.1f}", f"{far.sent / served:.2f}",
        )  # fmt: skip


async def many(folder: Path, delay: float) -> None:
    """Have viewers watch different films for a while; a read that is a second late is a stall."""
    size, step, late, served = 4 << 30, 128 * 1024, [], 0
    async with opened(folder, size, delay) as (cache, far):

        async def view(number: int, seconds: float) -> None:
            nonlocal served
            key = b"%d" % number
            await asyncio.sleep(number * 0.005)
            reader, at, began = cache.open("far", key, far.facts, far.fetch), 0, time.monotonic()
            while (due := began + at / RATE) < began + seconds:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                block = len(await reader.read(at, step))
                at, served = at + block, served + block
                late.append(time.monotonic() - due)
            waiting.append(reader)

        waiting: list[Reader] = []
        await asyncio.gather(*(view(-1 - number, 2.0) for number in range(8)))  # warms up
        late.clear()
        far.sent, served = 0, 0
        before, cpu = psutil.Process().memory_info().rss, time.process_time()
        began = time.monotonic()
        await asyncio.gather(*(view(number, SECONDS) for number in range(VIEWERS)))
        busy = (time.process_time() - cpu) / (time.monotonic() - began)
        added = psutil.Process().memory_info().rss - before
        for reader in waiting:
            await reader.close()
        stalls = sum(one > 1.0 for one in late)
        row(
            f"{VIEWERS} viewers at 4 Mbit/s, {delay * 1000:.0f} ms",
            str(stalls), f"{max(late) * 1000:.0f}", f"{added / VIEWERS / 1024:.0f}",
            f"{busy:.2f}", f"{far.sent / served:.2f}",
        )  # fmt: skip


async def crowd(folder: Path, size: int, delay: float) -> None:
    async with opened(folder, size, delay) as (cache, far):

        async def view(number: int) -> None:
            await asyncio.sleep(number * CROWD_SECONDS / CROWD)
            await read_through(cache.open("far", b"film", far.facts, far.fetch))

        await asyncio.gather(*(view(number) for number in range(CROWD)))
        row(f"{CROWD} viewers of one film, {delay * 1000:.0f} ms", f"{far.sent / size:.4f}")


async def main() -> None:
    """Print the tables."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 1024) * MIB
    delays = [float(one) / 1000 for one in sys.argv[2:]] or [0.0, 0.06]
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as place:
        folder = Path(place)
        print(f"\n| {size // MIB} MiB | MiB/s | user s/GiB | system s/GiB |")
        print("| --- | ---: | ---: | ---: |")
        await timed("plain file written", size, lambda: plain_write(folder / "plain", size))
        await timed("plain file read", size, lambda: plain_read(folder / "plain"))
        (folder / "plain").unlink()
        for delay in delays:
            await one_stream(folder, size, delay)
        print("\n| | p50 ms | p99 ms | fetched ÷ served |\n| --- | ---: | ---: | ---: |")
        for delay in delays:
            await seeks(folder, delay)
        print("\n| | fetched ÷ film |\n| --- | ---: |")
        await crowd(folder, size // 4, delays[-1])
        print("\n| | stalls | latest read ms | KB a viewer | cores | fetched ÷ served |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        await many(folder, delays[-1])


asyncio.run(main())
