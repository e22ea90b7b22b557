"""Two data centres on the wire, a Runtime with two bots, and a film to read."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from shadow.runtime.context import Runtime
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.locations import Locations
from shadow.telegram.transfers.posts import Post
from shadow.telegram.transfers.reading import Reads, Volume, read_range
from tests.support.telegram_dc import DataCentres, Generated, Options, Stored
from tests.support.telegram_storage import LOGS, TOKENS, add_bots, telegram_settings

MIB = 1 << 20


@pytest.fixture
async def dc() -> AsyncIterator[DataCentres]:
    """Home is 2; both bots are admins of both channels."""
    async with DataCentres(Options(dcs=2, home=2)) as opened:
        add_bots(opened)
        yield opened


@pytest.fixture
def tokens() -> tuple[str, ...]:
    """Which bots the Runtime has; override in a module or class."""
    return TOKENS


@pytest.fixture
def given_settings(dc: DataCentres, tokens: tuple[str, ...]) -> dict[str, Any]:
    return {"telegram": telegram_settings(dc, tokens)}


@dataclass
class Reading:
    """Reads films of the data centres, as one stream each, and compares every byte."""

    dc: DataCentres
    reads: Reads
    mended: list[tuple[Volume, Post]] = field(default_factory=list)

    def patient(self, seconds: float) -> "Reading":
        return Reading(self.dc, replace(self.reads, stall_seconds=seconds), self.mended)

    def volume(self, stored: Stored, content: Any, *backups: Stored, number: int = 0) -> Volume:
        posts = tuple(Post(one.channel, one.message) for one in (stored, *backups))
        return Volume(number, stored.document, content.size, posts)

    async def read(self, volumes: list[Volume], start: int, stop: int) -> bytes:
        read = bytearray()
        async with aclosing(read_range(self.reads, volumes, start, stop)) as blocks:
            async for block in blocks:
                read += block
        return bytes(read)

    async def check(self, volumes: list[Volume], contents: list[Any], *, start: int = 0) -> None:
        """Read all volumes from `start` on, and compare."""
        whole = sum(content.size for content in contents)
        at, index, begin = start, 0, 0
        async with aclosing(read_range(self.reads, volumes, start, whole)) as blocks:
            async for block in blocks:
                rest = memoryview(block)
                while rest:
                    while at >= begin + contents[index].size:
                        begin += contents[index].size
                        index += 1
                    take = min(len(rest), begin + contents[index].size - at)
                    assert bytes(rest[:take]) == bytes(contents[index].read(at - begin, take)), at
                    rest, at = rest[take:], at + take
        assert at == whole


@pytest.fixture
async def reading(dc: DataCentres, runtime: Runtime) -> Reading:
    mended: list[tuple[Volume, Post]] = []
    swarm = runtime.part(Swarm)
    reads = Reads(swarm, Locations(), lambda volume, post: mended.append((volume, post)))
    return Reading(dc, reads, mended)


@pytest.fixture
def film() -> Generated:
    return Generated(24 * MIB + 777)


@pytest.fixture
def stored(dc: DataCentres, film: Generated, tmp_path: Path) -> Stored:
    return dc.put_document(LOGS, film, "film.mkv")
