"""Putting objects over the real wire: one document or several, whole or not at all."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectChanged, ObjectExists, ObjectMissing
from shadow.telegram import service as telegram
from shadow.telegram.object_models import TelegramPart, TelegramUpload
from shadow.telegram.transfers.backups import back_up
from shadow.telegram.transfers.captions import read_caption
from tests.support.storages import blocks
from tests.support.telegram_dc import DataCentres, Generated
from tests.support.telegram_storage import BACKUP, LOGS
from tests.telegram.transfers.conftest import MIB

NAME = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"
KEY = NAME.encode()
PART = 512 << 10


def content(size: int, seed: int = 1) -> bytes:
    return bytes(Generated(size, seed=seed).read(0, size))


def posts(dc: DataCentres, channel: int) -> list[tuple[int, str]]:
    """Return the messages of a channel: their numbers and texts."""
    found = next(c for c in dc.world.channels.values() if -1000000000000 - c.id == channel)
    return [(post.id, post.text) for _, post in sorted(found.posts.items())]


async def read(runtime: Runtime, key: bytes = KEY) -> bytes:
    opened = await telegram.open_object(runtime, key)
    fetch = telegram.fetch_object(runtime, opened)
    return b"".join([bytes(block) async for block in fetch(0, opened.facts.size)])


async def parts(runtime: Runtime) -> list[TelegramPart]:
    async with runtime.database.session() as session:
        return list(await session.scalars(select(TelegramPart)))


async def test_what_is_put_is_read_again(runtime: Runtime, dc: DataCentres) -> None:
    for size in (1, 1000, PART, 3 * PART + 5, 10 * MIB, 10 * MIB + 1, 21 * MIB):
        film, name = content(size), f"{size}/{NAME}"
        stored = await telegram.put_object(runtime, name, blocks(film), size=size)
        assert stored.facts.size == size
        assert await telegram.find_object(runtime, name) == stored
        assert await telegram.stat_object(runtime, stored.key) == stored.facts
        assert await read(runtime, stored.key) == film
        caption = read_caption(posts(dc, LOGS)[-1][1])
        assert caption is not None
        assert (caption.name, caption.number, caption.count) == (name, 0, 1)
        assert caption.sha256 == hashlib.sha256(film).hexdigest()
    assert posts(dc, BACKUP) == posts(dc, LOGS)
    assert len(posts(dc, LOGS)) == 7


async def test_the_length_need_not_be_known(runtime: Runtime, dc: DataCentres) -> None:
    for size in (1, PART, 3 * PART + 5, 21 * MIB):
        film = content(size)
        stored = await telegram.put_object(runtime, f"{size}.mkv", blocks(film, 77_777))
        assert stored.facts.size == size
        assert await read(runtime, stored.key) == film
    assert len(posts(dc, LOGS)) == 4


async def test_an_empty_object_needs_no_message(runtime: Runtime, dc: DataCentres) -> None:
    stored = await telegram.put_object(runtime, NAME, blocks(b""))
    assert stored.facts.size == 0
    assert await read(runtime) == b""
    assert posts(dc, LOGS) == []


@pytest.mark.parametrize("known", [True, False])
async def test_what_is_too_long_for_a_document_is_split_byte_by_byte(
    runtime: Runtime, dc: DataCentres, known: bool
) -> None:
    dc.world.most_parts = {False: 4, True: 4}
    for size in (8 * PART, 8 * PART + 1, 11 * PART + 7, 12 * PART):
        film, name = content(size), f"{size}.mkv"
        before = len(posts(dc, LOGS))
        put = telegram.put_object(
            runtime, name, blocks(film, 300_001), size=size if known else None
        )
        key = (await put).key
        assert await read(runtime, key) == film
        opened = await telegram.open_object(runtime, key)
        made = [volume.size for volume in opened.volumes]
        assert made[:-1] == [4 * PART] * (len(made) - 1)
        assert len(made) == -(-size // (4 * PART))
        captions = [read_caption(text) for _, text in posts(dc, LOGS)[before:]]
        sha256 = hashlib.sha256(film).hexdigest()
        assert [(c.number, c.count, c.sha256) for c in captions if c] == [
            (number, len(made), sha256) for number in range(len(made))
        ]
        fetch = telegram.fetch_object(runtime, opened)
        for joint in (4 * PART, 8 * PART):
            start, stop = joint - 3, min(joint + 3, size)
            got = b"".join([bytes(block) async for block in fetch(start, stop)])
            assert got == film[start:stop]
    assert [text for _, text in posts(dc, BACKUP)] == [text for _, text in posts(dc, LOGS)]


async def test_premium_accounts_post_longer_documents(runtime: Runtime, dc: DataCentres) -> None:
    dc.world.most_parts = {False: 2, True: 6}
    for account in dc.world.accounts.values():
        account.premium = True
    await telegram.put_object(runtime, NAME, blocks(content(6 * PART)))
    assert len(await parts(runtime)) == 1


async def test_a_put_holds_little_memory_and_one_place(runtime: Runtime, dc: DataCentres) -> None:
    """What comes is taken no faster than it is sent."""
    dc.faults.delay = 0.02
    taken = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += PART
            yield bytes(PART)
            assert taken <= (20 + sum(dc.counters.parts.values())) * PART

    await telegram.put_object(runtime, NAME, counted())
    assert taken == 100 * PART


async def test_parts_go_over_several_connections(runtime: Runtime, dc: DataCentres) -> None:
    dc.faults.delay = 0.02
    await telegram.put_object(runtime, NAME, blocks(content(20 * MIB), MIB))
    assert dc.counters.open_by_dc["2"] >= 3


async def test_nothing_is_sent_twice(runtime: Runtime, dc: DataCentres) -> None:
    await telegram.put_object(runtime, NAME, blocks(content(40 * PART), MIB))
    assert list(dc.counters.parts.values()) == [40]
    assert dc.counters.calls["messages.sendMedia"] == 1
    assert dc.counters.calls["messages.forwardMessages"] == 1


async def test_of_many_under_one_name_one_wins(runtime: Runtime, dc: DataCentres) -> None:
    films = [content(3 * MIB, seed) for seed in range(3)]
    puts = [telegram.put_object(runtime, NAME, blocks(film)) for film in films]
    ended = await asyncio.gather(*puts, return_exceptions=True)
    won = [number for number, one in enumerate(ended) if not isinstance(one, BaseException)]
    assert len(won) == 1
    assert sum(isinstance(one, ObjectExists) for one in ended) == 2
    assert await read(runtime) == films[won[0]]
    assert len(posts(dc, LOGS)) == 1


async def test_content_that_fails_shows_nothing_and_is_gone_on_with(
    runtime: Runtime, dc: DataCentres
) -> None:
    film = content(30 * PART)

    async def breaking() -> AsyncIterator[bytes]:
        yield film[: 20 * PART]
        while sum(dc.counters.parts.values()) < 20:
            await asyncio.sleep(0.01)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await telegram.put_object(runtime, NAME, breaking(), size=len(film))
    assert await telegram.find_object(runtime, NAME) is None
    assert posts(dc, LOGS) == []
    await telegram.put_object(runtime, NAME, blocks(film), size=len(film))
    assert await read(runtime) == film
    assert list(dc.counters.parts.values()) == [30]


@pytest.mark.parametrize("change", ["other", "shorter", "longer"])
async def test_other_content_under_the_name_of_a_failed_one_is_itself(
    runtime: Runtime, dc: DataCentres, change: str
) -> None:
    dc.world.most_parts = {False: 8, True: 8}
    film = content(30 * PART)

    async def breaking() -> AsyncIterator[bytes]:
        yield film[: 20 * PART]
        while sum(dc.counters.parts.values()) < 19:  # the last waits for what follows
            await asyncio.sleep(0.01)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await telegram.put_object(runtime, NAME, breaking())
    assert len(posts(dc, LOGS)) == 2
    changed = {
        "other": film[: 10 * PART] + b"!" + film[10 * PART + 1 :],
        "shorter": film[: 5 * PART + 5],
        "longer": film + film,
    }[change]
    await telegram.put_object(runtime, NAME, blocks(changed))
    assert await read(runtime) == changed
    assert len(posts(dc, LOGS)) == -(-len(changed) // (8 * PART))
    async with runtime.database.session() as session:
        assert not list(await session.scalars(select(TelegramUpload)))


async def test_content_of_another_size_leaves_nothing_to_be_seen(
    runtime: Runtime, dc: DataCentres
) -> None:
    film = content(2 * PART)
    for size in (2 * PART - 1, 2 * PART + 1, 0, PART):
        with pytest.raises(ObjectChanged):
            await telegram.put_object(runtime, NAME, blocks(film), size=size)
    assert await telegram.find_object(runtime, NAME) is None
    assert posts(dc, LOGS) == []


# -- deleting, mending, sweeping --------------------------------------------------------------


async def test_a_deleted_object_takes_its_messages_along(runtime: Runtime, dc: DataCentres) -> None:
    dc.world.most_parts = {False: 4, True: 4}
    await telegram.put_object(runtime, NAME, blocks(content(9 * PART)))
    await telegram.delete_object(runtime, KEY)
    await telegram.delete_object(runtime, KEY)
    assert posts(dc, LOGS) == posts(dc, BACKUP) == []
    with pytest.raises(ObjectMissing):
        await telegram.stat_object(runtime, KEY)
    assert await parts(runtime) == []
    await telegram.put_object(runtime, NAME, blocks(b"again"))


async def test_messages_that_cannot_be_deleted_go_with_the_next_sweep(
    runtime: Runtime, dc: DataCentres
) -> None:
    await telegram.put_object(runtime, NAME, blocks(b"film"))
    dc.faults.refuse("channels.deleteMessages", 403, "MESSAGE_DELETE_FORBIDDEN")
    await telegram.delete_object(runtime, KEY)
    assert await telegram.find_object(runtime, NAME) is None
    assert len(posts(dc, LOGS)) == 1
    assert (await telegram.sweep_objects(runtime)).emptied == 1
    assert posts(dc, LOGS) == posts(dc, BACKUP) == []


async def test_a_deleted_main_message_is_made_again_from_the_backup_by_reading(
    runtime: Runtime, dc: DataCentres
) -> None:
    from shadow.telegram.transfers.shared import Transfers

    film = content(3 * MIB)
    await telegram.put_object(runtime, NAME, blocks(film))
    dc.delete_message(LOGS, 1)
    assert await read(runtime) == film
    await runtime.part(Transfers).settled()
    ((number, _),) = posts(dc, LOGS)
    (part,) = await parts(runtime)
    assert part.message_id == number
    dc.delete_message(BACKUP, 1)
    assert await read(runtime) == film


async def test_messages_are_mended_either_way(runtime: Runtime, dc: DataCentres) -> None:
    dc.world.most_parts = {False: 4, True: 4}
    film = content(12 * PART)
    await telegram.put_object(runtime, NAME, blocks(film))
    first, second, third = (part.message_id for part in await parts(runtime))
    dc.delete_message(LOGS, first)
    dc.delete_message(BACKUP, 2)
    mended = await telegram.mend_object(runtime, KEY)
    assert (mended.documents, mended.mended, mended.lost) == (3, 2, 0)
    assert await telegram.mend_object(runtime, KEY) == telegram.Mended(3, 0, 0)
    assert len(posts(dc, LOGS)) == len(posts(dc, BACKUP)) == 3
    assert await read(runtime) == film
    assert second < third


async def test_what_could_not_be_backed_up_is_by_the_next_sweep(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.faults.refuse("messages.forwardMessages", 400, "CHAT_WRITE_FORBIDDEN")
    await telegram.put_object(runtime, NAME, blocks(b"film"))
    assert posts(dc, BACKUP) == []
    assert (await telegram.sweep_objects(runtime)).backed_up == 1
    assert len(posts(dc, BACKUP)) == 1
    assert (await telegram.sweep_objects(runtime)).backed_up == 0


async def test_a_document_is_backed_up_once_whoever_does_it_and_however_late(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.faults.refuse("messages.forwardMessages", 400, "CHAT_WRITE_FORBIDDEN")
    await telegram.put_object(runtime, NAME, blocks(b"film"))
    async with runtime.database.transaction() as session:
        await session.execute(update(TelegramPart).values(backup_since=None))
    copies = [*await parts(runtime), *await parts(runtime), *await parts(runtime)]
    swarm = runtime.part(telegram.Swarm)
    async with swarm.session() as one, swarm.session(avoid=[one.id]) as two:
        await asyncio.gather(
            back_up(runtime.database, one, copies[0], BACKUP),
            back_up(runtime.database, two, copies[1], BACKUP),
        )
        await back_up(runtime.database, one, copies[2], BACKUP)
    assert len(posts(dc, BACKUP)) == 1
