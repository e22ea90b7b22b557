"""Pages of titles and files: filtered, sorted, by cursor, with a total that costs nothing.

A page continues after the sort key of the last row seen, so rows that come or go in between
neither repeat nor hide others. Two roads lead to a page. Without a selective filter the sort
order's index is walked and misfits are skipped; with one, the few rows it leaves are fetched and
sorted. Tallies that triggers keep tell which is shorter. A text filter is always of the
second sort: it stands for the first `search.MOST_MATCHES` titles that match.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import among
from shadow.catalog.folding import clean
from shadow.catalog.keyset import (
    Order,
    decode_position,
    find_order,
    keyset_page,
    next_cursor,
    opaque,
)
from shadow.catalog.models import Genre, Tally, Title, TitleGenre
from shadow.catalog.schemas import GenreList, GenreOut, TitlePage
from shadow.catalog.search import matching_titles
from shadow.catalog.showing import cards
from shadow.kit.paging import MAX_LIMIT

FETCHING: Final = 4
"""What it costs to fetch a row, as a multiple of skipping one on a walk (measured)."""
_ID: Final = Title.id.expression
TITLE_ORDERS: Final[Mapping[str, Order]] = {
    "title": Order(Title.sort_title.expression, _ID, str),
    "added": Order(Title.added_at.expression, _ID, datetime),
    "year": Order(Title.year_key.expression, _ID, int),
    "rating": Order(Title.rating_key.expression, _ID, float),
}


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """Which titles a list holds; empty fields do not narrow it."""

    kind: str
    q: str | None = None
    genre: str | None = None
    year: int | None = None


async def list_titles(
    session: AsyncSession,
    wanted: TitleFilter,
    *,
    sort: str = "title",
    cursor: str | None = None,
    limit: int = 50,
) -> TitlePage:
    """Return a page of visible titles of one kind.

    Args:
        session: to read with.
        wanted: what the list holds.
        sort: `title`, `added`, `year` or `rating`; a leading `-` reverses.
        cursor: `next_cursor` of the page before.
        limit: at most 200 items.

    Raises:
        ListRefused: there is no such sort order.
        CursorInvalid: the cursor is not of this list's sort order.
    """
    order = find_order(sort, TITLE_ORDERS)
    after = decode_position(cursor, sort, order) if cursor else None
    limit = max(1, min(limit, MAX_LIMIT))
    road = await _road(session, wanted, limit)
    if road is None or road.total == 0:
        return TitlePage(items=[], next_cursor=None, total=0)
    if road.fetched:
        order = replace(order, by=opaque(order.by))
    query = select(Title.id, order.by.label("key")).where(*road.conditions)
    rows = await keyset_page(session, query, order, after, limit)
    shown = await cards(session, [row[0] for row in rows[:limit]])
    return TitlePage(
        items=list(shown.values()), next_cursor=next_cursor(sort, rows, limit), total=road.total
    )


async def genre_list(session: AsyncSession, kind: str) -> GenreList:
    """Return the genres of the visible titles of a kind, most used first."""
    number = func.sum(Tally.number)
    rows = await session.execute(
        select(Tally.facet, number)
        .where(Tally.kind == kind, Tally.facet.like("genre:%"))
        .group_by(Tally.facet)
        .having(number > 0)
    )
    counts = {int(facet.partition(":")[2]): int(count) for facet, count in rows}
    names = dict((await session.execute(select(Genre.id, Genre.name))).all())
    items = [
        GenreOut(name=names[one], count=count) for one, count in counts.items() if one in names
    ]
    return GenreList(items=sorted(items, key=lambda item: (-item.count, item.name)))


async def tallies(session: AsyncSession, kind: str, facets: Sequence[str]) -> dict[str, int]:
    """Return how many visible titles of a kind some facets have (see `models.Tally`)."""
    rows = await session.execute(
        select(Tally.facet, func.sum(Tally.number))
        .where(Tally.kind == kind, Tally.facet.in_(facets))
        .group_by(Tally.facet)
    )
    return {facet: int(number) for facet, number in rows}


@dataclass(frozen=True, slots=True)
class _Road:
    """How to reach a page: fetch the few rows there are and sort them, or walk the sort order."""

    conditions: Sequence[ColumnElement[bool]]
    total: int
    fetched: bool


async def _road(session: AsyncSession, wanted: TitleFilter, limit: int) -> _Road | None:
    """Choose the road to a page and count the list; None when nothing can match.

    To walk passes `everything / matching` rows for each one that is shown; to fetch takes all of
    the rarer filter's rows.
    """
    genre_id = None
    if wanted.genre is not None:
        genre_id = await session.scalar(select(Genre.id).where(Genre.name == clean(wanted.genre)))
        if genre_id is None:
            return None
    if wanted.q is not None and wanted.q.strip():
        ids = await matching_titles(session, wanted.q, wanted.kind)
        found = among(session, Title.id.expression, ids)
        if wanted.year is None and genre_id is None:
            return _Road([found], len(ids), fetched=True)
        return await _fetched(session, [found, *_filtered(wanted, genre_id)])
    facets = ["all"]
    facets += [f"year:{wanted.year}"] if wanted.year is not None else []
    facets += [f"genre:{genre_id}"] if genre_id is not None else []
    facets += [f"both:{genre_id}:{wanted.year}"] if len(facets) == 3 else []
    tallied = await tallies(session, wanted.kind, facets)
    counts = [tallied.get(facet, 0) for facet in facets]
    everything, fewest, matching = counts[0], min(counts[1:3], default=0), counts[-1]
    shown = [Title.kind == wanted.kind, Title.hidden.is_(False)]
    if matching * FETCHING * fewest >= everything * limit or len(facets) == 1:
        return _Road([*shown, *_filtered(wanted, genre_id)], matching, fetched=False)
    if wanted.year is not None and fewest == counts[1]:
        of_year = [Title.year_key == wanted.year, *_filtered(wanted, genre_id, year=False)]
        return _Road([*shown, *of_year], matching, fetched=True)
    of_genre = select(TitleGenre.title_id).where(TitleGenre.genre_id == genre_id)
    of_kind = [
        opaque(Title.kind.expression) == wanted.kind,
        opaque(Title.hidden.expression).is_(False),
    ]
    few = [Title.id.in_(of_genre), *of_kind, *_filtered(wanted, None)]
    return _Road(few, matching, fetched=True)


async def _fetched(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> _Road:
    """Return the road by way of the few rows that the conditions leave."""
    total = await session.scalar(select(func.count()).select_from(Title).where(*conditions))
    return _Road(conditions, total or 0, fetched=True)


def _filtered(
    wanted: TitleFilter, genre_id: int | None, *, year: bool = True
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if year and wanted.year is not None:
        # Not by the index of years: it would have all of the year sorted for every page.
        conditions.append(opaque(Title.year_key.expression) == wanted.year)
    if genre_id is not None:
        conditions.append(
            exists().where(TitleGenre.title_id == Title.id, TitleGenre.genre_id == genre_id)
        )
    return conditions
