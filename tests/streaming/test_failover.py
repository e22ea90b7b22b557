"""A film goes on, byte for byte, when the place it is read from fails."""

import random
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select, update
from tests.support.copied_files import FragileStorage, MemoryMirror, catalogued, copied, plug

from shadow.catalog.events import ReadingFailed
from shadow.catalog.models import File, FileCopy
from shadow.catalog.reading import FAILOVERS
from shadow.catalog.service import bytes_of, open_file
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectChanged, ObjectMissing, StorageUnavailable

CONTENT = random.Random(5).randbytes(3_000_001)
FILE_ID = "Ab3dE9x"
URL = f"/stream/{FILE_ID}"
KEY = b"Films/Metropolis (1927).mkv"


class Places:
    """The main storage, a second one and a host, and the row of one film that lies in all."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.main = FragileStorage("main")
        self.second = FragileStorage("second")
        self.host = MemoryMirror()
        self.told: list[ReadingFailed] = []
        self.file_id = 0

    async def states(self) -> dict[str, str]:
        async with self.runtime.database.session() as session:
            return {one.place: one.state for one in await session.scalars(select(FileCopy))}


@pytest.fixture
async def places(runtime: Runtime) -> AsyncIterator[Places]:
    found = Places(runtime)
    found.main.hold(KEY, CONTENT)
    found.second.hold(b"copy", CONTENT)
    found.host.held.hold(b"id", CONTENT)
    for storage in (found.main, found.second):
        plug(runtime, "storage", storage)
    plug(runtime, "mirror", found.host)
    found.file_id = await catalogued(runtime, found.main, KEY, FILE_ID)
    await copied(runtime, found.file_id, "second", b"copy", CONTENT)
    await copied(runtime, found.file_id, "host", b"id", CONTENT, kind="mirror")

    async def hear(event: ReadingFailed) -> None:
        found.told.append(event)

    runtime.events.subscribe(ReadingFailed, hear)
    yield found
    opened = [one.opened for one in (found.main, found.second, found.host.held)]
    assert opened == [0, 0, 0], "every reader is closed"


async def test_nothing_but_the_main_storage_is_asked_when_all_is_well(
    client: httpx.AsyncClient, places: Places
) -> None:
    answer = await client.get(URL, headers={"Range": "bytes=1000000-2999999"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[1_000_000:3_000_000]
    assert [one.broken.opened for one in (places.main, places.second)] == [1, 0]
    assert places.told == []


@pytest.mark.parametrize("at", [0, 1, 131_072, 1_234_567, len(CONTENT) - 1])
async def test_a_film_goes_on_from_a_copy_when_the_storage_fails_in_the_middle(
    client: httpx.AsyncClient, places: Places, at: int
) -> None:
    before = FAILOVERS.labels("main")._value.get()
    well = await client.head(URL)
    places.main.broken.from_offset = at
    answer = await client.get(URL)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["etag"] == well.headers["etag"]
    assert places.told == [ReadingFailed(places.file_id, "main")]
    assert FAILOVERS.labels("main")._value.get() == before + 1


async def test_it_goes_on_from_a_mirror_when_the_second_storage_fails_too(
    client: httpx.AsyncClient, places: Places
) -> None:
    places.main.broken.from_offset = 700_000
    places.second.broken.from_offset = 1_900_000
    answer = await client.get(URL)
    assert answer.content == CONTENT
    assert [one.place for one in places.told] == ["main", "second"]
    assert await places.states() == {"second": "ok", "host": "ok"}, "away is not gone"


async def test_a_range_is_served_from_a_copy_when_the_file_is_gone(
    client: httpx.AsyncClient, places: Places
) -> None:
    etag = (await client.head(URL)).headers["etag"]
    del places.main.objects[KEY]
    wanted = {"Range": "bytes=2000000-", "If-Range": etag}
    answer = await client.get(URL, headers=wanted)
    assert (answer.status_code, answer.content) == (206, CONTENT[2_000_000:])
    again = await client.get(URL, headers=wanted)
    assert again.content == answer.content
    assert len(places.told) == 1, "one word of a place that stays away is enough"


async def test_a_file_that_a_scan_missed_plays_as_long_as_it_has_a_copy(
    client: httpx.AsyncClient, places: Places
) -> None:
    del places.main.objects[KEY]
    async with places.runtime.database.transaction() as session:
        await session.execute(update(File).values(state="missing"))
    assert (await client.get(URL)).content == CONTENT
    async with places.runtime.database.transaction() as session:
        await session.execute(update(FileCopy).values(state="missing"))
        await session.execute(update(File).values(state="missing"))
    async with places.runtime.database.session() as session:
        row = await session.scalar(select(File))
    assert row is not None
    with pytest.raises(ObjectMissing):
        await open_file(places.runtime, bytes_of(row))


async def test_a_copy_that_is_gone_or_of_another_size_is_marked_and_passed_over(
    client: httpx.AsyncClient, places: Places
) -> None:
    del places.main.objects[KEY]
    places.second.hold(b"copy", CONTENT[:-1])
    assert (await client.get(URL)).content == CONTENT
    assert await places.states() == {"second": "damaged", "host": "ok"}
    del places.second.objects[b"copy"]
    del places.host.held.objects[b"id"]
    assert (await client.get(URL)).status_code == 404
    states = await places.states()
    assert states["host"] == "missing"
    assert states["second"] in {"damaged", "missing"}  # a scrub that was asked for may have looked


async def test_bytes_of_two_versions_are_never_mixed(places: Places) -> None:
    """A file that was replaced on the disk has no copies, whatever is written down."""
    places.main.hold(KEY, CONTENT[::-1])
    async with places.runtime.database.session() as session:
        row = await session.scalar(select(File))
    assert row is not None
    reader = await open_file(places.runtime, bytes_of(row))
    assert bytes(await reader.read(0, 10)) == CONTENT[::-1][:10]
    places.main.hold(KEY, CONTENT)
    with pytest.raises(ObjectChanged):
        await reader.read(10, 10)
    await reader.close()


async def test_a_copy_of_what_the_file_was_before_is_not_used(places: Places) -> None:
    async with places.runtime.database.transaction() as session:
        await session.execute(update(File).values(sha256=None))
    places.main.broken.from_offset = -1
    async with places.runtime.database.session() as session:
        row = await session.scalar(select(File))
    assert row is not None
    with pytest.raises(StorageUnavailable):
        await open_file(places.runtime, bytes_of(row))


async def test_a_replaced_file_in_mid_stream_is_still_served_as_it_was(
    client: httpx.AsyncClient, places: Places
) -> None:
    """What was sent is known to be the catalogued version, so its copy is the rest of it."""
    async with places.runtime.database.session() as session:
        row = await session.scalar(select(File))
    assert row is not None
    reader = await open_file(places.runtime, bytes_of(row))
    head = bytes(await reader.read(0, 1000))
    places.main.hold(KEY, b"something else")
    rest = bytearray()
    while block := await reader.read(1000 + len(rest), 500_000):
        rest += block
    await reader.close()
    assert head + rest == CONTENT
