"""Find titles by their names, their people and their episodes, on both databases alike.

Four steps, each an index lookup of bounded size, best first: the whole name, its beginning, its
words in any order, and, when those find little, words one typing mistake away. What they find is
ranked here. Nothing is ever counted or sorted over all that matches, so a word that a third of a
million titles share costs no more than a rare one.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.bulk import among
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
CANDIDATES: Final = 200
"""Titles that a step of the search looks at."""
OWNERS: Final = 50
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
    ranking.add_titles(await _by_name(session, asked, chosen, OWNERS), misspelt=False)
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
    named = _names(kind, asked, MOST_MATCHES, Title.id).subquery()
    ids = list(await session.scalars(select(named.c.id)))
    ids += await _visible(session, await _joined(session, asked), (kind,))
    ids += await _ids_by_words(session, asked, kind)
    if not ids and (meant := await corrected(session, asked)) is not None:
        ids = await _ids_by_words(session, meant, kind)
    return list(dict.fromkeys(ids))[:MOST_MATCHES]


async def _by_name(
    session: AsyncSession, asked: Query, kinds: Sequence[str], limit: int
) -> list[Named]:
    """Return titles whose name begins with the query, and those it names but for the spaces."""
    parts = [_names(kind, asked, limit, *_NAMED).subquery() for kind in kinds]
    query = union_all(*(select(part) for part in parts))
    found = [Named(*row) for row in await session.execute(query)]
    named = await _visible(session, await _joined(session, asked), kinds)
    return [*found, *named.values()]


def _names(kind: str, asked: Query, limit: int, *columns: Any) -> Select[*tuple[Any, ...]]:
    low = folding.sort_title(asked.folded)
    return (
        select(*columns)
        .where(Title.kind == kind, Title.hidden.is_(False))
        .where(Title.sort_title >= low, Title.sort_title < low + _TOP)
        .order_by(Title.sort_title, Title.id)
        .limit(limit)
    )


async def _joined(session: AsyncSession, asked: Query) -> list[int]:
    """Return titles of any kind that have the query's letters, whatever their spaces."""
    key = folding.name_key(asked.folded)
    return list(await session.scalars(select(Title.id).where(Title.name_key == key).limit(OWNERS)))


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
    credited = select(Credit.title_id, Credit.person_id).where(Credit.person_id.in_(people))
    within = select(Episode.title_id, Episode.id).where(Episode.id.in_(episodes))
    owned: list[tuple[Matched, Mapping[int, str], Select[int, int]]] = [
        ("person", people, credited.order_by(Credit.position, Credit.id).limit(CANDIDATES)),
        ("episode", episodes, within),
    ]
    for matched, names, query in owned:
        pairs = (await session.execute(query)).all() if names else []
        shown = await _visible(session, [title_id for title_id, _ in pairs], kinds)
        for title_id, owner in pairs:
            if title_id in shown:
                ranking.add_by(matched, names[owner], shown[title_id], misspelt=misspelt)


async def _titles_by_words(
    session: AsyncSession, asked: Query, kinds: Sequence[str], limit: int
) -> list[Named]:
    words = whole_and_begun(asked, "".join(kind[0] for kind in kinds))
    return [Named(*row) for row in await find_by_words(session, TITLES, words, limit)]


async def _visible(
    session: AsyncSession, title_ids: Sequence[int], kinds: Sequence[str]
) -> dict[int, Named]:
    """Return the titles that are shown and of these kinds.

    Filtered here: asked to, SQLite would start from all titles of the kinds instead of from ids.
    """
    if not title_ids:
        return {}
    query = select(*_NAMED, Title.hidden).where(among(session, Title.id.expression, title_ids))
    rows = await session.execute(query)
    return {row.id: Named(*row[:-1]) for row in rows if row.kind in kinds and not row.hidden}
