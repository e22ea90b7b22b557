"""Ask each database's own full-text index for rows that hold words (migration 0002 makes it).

SQLite's index gives rows newest first and stops when there are enough. PostgreSQL's gives them in
no order: sorting all that match first would cost more than a search may take.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.query_words import Groups, fts5_match, tsquery


@dataclass(frozen=True, slots=True)
class WordIndex:
    """One table's full-text index, as a statement for each database."""

    sqlite: str
    postgresql: str


TITLES: Final = WordIndex(
    sqlite="SELECT t.id, t.kind, t.title, t.original_title, t.sort_title, t.year, t.rating "
    "FROM title_search CROSS JOIN titles t ON t.id = title_search.rowid "
    "WHERE title_search MATCH :words AND NOT t.hidden "
    "ORDER BY title_search.rowid DESC LIMIT :limit",
    postgresql="SELECT id, kind, title, original_title, sort_title, year, rating FROM titles "
    "WHERE array_to_tsvector(string_to_array(search_text, ' ')) @@ CAST(:words AS tsquery) "
    "AND NOT hidden LIMIT :limit",
)
PEOPLE: Final = WordIndex(
    sqlite="SELECT p.id, p.name FROM person_search CROSS JOIN people p "
    "ON p.id = person_search.rowid WHERE person_search MATCH :words "
    "ORDER BY person_search.rowid DESC LIMIT :limit",
    postgresql="SELECT id, name FROM people "
    "WHERE array_to_tsvector(string_to_array(search_text, ' ')) @@ CAST(:words AS tsquery) "
    "LIMIT :limit",
)
EPISODES: Final = WordIndex(
    sqlite="SELECT e.id, e.name FROM episode_search CROSS JOIN episodes e "
    "ON e.id = episode_search.rowid WHERE episode_search MATCH :words "
    "ORDER BY episode_search.rowid DESC LIMIT :limit",
    postgresql="SELECT id, name FROM episodes "
    "WHERE array_to_tsvector(string_to_array(search_text, ' ')) @@ CAST(:words AS tsquery) "
    "LIMIT :limit",
)


TITLE_IDS: Final = WordIndex(
    sqlite="SELECT t.id FROM title_search CROSS JOIN titles t ON t.id = title_search.rowid "
    "WHERE title_search MATCH :words AND NOT t.hidden "
    "ORDER BY title_search.rowid DESC LIMIT :limit",
    postgresql="SELECT id FROM titles "
    "WHERE array_to_tsvector(string_to_array(search_text, ' ')) @@ CAST(:words AS tsquery) "
    "AND NOT hidden LIMIT :limit",
)


async def plan_for_words(session: AsyncSession) -> None:
    """Have PostgreSQL plan each query for its own words, for the rest of the transaction.

    Left to itself it keeps one plan for all words, which reads whole tables for the rare ones.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def find_by_words(
    session: AsyncSession, index: WordIndex, groups: Groups, limit: int
) -> Sequence[Any]:
    """Return rows that hold one term of each group, at most `limit`: the columns of `index`."""
    if session.get_bind().dialect.name == "postgresql":
        statement, words = index.postgresql, tsquery(groups)
    else:
        statement, words = index.sqlite, fts5_match(groups)
    found = await session.execute(text(statement), {"words": words, "limit": limit})
    return found.all()
