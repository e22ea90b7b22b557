"""What every storage promises to those who read, the fake included."""

import pytest

from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import Reader, Storage, WritableStorage
from tests.contracts.conftest import Filled
from tests.support.storages import read_all

CONTENT = bytes(range(256)) * 4_000  # more than a mebibyte: no storage may answer it all at once


def test_it_fills_the_port(filled: Filled) -> None:
    assert isinstance(filled.storage, Storage)
    assert isinstance(filled.storage, WritableStorage)
    assert filled.storage.name


async def test_an_object_is_read_whole_and_from_any_offset(filled: Filled) -> None:
    key = filled.put("film", CONTENT)
    reader = await filled.storage.open(key)
    assert isinstance(reader, Reader)
    assert bytes(await reader.read(7, 3)) == CONTENT[7:10]
    assert bytes(await reader.read(10, 3)) == CONTENT[10:13]
    assert bytes(await reader.read(900_000, 3)) == CONTENT[900_000:900_003]
    assert await read_all(reader) == CONTENT
    reader = await filled.storage.open(key)
    assert await read_all(reader, 500_001) == CONTENT[500_001:]


async def test_nothing_is_read_at_and_past_the_end(filled: Filled) -> None:
    reader = await filled.storage.open(filled.put("film", b"12345"))
    assert bytes(await reader.read(4, 100)) == b"5"
    assert not await reader.read(5, 100)
    assert not await reader.read(5_000_000_000_000, 100)
    await reader.close()


async def test_an_empty_object_is_an_object(filled: Filled) -> None:
    reader = await filled.storage.open(filled.put("film", b""))
    assert reader.facts.size == 0
    assert not await reader.read(0, 100)
    await reader.close()


async def test_what_was_read_stays_as_it_was_while_more_is_read(filled: Filled) -> None:
    reader = await filled.storage.open(filled.put("film", CONTENT))
    first = await reader.read(0, 100_000)
    before = bytes(first)
    await reader.read(100_001, 100_000)
    assert bytes(first) == before
    await reader.close()


async def test_the_facts_are_those_of_the_object(filled: Filled) -> None:
    key = filled.put("film", CONTENT)
    facts = await filled.storage.stat(key)
    reader = await filled.storage.open(key)
    assert reader.facts == facts
    assert facts.size == len(CONTENT)
    await reader.close()


async def test_a_changed_object_has_other_facts(filled: Filled) -> None:
    before = await filled.storage.stat(filled.put("film", b"one"))
    assert before != await filled.storage.stat(filled.put("film", b"three"))


@pytest.mark.parametrize("changed", [b"", b"x" * 10, CONTENT + b"x"])
async def test_reading_ends_with_an_error_once_the_object_is_written_to(
    filled: Filled, changed: bytes
) -> None:
    reader = await filled.storage.open(filled.put("film", CONTENT))
    await reader.read(0, 10)
    filled.put("film", changed)
    with pytest.raises(ObjectChanged):
        await reader.read(10, 10)
    await reader.close()


@pytest.mark.parametrize("added", [b"-none", b"\x00", b"x" * 300, b"/inside", b"/../none"])
async def test_what_does_not_exist_is_missing(filled: Filled, added: bytes) -> None:
    key = filled.put("film", b"1") + added
    with pytest.raises(ObjectMissing):
        await filled.storage.open(key)
    with pytest.raises(ObjectMissing):
        await filled.storage.stat(key)


async def test_closing_twice_is_allowed(filled: Filled) -> None:
    reader = await filled.storage.open(filled.put("film", b"1"))
    await reader.close()
    await reader.close()
