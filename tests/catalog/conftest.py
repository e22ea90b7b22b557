"""What the catalogue's tests share."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from shadow.catalog.found import FoundFile, RecordedBatch
from shadow.catalog.service import record_files
from shadow.runtime.database import Database


class Shelf:
    """A database with short ways to record files and to look at the tables."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def record(self, *batch: FoundFile) -> RecordedBatch:
        async with self.database.transaction() as session:
            return await record_files(session, batch)

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.database.session() as session:
            return (await session.execute(text(statement), values)).all()

    async def one(self, statement: str, **values: Any) -> Any:
        (row,) = await self.rows(statement, **values)
        return row

    async def titles(self) -> list[tuple[Any, ...]]:
        """Kind, title, year and whether it is hidden, of every title."""
        rows = await self.rows("SELECT kind, title, year, hidden FROM titles ORDER BY title, year")
        return [(kind, title, year, bool(hidden)) for kind, title, year, hidden in rows]

    async def dump(self) -> dict[str, list[Any]]:
        """Everything that a scan writes, without ids and times."""
        queries = {
            "titles": "SELECT kind, match_key, title, year, hidden, review, season_count, "
            "episode_count, search_text FROM titles",
            "files": "SELECT path, state, role, understood, facts_key, t.match_key FROM files f "
            "LEFT JOIN titles t ON t.id = f.title_id",
            "streams": "SELECT f.path, s.type, s.codec FROM streams s JOIN files f "
            "ON f.id = s.file_id",
            "episodes": "SELECT t.match_key, s.number, e.number, e.absolute, f.path "
            "FROM episodes e JOIN seasons s ON s.id = e.season_id "
            "JOIN titles t ON t.id = e.title_id "
            "LEFT JOIN file_episodes fe ON fe.episode_id = e.id "
            "LEFT JOIN files f ON f.id = fe.file_id",
            "tallies": "SELECT kind, facet, sum(number) FROM tallies GROUP BY kind, facet "
            "HAVING sum(number) <> 0",
        }
        return {
            name: sorted((tuple(row) for row in await self.rows(query)), key=repr)
            for name, query in queries.items()
        }


@pytest.fixture
def shelf(database: Database) -> Shelf:
    """An empty catalogue, on SQLite and on PostgreSQL."""
    return Shelf(database)
