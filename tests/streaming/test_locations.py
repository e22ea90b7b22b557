"""What is remembered of where files are."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, update
from tests.support.stored_files import catalogue_file

from shadow.catalog.models import File
from shadow.runtime.context import Runtime
from shadow.streaming.errors import FileMissing
from shadow.streaming.locations import Locations

FILE_ID = "Ab3dE9x"


@pytest.fixture
async def stored_id(runtime: Runtime, tmp_path: Path) -> str:
    async with runtime.database.transaction() as session:
        await catalogue_file(session, tmp_path / "film.mkv", public_id=FILE_ID)
    return FILE_ID


def counted(runtime: Runtime) -> list[str]:
    """Return a list that grows with each query."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(runtime.database.engine.sync_engine, "before_cursor_execute", note)
    return asked


async def test_many_who_ask_at_once_share_one_query(runtime: Runtime, stored_id: str) -> None:
    locations = Locations(runtime.database)
    asked = counted(runtime)
    answers = await asyncio.gather(*(locations.locate(stored_id) for _ in range(20)))
    assert len({one.bytes.key for one in answers}) == 1
    assert len([one for one in asked if "FROM files" in one]) == 1


async def test_one_who_goes_away_leaves_the_answer_to_the_others(
    runtime: Runtime, stored_id: str
) -> None:
    locations = Locations(runtime.database)
    leaving = asyncio.create_task(locations.locate(stored_id))
    staying = asyncio.create_task(locations.locate(stored_id))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).bytes.storage == "local"


async def test_what_is_not_there_is_asked_for_again(runtime: Runtime, stored_id: str) -> None:
    locations = Locations(runtime.database)
    async with runtime.database.transaction() as session:
        await session.execute(update(File).values(state="missing"))
    with pytest.raises(FileMissing):
        await locations.locate(stored_id)
    async with runtime.database.transaction() as session:
        await session.execute(update(File).values(state="present"))
    assert (await locations.locate(stored_id)).bytes.storage == "local"
