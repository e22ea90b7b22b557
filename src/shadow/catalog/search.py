"""Find titles by their names, their people and their episodes, on both databases alike.

Four steps, each an index lookup of bounded size, best first: the whole name, its beginning, its
words in any order, and, when those find little, words one typing mistake away. What they find is
ranked here. Nothing is ever counted or sorted over all that matches, so a word that a third of a
million titles share costs no more than a rare one.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.keyset import opaque
from shadow.catalog.models import Credit, Episode, Title
from shadow.catalog.query_words import Query, understand_query, whole_and_begun
from shadow.catalog.ranking import Hit, Matched, Named, Ranking
from shadow.catalog.spelling import corrected
from shadow.catalog.word_index import (
    EPISODES,
    PEOPLE,
    TITLE_IDS,
    TITLES,
    find_by_words,
    plan_for_words,
)

MOST_MATCHES: Final = 1_000
"""Titles that a list filtered by text holds at most."""
CANDIDATES: Final = 120
"""Titles that a step of the search looks at."""
OWNERS: Final = 30
"""People or episodes that a step looks at."""
ENOUGH: Final = 5
"""Hits from which on nobody needs corrected spellings."""
KINDS: Final = ("movie", "show", "book", "audio")
_TOP: Final = "\U0010ffff"
_NAMED = (
    *(Title.id, Title.kind, Title.title, Title.original_title),
    *(Title.sort_title, Title.year, Title.rating),
)


async def search(
    session: AsyncSession, query: str, limit: int = 20, kinds: Collection[str] | None = None
) -> list[Hit]:
    """Return the visible titles that a query finds, best first, each once.

    Exact names come before beginnings, beginnings before words, words before misspelt words;
    within each a title's own name before people, people before episodes, then the better rated
    and the newer. Any text is a query; one without letters and digits finds nothing.

    Args:
        session: to read with.
        query: what was typed; the last word may be unfinished.
        limit: at most this many hits.
        kinds: `movie`, `show`, `book`, `audio`; all by default.
    """
    asked = understand_query(query)
    chosen = tuple(kind for kind in KINDS if kinds is None or kind in kinds)
    if asked.is_empty or not chosen:
        return []
    await plan_for_words(session)
    ranking = Ranking(asked)
    named = await session.execute(_names(chosen, asked, OWNERS, *_NAMED))
    ranking.add_titles([Named(*row) for row in named], misspelt=False)
    await _by_words(session, asked, chosen, ranking)
    if len(ranking) < ENOUGH:
        meant = await corrected(session, asked)
        if meant is not None:
            await _by_words(session, meant, chosen, ranking, misspelt=True)
    return ranking.best(limit)


async def matching_titles(session: AsyncSession, query: str, kind: str) -> list[int]:
    """Return the ids of the visible titles of a kind that a list's text filter keeps.

    At most `MOST_MATCHES`. Spellings are corrected when nothing else matches.
    """
    asked = understand_query(query)
    if asked.is_empty:
        return []
    await plan_for_words(session)
    named = _names([kind], asked, MOST_MATCHES, Title.id)
    ids = list(await session.scalars(named))
    ids += await _ids_by_words(session, asked, kind)
    if not ids and (meant := await corrected(session, asked)) is not None:
        ids = await _ids_by_words(session, meant, kind)
    return list(dict.fromkeys(ids))[:MOST_MATCHES]


def _names(
    kinds: Sequence[str], asked: Query, limit: int, *columns: Any
) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query of titles whose name begins with what was asked, or is it but for spaces."""
    low = folding.sort_title(asked.folded)
    begun = [
        select(*columns)
        .where(Title.kind == kind, Title.hidden.is_(False))
        .where(Title.sort_title >= low, Title.sort_title < low + _TOP)
        .order_by(Title.sort_title, Title.id)
        .limit(limit)
        for kind in kinds
    ]
    key = folding.name_key(asked.folded)
    joined = select(*columns).where(Title.name_key == key, *_visible(kinds)).limit(limit)
    return union_all(*(select(part.subquery()) for part in (*begun, joined)))


async def _ids_by_words(session: AsyncSession, asked: Query, kind: str) -> list[int]:
    words = whole_and_begun(asked, kind[0])
    return [row.id for row in await find_by_words(session, TITLE_IDS, words, MOST_MATCHES)]


async def _by_words(
    session: AsyncSession,
    asked: Query,
    kinds: Sequence[str],
    ranking: Ranking,
    *,
    misspelt: bool = False,
) -> None:
    titles = await _titles_by_words(session, asked, kinds, CANDIDATES)
    ranking.add_titles(titles, misspelt=misspelt)
    words = whole_and_begun(asked, "")
    people = dict(await find_by_words(session, PEOPLE, words, OWNERS))
    episodes = dict(await find_by_words(session, EPISODES, words, OWNERS))
    credited = select(Credit.person_id, *_NAMED).join(Title, Title.id == Credit.title_id)
    credited = credited.where(Credit.person_id.in_(people)).order_by(Credit.position, Credit.id)
    within = select(Episode.id, *_NAMED).join(Title, Title.id == Episode.title_id)
    within = within.where(Episode.id.in_(episodes))
    owned: list[tuple[Matched, Mapping[int, str], Select[*tuple[Any, ...]]]] = [
        ("person", people, credited),
        ("episode", episodes, within),
    ]
    for matched, names, query in owned:
        if names:
            rows = await session.execute(query.where(*_visible(kinds)).limit(CANDIDATES))
            for owner, *title in rows:
                ranking.add_by(matched, names[owner], Named(*title), misspelt=misspelt)


async def _titles_by_words(
    session: AsyncSession, asked: Query, kinds: Sequence[str], limit: int
) -> list[Named]:
    words = whole_and_begun(asked, "".join(kind[0] for kind in kinds))
    return [Named(*row) for row in await find_by_words(session, TITLES, words, limit)]


def _visible(kinds: Sequence[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that titles found by other means are shown and of these kinds.

    Opaque: else SQLite would start from all titles of the kinds.
    """
    kind, hidden = opaque(Title.kind.expression), opaque(Title.hidden.expression)
    return kind.in_(kinds), hidden.is_(False)
