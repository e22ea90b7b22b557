"""Reading and putting through the storage, at several distances, beside Telethon's own helpers.

`python -m bench.telegram.transfers [MiB]`. The data centre is another process on loopback; every
byte of a whole read is checked. CPU seconds are this process's own, without that check.
"""

import asyncio
import io
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import uvloop
from telethon import TelegramClient
from telethon.sessions import StringSession
from tests.support.telegram_dc import Options
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.process import ServedCentres, served
from tests.support.telegram_dc.strings import API_ID

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.storage.ports import Fetch
from shadow.telegram import service as telegram

MIB = 1 << 20
HOME = 2
TOKEN = "1001:token-of-the-first"
CHANNEL = -1001234567890
CAP = 6_000_000.0
SEEK = 64 << 10
SEEKS = 60
STREAMS = 8
Blocks = Callable[[], AsyncIterator[Any]]


@dataclass
class Film:
    """What is read: where it is, its size, its hash, and how we and Telethon read it."""

    document: int
    size: int
    sha256: str
    fetch: Fetch
    media: Any


@dataclass
class Place:
    """Everything that is measured, and what it is measured with."""

    dc: ServedCentres
    runtime: Runtime
    client: Any
    film: Film


async def whole(blocks: Blocks, expected: str) -> tuple[float, float]:
    """Read everything once; return the seconds it took, and those of CPU."""
    digest, checking = sha256(), 0.0
    began, cpu = time.perf_counter(), time.process_time()
    async for block in blocks():
        begun = time.thread_time()
        digest.update(block)
        checking += time.thread_time() - begun
    taken = time.perf_counter() - began
    assert digest.hexdigest() == expected, "the bytes are wrong"
    return taken, time.process_time() - cpu - checking


async def drained(fetch: Fetch, start: int, stop: int) -> None:
    """Read a range and forget it."""
    read = 0
    async with aclosing(fetch(start, stop)) as blocks:
        async for block in blocks:
            read += len(block)
    assert read == stop - start


async def seeks(place: Place) -> tuple[list[float], float]:
    """Read 64 KiB here and there; return the milliseconds of each, and fetched over served."""
    film = place.film
    chosen = random.Random(7)
    await drained(film.fetch, 0, SEEK)
    await place.dc.do("clear_counters")
    taken = []
    for _ in range(SEEKS):
        at = chosen.randrange(film.size - SEEK)
        began = time.perf_counter()
        await drained(film.fetch, at, at + SEEK)
        taken.append((time.perf_counter() - began) * 1000)
    counters = await place.dc.counters()
    fetched = counters["bytes_sent"][str(film.document)]
    return taken, fetched / (SEEKS * SEEK)


async def reading(place: Place, delay: float) -> None:
    """Print a line of the table of reading."""
    film, mib = place.film, place.film.size / MIB
    await place.dc.do("faults", delay=delay)
    await drained(film.fetch, 0, film.size)  # connections are open, locations known
    seconds, cpu = await whole(lambda: film.fetch(0, film.size), film.sha256)
    began = time.perf_counter()
    share = film.size // STREAMS
    await asyncio.gather(*[drained(film.fetch, n * share, (n + 1) * share) for n in range(STREAMS)])
    together = time.perf_counter() - began
    taken, ratio = await seeks(place)
    theirs, their_cpu = await whole(lambda: telethon_blocks(place), film.sha256)
    print(
        f"| {delay * 1000:.0f} ms | {mib / seconds:.0f} | {cpu / mib * 1024:.1f} "
        f"| {share * STREAMS / MIB / together:.0f} | {median(taken):.1f} "
        f"| {quantiles(taken, n=20)[-1]:.1f} | {ratio:.2f} "
        f"| {mib / theirs:.0f} | {their_cpu / mib * 1024:.1f} |",
        flush=True,
    )


def telethon_blocks(place: Place) -> AsyncIterator[Any]:
    """Read the film as Telethon does by itself."""
    blocks: AsyncIterator[Any] = place.client.iter_download(place.film.media)
    return blocks


async def capped(place: Place, delay: float, most: int) -> None:
    """Print a line of the table of connections that are as slow as Telegram's."""
    film = place.film
    size = min(film.size, most * MIB)
    await place.dc.do("faults", delay=delay, bytes_per_second=CAP)
    await drained(film.fetch, 0, size)
    began = time.perf_counter()
    await drained(film.fetch, 0, size)
    ours = time.perf_counter() - began
    began, read = time.perf_counter(), 0
    async for block in telethon_blocks(place):
        read += len(block)
        if read >= size // 4:
            break
    theirs = time.perf_counter() - began
    print(
        f"| {delay * 1000:.0f} ms | {size / MIB / ours:.1f} | {read / MIB / theirs:.1f} |",
        flush=True,
    )
    await place.dc.do("faults", bytes_per_second=0.0)


