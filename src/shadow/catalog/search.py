"""Find titles by their names, their people and their episodes, on both databases alike.

Four steps, each an index lookup of bounded size, best first: the whole name, its beginning, its
words in any order, and, when those find little, words one typing mistake away. What they find is
ranked here. Nothing is ever counted or sorted over all that matches, so a word that a third of a
million titles share costs no more than a rare one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from rapidfuzz.distance import OSA
from sqlalchemy import Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.indexing import is_spellable, spellings
from shadow.catalog.models import Credit, Episode, Spelling, Title
from shadow.catalog.query_words import Query, understand_query, whole_and_begun
from shadow.catalog.word_index import EPISODES, PEOPLE, TITLES, find_by_words

MOST_MATCHES: Final = 2_000
"""Titles that a list filtered by text holds at most."""
CANDIDATES: Final = 200
"""Titles that a step of the search looks at."""
ENOUGH: Final = 5
"""Hits from which on nobody needs corrected spellings."""
ALTERNATIVES: Final = 6
"""Words that a misspelt one may stand for."""
KINDS: Final = ("movie", "show", "book", "audio")
_TOP: Final = "\U0010ffff"
EXACT, BEGINNING, WORDS, MISSPELT = range(4)


@dataclass(frozen=True, slots=True)
class Hit:
    """A title found (database id) and by what: `because` names the person or episode."""

    title_id: int
    matched: Literal["title", "person", "episode"] = "title"
    because: str | None = None


class Named(NamedTuple):
    """A title as far as ranking needs it."""

    id: int
    kind: str
    title: str
    original_title: str | None
    sort_title: str
    year: int | None
    rating: float | None


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
    ranking = _Ranking(asked)
    ranking.add_titles(await _by_name(session, asked, chosen, CANDIDATES // 4))
    await _by_words(session, asked, chosen, ranking)
    if len(ranking) < ENOUGH:
        corrected = await _corrected(session, asked)
        if corrected is not None:
            await _by_words(session, corrected, chosen, ranking, misspelt=True)
    return ranking.best(limit)


async def matching_titles(session: AsyncSession, query: str, kind: str) -> list[int]:
    """Return the ids of the visible titles of a kind that a list's text filter keeps.

    At most `MOST_MATCHES`, the newest. Spellings are corrected when nothing else matches.
    """
    asked = understand_query(query)
    if asked.is_empty:
        return []
    named = await _by_name(session, asked, (kind,), MOST_MATCHES)
    worded = await _titles_by_words(session, asked, (kind,), MOST_MATCHES)
    if not named and not worded:
        corrected = await _corrected(session, asked)
        if corrected is not None:
            worded = await _titles_by_words(session, corrected, (kind,), MOST_MATCHES)
    return list(dict.fromkeys(title.id for title in (*named, *worded)))[:MOST_MATCHES]


class _Ranking:
    """Hits in the making: the best reason for each title, and its place."""

    def __init__(self, asked: Query) -> None:
        self._asked = asked
        self._best: dict[int, tuple[tuple[float, ...], Hit]] = {}

    def __len__(self) -> int:
        return len(self._best)

    def add_titles(self, titles: Iterable[Named], *, misspelt: bool = False) -> None:
        for title in titles:
            step = MISSPELT if misspelt else self._step_of_title(title)
            self._add(step, 0, title, Hit(title.id))

    def add_by(
        self, name: str, title: Named, matched: Literal["person", "episode"], *, misspelt: bool
    ) -> None:
        step = MISSPELT if misspelt else _step(folding.fold(name), self._asked.folded)
        self._add(step, 1 if matched == "person" else 2, title, Hit(title.id, matched, name))

    def best(self, limit: int) -> list[Hit]:
        ordered = sorted(self._best.values(), key=lambda one: one[0])
        return [hit for _, hit in ordered[:limit]]

    def _add(self, step: float, source: int, title: Named, hit: Hit) -> None:
        place = (step, source, -(title.rating or 0.0), -(title.year or 0), -title.id)
        held = self._best.get(title.id)
        if held is None or place < held[0]:
            self._best[title.id] = (place, hit)

    def _step_of_title(self, title: Named) -> float:
        asked = self._asked.without_year(title.year)
        forms = {folding.fold(title.title), title.sort_title}
        if title.original_title:
            forms.add(folding.fold(title.original_title))
        if asked.replace(" ", "") in {form.replace(" ", "") for form in forms}:
            return EXACT
        return min(_step(form, asked) for form in forms)


def _step(name: str, asked: str) -> float:
    """Return how a folded name matches: a beginning that ends with a word counts for more."""
    if name == asked:
        return EXACT
    if name.startswith(asked):
        return BEGINNING if name[len(asked)] == " " else BEGINNING + 0.5
    return WORDS if f" {asked} " in f" {name} " else WORDS + 0.5


def _names_from(
    kind: str, low: str, high: str, limit: int
) -> Select[int, str, str, str | None, str, int | None, float | None]:
    return (
        select(*_NAMED)
        .where(
            Title.kind == kind,
            Title.hidden.is_(False),
            Title.sort_title >= low,
            Title.sort_title < high,
        )
        .order_by(Title.sort_title, Title.id)
        .limit(limit)
    )


async def _by_name(
    session: AsyncSession, asked: Query, kinds: Sequence[str], limit: int
) -> list[Named]:
    """Return titles whose name begins with the query, and those it names but for the spaces."""
    low = folding.sort_title(asked.folded)
    parts = [_names_from(kind, low, low + _TOP, limit) for kind in kinds]
    joined = (
        select(*_NAMED)
        .where(
            Title.name_key == folding.name_key(asked.folded),
            Title.hidden.is_(False),
            Title.kind.in_(kinds),
        )
        .limit(limit)
    )
    query = union_all(*(select(part.subquery()) for part in (*parts, joined)))
    return [Named(*row) for row in await session.execute(query)]


async def _by_words(
    session: AsyncSession,
    asked: Query,
    kinds: Sequence[str],
    ranking: _Ranking,
    *,
    misspelt: bool = False,
) -> None:
    titles = await _titles_by_words(session, asked, kinds, CANDIDATES)
    ranking.add_titles(titles, misspelt=misspelt)
    groups = whole_and_begun(asked, "")
    people = dict(await find_by_words(session, PEOPLE, groups, CANDIDATES // 4))
    if people:
        query = select(Credit.person_id, *_NAMED).join(Title, Title.id == Credit.title_id)
        query = query.where(Credit.person_id.in_(people)).order_by(Credit.position)
        for row in await session.execute(_visible(query, kinds)):
            ranking.add_by(people[row[0]], Named(*row[1:]), "person", misspelt=misspelt)
    episodes = dict(await find_by_words(session, EPISODES, groups, CANDIDATES // 4))
    if episodes:
        query = select(Episode.id, *_NAMED).join(Title, Title.id == Episode.title_id)
        query = query.where(Episode.id.in_(episodes))
        for row in await session.execute(_visible(query, kinds)):
            ranking.add_by(episodes[row[0]], Named(*row[1:]), "episode", misspelt=misspelt)


async def _titles_by_words(
    session: AsyncSession, asked: Query, kinds: Sequence[str], limit: int
) -> list[Named]:
    groups = whole_and_begun(asked, "".join(kind[0] for kind in kinds))
    return [Named(*row) for row in await find_by_words(session, TITLES, groups, limit)]


def _visible(query: Select[*tuple[Any, ...]], kinds: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return query.where(Title.hidden.is_(False), Title.kind.in_(kinds)).limit(CANDIDATES)


async def _corrected(session: AsyncSession, asked: Query) -> Query | None:
    """Return the query with the words each of its words may be misspelt for, None without any."""
    misspelt = [word for group in asked.words for word in group if is_spellable(word)]
    tried = {spelling for word in misspelt for spelling in spellings(word)}
    if not tried:
        return None
    known = set(
        await session.scalars(select(Spelling.word).where(Spelling.spelling.in_(sorted(tried))))
    )
    groups = tuple(
        (word, *(_nearest(word, known) if word in misspelt else ())) for (word,) in asked.words
    )
    return Query(asked.folded, groups) if any(len(group) > 1 for group in groups) else None


def _nearest(word: str, known: Collection[str]) -> list[str]:
    most = 1 if len(word) < 8 else 2
    near = []
    for candidate in known:
        distance = OSA.distance(word, candidate, score_cutoff=most)
        if 0 < distance <= most:
            # People rarely mistype the first letter, and never choose a word for its length.
            near.append(
                (distance, candidate[0] != word[0], abs(len(candidate) - len(word)), candidate)
            )
    return [candidate for *_, candidate in sorted(near)[:ALTERNATIVES]]
