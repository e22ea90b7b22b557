"""Reading over the real wire: exact bytes, cheap seeks, many connections."""

from contextlib import aclosing

from shadow.telegram.transfers.reading import read_range
from tests.support.telegram_dc import DataCentres, Generated, Stored
from tests.support.telegram_storage import LOGS
from tests.telegram.transfers.conftest import MIB, Reading


async def test_a_film_is_read_byte_by_byte(
    reading: Reading, stored: Stored, film: Generated
) -> None:
    await reading.check([reading.volume(stored, film)], [film])


RANGES = (
    (0, 1), (0, MIB), (0, MIB + 1), (5, MIB + 1), (MIB - 1, MIB + 1), (1023, 1025), (4095, 4097),
    (24 * MIB, 24 * MIB + 777), (24 * MIB + 776, 24 * MIB + 777), (3 * MIB - 5, 9 * MIB + 5),
    (7, 7), (24 * MIB + 777, 24 * MIB + 777),
)  # fmt: skip


async def test_any_range_gives_its_exact_bytes(
    reading: Reading, stored: Stored, film: Generated
) -> None:
    for start, stop in RANGES:
        got = await reading.read([reading.volume(stored, film)], start, stop)
        assert got == bytes(film.read(start, stop - start)), (start, stop)


async def test_seeks_fetch_hardly_more_than_they_serve(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    volumes = [reading.volume(stored, film)]
    await reading.read(volumes, 0, 1)
    dc.counters.clear()
    for number in range(20):
        start = number * 1_234_567 % (film.size - 65_536)
        await reading.read(volumes, start, start + 65_536)
    assert dc.counters.bytes_sent[stored.document] <= 1.05 * 20 * 65_536
    assert dc.counters.calls["channels.getMessages"] == 0


async def test_a_film_is_fetched_once(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    await reading.check([reading.volume(stored, film)], [film])
    assert dc.counters.bytes_sent[stored.document] == film.size
    assert dc.counters.calls["upload.getFile"] <= 25 + 5


async def test_several_connections_carry_a_long_read(
    reading: Reading, stored: Stored, film: Generated, dc: DataCentres
) -> None:
    dc.faults.delay = 0.02
    await reading.check([reading.volume(stored, film)], [film])
    assert dc.counters.open_by_dc["2"] >= 3


async def test_a_film_of_another_data_centre_is_read_there(
    reading: Reading, film: Generated, dc: DataCentres
) -> None:
    far = dc.put_document(LOGS, film, "far.mkv", dc=1)
    await reading.check([reading.volume(far, film)], [film])
    assert dc.counters.errors["FILE_MIGRATE_1"] == 0


async def test_a_split_object_is_read_round_its_joints(reading: Reading, dc: DataCentres) -> None:
    contents = [Generated(2 * MIB, seed=1), Generated(MIB + 1, seed=2), Generated(77, seed=3)]
    volumes = [
        reading.volume(dc.put_document(LOGS, content, "part"), content, number=number)
        for number, content in enumerate(contents)
    ]
    whole = b"".join(bytes(content.read(0, content.size)) for content in contents)
    joints = (2 * MIB, 3 * MIB + 1)
    ranges = [(at - 3, at + 3) for at in joints] + [(at, at + 1) for at in joints]
    ranges += [(at - 1, at) for at in joints] + [(2 * MIB - 70_000, len(whole)), (0, len(whole))]
    for start, stop in ranges:
        assert await reading.read(volumes, start, stop) == whole[start:stop], (start, stop)


async def test_a_reader_that_leaves_gives_its_place_back(
    reading: Reading, stored: Stored, film: Generated
) -> None:
    volumes = [reading.volume(stored, film)]
    for _ in range(40):  # more than two sessions have places
        async with aclosing(read_range(reading.reads, volumes, 0, film.size)) as blocks:
            assert await anext(blocks)