async def writing(place: Place, delay: float, mib: int) -> None:
    """Print a line of the table of putting: all of `put`, with its message, hash and records."""
    await place.dc.do("faults", delay=delay)
    block = random.Random(1).randbytes(MIB)

    async def content() -> AsyncIterator[bytes]:
        for _ in range(mib):
            yield block

    name = f"bench/{delay}.bin"
    await telegram.put_object(place.runtime, f"{name}.first", _small(), size=PART)
    ours, cpu = await timed(
        lambda: telegram.put_object(place.runtime, name, content(), size=mib * MIB)
    )
    few = max(11, mib // 8)
    file = io.BytesIO(block * few)
    theirs, _ = await timed(
        lambda: place.client.upload_file(file, file_size=few * MIB, file_name="bench.bin")
    )
    print(
        f"| {delay * 1000:.0f} ms | {mib / ours:.0f} | {cpu / mib * 1024:.1f} "
        f"| {few / theirs:.0f} |",
        flush=True,
    )


PART = 512 << 10


async def _small() -> AsyncIterator[bytes]:
    yield bytes(PART)


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Return the seconds that something took, and those of CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - began, time.process_time() - cpu


async def opened_film(dc: ServedCentres, runtime: Runtime, client: Any, size: int) -> Film:
    """Put the film into the channel, and find it as we and as Telethon do."""
    posted = await dc.do("put_document", channel=CHANNEL, content={"size": size}, name="film.mkv")
    digest = await dc.do("digest", channel=CHANNEL, message=posted["message"])
    stored = await telegram.index_message(runtime, channel=CHANNEL, message_id=posted["message"])
    assert stored is not None
    opened = await telegram.open_object(runtime, stored.key)
    message = await client.get_messages(CHANNEL, ids=posted["message"])
    fetch = telegram.fetch_object(runtime, opened)
    return Film(posted["document"], size, digest, fetch, message.document)


async def telethon(dc: ServedCentres) -> Any:
    """Log a plain Telethon client in as the same bot."""
    host, _, port = dc.addresses[str(HOME)].partition(":")
    session = StringSession()
    session.set_dc(HOME, host, int(port))
    client: Any = TelegramClient(session, API_ID, API_HASH, receive_updates=False)
    await client.start(bot_token=TOKEN)
    return client


async def measure(place: Place, mib: int) -> None:
    """Print the tables."""
    print(
        f"\n| {mib} MiB, round trip | one stream MiB/s | CPU s/GiB | {STREAMS} streams MiB/s "
        "| 64 KiB seek p50 ms | p95 ms | fetched ÷ served | Telethon MiB/s | CPU s/GiB |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for delay in (0.0, 0.02, 0.06):
        await reading(place, delay)
    print("\n| 6 MB/s a connection, round trip | one stream MiB/s | Telethon MiB/s |")
    print("| --- | ---: | ---: |", flush=True)
    for delay in (0.0, 0.02, 0.06):
        await capped(place, delay, 96)
    print(f"\n| put {mib} MiB, round trip | MiB/s | CPU s/GiB | Telethon MiB/s |")
    print("| --- | ---: | ---: | ---: |", flush=True)
    for delay in (0.0, 0.03):
        await writing(place, delay, mib)


async def main() -> None:
    """Open everything and measure."""
    mib = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    options = Options(dcs=2, home=HOME, keep_uploads=False)
    with tempfile.TemporaryDirectory() as folder:
        async with served(options) as dc:
            await dc.do("add_bot", token=TOKEN)
            await dc.do("add_channel", channel=CHANNEL)
            key = Path(folder) / "key.pem"
            key.write_text(dc.public_pem)
            given = {
                "data_dir": Path(folder) / "data",
                "telegram": {
                    "api_id": API_ID,
                    "api_hash": API_HASH,
                    "worker_tokens": TOKEN,
                    "channel_logs": CHANNEL,
                    "dc": {HOME: dc.addresses[str(HOME)], 1: dc.addresses["1"]},
                    "dc_key": str(key),
                    "warm_up_hours": 0,
                },
            }
            async with open_runtime(read_settings(given), role=Role.looks) as runtime:
                await runtime.part(telegram.Swarm).open()  # the key is known to Telethon too
                client = await telethon(dc)
                film = await opened_film(dc, runtime, client, mib * MIB)
                await measure(Place(dc, runtime, client, film), mib)
                await client.disconnect()


if __name__ == "__main__":
    uvloop.run(main())
