"""The right to put under a name, and the records of an upload, on both kinds of database."""

import asyncio
from datetime import datetime, timedelta

import pytest

from shadow.kit.clock import utc_now
from shadow.runtime.database import Database
from shadow.storage.errors import ObjectExists, StorageUnavailable
from shadow.telegram.object_models import TelegramObject, TelegramPart
from shadow.telegram.transfers.claims import claimed
from shadow.telegram.transfers.records import Begun, Records


def later() -> datetime:
    return utc_now() + timedelta(minutes=1)


async def test_a_second_one_waits_until_the_first_lets_go(database: Database) -> None:
    order = []

    async def claim(number: int) -> None:
        async with claimed(database, utc_now, "film.mkv"):
            order.append(number)
            await asyncio.sleep(0.05)
            order.append(number)

    await asyncio.gather(claim(1), claim(2))
    assert order in ([1, 1, 2, 2], [2, 2, 1, 1])


async def test_what_belonged_to_somebody_dead_is_taken_over(database: Database) -> None:
    async with claimed(database, utc_now, "film.mkv") as dead:
        async with claimed(database, later, "film.mkv") as claim:
            assert claim.object_id == dead.object_id
            await Records(database, utc_now, claim).begin(Begun(0, 1, "bot-1", 1, None, {}))
            with pytest.raises(StorageUnavailable):
                await Records(database, utc_now, dead).begin(Begun(0, 2, "bot-1", 1, None, {}))
        async with database.session() as session:
            row = await session.get(TelegramObject, claim.object_id)
        assert row is not None
        assert row.owner is None


async def test_an_upload_is_remembered_until_its_object_is_there(database: Database) -> None:
    async with claimed(database, utc_now, "film.mkv") as claim:
        records = Records(database, utc_now, claim)
        await records.begin(Begun(0, 2**62, "bot-1", 3, None, {}))
        await records.confirm(0, {0: b"a" * 32, 2: b"c" * 32})
        await records.confirm(0, {2: b"d" * 32})
        await records.sending(0, 77)
        begun = await records.begun(0, posted=False)
        assert begun == Begun(0, 2**62, "bot-1", 3, 77, {0: b"a" * 32, 2: b"d" * 32})
        await records.forget(0, [2])
        old = Records(database, lambda: utc_now() + timedelta(hours=2), claim)
        lapsed = await old.begun(0, posted=False)
        kept = await old.begun(0, posted=True)
        assert lapsed is not None
        assert kept is not None
        assert (lapsed.confirmed, kept.confirmed) == ({}, {0: b"a" * 32})
        assert await records.account() == "bot-1"
        part = TelegramPart(number=0, offset=0, size=5, channel=-100, message_id=1,
                            document_id=2**62, dc=2)  # fmt: skip
        await records.add(part)
        assert [one.size for one in await records.posted()] == [5]
        await records.publish(size=5, sha256="0" * 64, mtime_ns=7)
        assert await records.begun(0, posted=True) is None
    with pytest.raises(ObjectExists):
        async with claimed(database, utc_now, "film.mkv"):
            pass
