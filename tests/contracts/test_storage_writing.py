"""What every storage promises to those who write, the fake included."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shadow.storage.errors import ObjectChanged, ObjectExists, ObjectMissing, ObjectOutside
from shadow.storage.ports import NamesObjects, WritableStorage
from tests.contracts.conftest import Filled
from tests.support.storages import blocks, failing, read_all

CONTENT = bytes(range(256)) * 50_000  # more than any storage sends in one piece
NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"
FINE_NAMES = (
    "film.mkv",
    "a/%41 %2e%2e #?&+=@:;,!~'().mkv",
    "Дом/幕末 \u202e🎬.mkv",
    'a/-rf --config=x *[1080p] {x} $HOME `id` "q" <b>&amp;|^\\n.mkv',
    "..a/b../.hidden",
    "a/ blank ends ",
    "x" * 251 + ".mkv",
)
BAD_NAMES = (
    "", "/", "/etc/passwd", "..", "../x", "a/../x", "a/..", "./a", "a//b", "a/", "a\0b", "a\nb",
    "x" * 256, "/".join(["y" * 200] * 5), "\udc80", ".shadow-claims/x", "a\x7f",
)  # fmt: skip


async def content_of(storage: WritableStorage, key: bytes) -> bytes:
    return await read_all(await storage.open(key))


async def test_what_is_put_is_read_whole_and_by_range(filled: Filled) -> None:
    stored = await filled.storage.put(NAME, blocks(CONTENT), size=len(CONTENT))
    assert stored.facts.size == len(CONTENT)
    assert await filled.storage.stat(stored.key) == stored.facts
    assert await content_of(filled.storage, stored.key) == CONTENT
    reader = await filled.storage.open(stored.key)
    assert bytes(await reader.read(9_000_001, 7)) == CONTENT[9_000_001:9_000_008]
    await reader.close()


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
async def test_the_size_need_not_be_known(filled: Filled, content: bytes) -> None:
    stored = await filled.storage.put(NAME, blocks(content))
    assert await content_of(filled.storage, stored.key) == content


async def test_an_empty_object_can_be_put(filled: Filled) -> None:
    stored = await filled.storage.put(NAME, blocks(b""), size=0)
    assert stored.facts.size == 0
    assert await content_of(filled.storage, stored.key) == b""


@pytest.mark.parametrize("name", FINE_NAMES)
async def test_odd_names_are_kept_as_they_are(filled: Filled, name: str) -> None:
    stored = await filled.storage.put(name, blocks(b"1"), size=1)
    assert await filled.storage.find(name) == stored
    assert await content_of(filled.storage, stored.key) == b"1"


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_names_that_lead_elsewhere_are_refused(filled: Filled, name: str) -> None:
    with pytest.raises(ObjectOutside):
        await filled.storage.put(name, blocks(b"1"), size=1)
    with pytest.raises(ObjectOutside):
        await filled.storage.find(name)


@pytest.mark.parametrize("content", [b"new", CONTENT])
async def test_nothing_is_overwritten(filled: Filled, content: bytes) -> None:
    stored = await filled.storage.put(NAME, blocks(b"old"), size=3)
    with pytest.raises(ObjectExists):
        await filled.storage.put(NAME, blocks(content), size=len(content))
    with pytest.raises(ObjectExists):
        await filled.storage.put(NAME, blocks(content))
    assert await content_of(filled.storage, stored.key) == b"old"


@pytest.mark.parametrize("size", [10, 12_000_000])
async def test_of_many_at_once_under_one_name_one_wins(filled: Filled, size: int) -> None:
    contents = [bytes([number]) * size for number in range(4)]
    puts = [filled.storage.put(NAME, blocks(one, 1 << 20), size=len(one)) for one in contents]
    ended = await asyncio.gather(*puts, return_exceptions=True)
    won = [number for number, one in enumerate(ended) if not isinstance(one, BaseException)]
    assert len(won) == 1
    assert {type(one) for number, one in enumerate(ended) if number not in won} == {ObjectExists}
    found = await filled.storage.find(NAME)
    assert found == ended[won[0]]
    assert await content_of(filled.storage, found.key) == contents[won[0]]


@pytest.mark.parametrize("given", [[], [b"x"], [CONTENT[: 1 << 20]] * 12])
async def test_content_that_fails_leaves_nothing(filled: Filled, given: list[bytes]) -> None:
    with pytest.raises(ZeroDivisionError):
        await filled.storage.put(NAME, failing(given, ZeroDivisionError()))
    assert await filled.storage.find(NAME) is None
    await filled.storage.put(NAME, blocks(b"again"), size=5)


@pytest.mark.parametrize("size", [0, 5, len(CONTENT) - 1, len(CONTENT) + 1])
async def test_content_of_another_size_than_said_leaves_nothing(filled: Filled, size: int) -> None:
    with pytest.raises(ObjectChanged):
        await filled.storage.put(NAME, blocks(CONTENT), size=size)
    assert await filled.storage.find(NAME) is None


@pytest.mark.parametrize("before", [0, 3, 12])
async def test_a_cancelled_put_leaves_nothing(filled: Filled, before: int) -> None:
    stalled = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(before):
            yield CONTENT[: 1 << 20]
        stalled.set()
        await asyncio.Event().wait()

    putting = asyncio.ensure_future(filled.storage.put(NAME, endless(), size=1 << 30))
    await stalled.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await filled.storage.find(NAME) is None
    await filled.storage.put(NAME, blocks(b"again"), size=5)


async def test_an_object_is_not_there_before_it_is_whole(filled: Filled) -> None:
    seen: list[object] = []

    async def watched() -> AsyncIterator[bytes]:
        async for block in blocks(CONTENT, 1 << 20):
            yield block
            seen.append(await filled.storage.find(NAME))

    await filled.storage.put(NAME, watched(), size=len(CONTENT))
    assert seen
    assert set(seen) == {None}


async def test_what_is_not_there_is_not_found(filled: Filled) -> None:
    assert await filled.storage.find(NAME) is None
    await filled.storage.put(NAME, blocks(b"1"), size=1)
    assert await filled.storage.find("Films") is None
    assert await filled.storage.find("Films/Nosferatu (1922)") is None
    assert await filled.storage.find(NAME + "x") is None


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(filled: Filled) -> None:
    stored = await filled.storage.put(NAME, blocks(b"1"), size=1)
    kept = await filled.storage.put("Films/other.mkv", blocks(b"2"), size=1)
    await filled.storage.delete(stored.key)
    await filled.storage.delete(stored.key)
    assert await filled.storage.find(NAME) is None
    with pytest.raises(ObjectMissing):
        await filled.storage.open(stored.key)
    assert await content_of(filled.storage, kept.key) == b"2"
    await filled.storage.put(NAME, blocks(b"again"), size=5)


async def test_a_key_names_what_would_be_stored_there_again(filled: Filled) -> None:
    storage = filled.storage
    assert isinstance(storage, NamesObjects)
    stored = await storage.put(NAME, blocks(b"film"))
    assert storage.name_of(stored.key) == NAME
    await storage.delete(stored.key)
    assert (await storage.put(NAME, blocks(b"film"))).key == stored.key
