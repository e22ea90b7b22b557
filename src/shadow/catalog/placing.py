"""Find or make the title, season and episodes that found files belong to.

How two names meet in one title, for the same kind and the same folded name:
1. the same year in both names, or the year that the title is known to be of;
2. a name with a year joins the one title that has none, which takes the year;
3. a name without a year joins the one title of that name; among several it cannot choose and
   gets a title of its own, which stands in the review list.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.bulk import Row, chunks, insert_ignoring, table_of, update_rows
from shadow.catalog.identity import insert_with_public_ids
from shadow.catalog.indexing import title_search_text
from shadow.catalog.models import Episode, Season, Title
from shadow.catalog.understood import DOUBTFUL_BELOW, Identity

AMBIGUOUS = "Several titles have this name, and the file does not tell the year."
GUESSED = "The name of the file tells too little to be sure."


@dataclass(slots=True)
class KnownTitle:
    """A title as far as placing needs it; `id` is None until it is inserted."""

    id: int | None
    match_key: str
    name_key: str
    kind: str
    year: int | None
    title: str = ""
    skeleton: bool = False
    """Nothing but a file name made it: no provider, no person has touched it."""
    locked: Collection[str] = ()
    original_title: str | None = None
    confidence: float = 0.0
    review: str = "ok"
    review_reason: str | None = None
    external_ids: tuple[tuple[str, str], ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Tell whether it has no year and other titles of its name have."""
        return self.review_reason == AMBIGUOUS

    @property
    def key_year(self) -> int | None:
        """Return the year of the file names that made it."""
        year = self.match_key.rpartition(":")[2]
        return int(year) if year else None

    def doubt(self, *, ambiguous: bool) -> None:
        """Set the review state that a name alone gives."""
        doubtful = ambiguous or self.confidence < DOUBTFUL_BELOW
        self.review = "doubtful" if doubtful else "ok"
        self.review_reason = AMBIGUOUS if ambiguous else GUESSED if doubtful else None

    def trust(self, confidence: float) -> None:
        """Take note of another name for it, which may settle the doubt about the first."""
        if confidence <= self.confidence:
            return
        self.confidence = confidence
        if self.review == "doubtful" and self.review_reason in {GUESSED, None}:
            self.doubt(ambiguous=False)


class Titles:
    """The titles that a batch may meet, by kind and folded name; also those about to be made."""

    def __init__(self, known: Iterable[KnownTitle]) -> None:
        self._by_name: dict[tuple[str, str], list[KnownTitle]] = {}
        self.new: list[KnownTitle] = []
        self.changed: dict[int, KnownTitle] = {}
        for title in known:
            self._by_name.setdefault((title.kind, title.name_key), []).append(title)

    def find(self, kind: str, name_key: str, year: int | None) -> KnownTitle | None:
        """Return the title that a name joins as it stands, by rules 1 and 3."""
        same = self._by_name.get((kind, name_key), [])
        if year is None:
            yearless = [title for title in same if title.key_year is None and title.ambiguous]
            return same[0] if len(same) == 1 else (yearless[0] if yearless else None)
        for title in same:
            if title.key_year == year:
                return title
        return next((title for title in same if title.year == year), None)

    def place(self, identity: Identity) -> KnownTitle:
        """Return the title of an identity, planning a new one where none fits."""
        found = self.find(identity.kind, identity.name_key, identity.year)
        if found is not None:
            found.trust(identity.confidence)
            return found
        same = self._by_name.setdefault((identity.kind, identity.name_key), [])
        open_ones = [title for title in same if title.key_year is None and title.year is None]
        if identity.year is not None and len(open_ones) == 1:
            self._adopt_year(open_ones[0], identity)
            return open_ones[0]
        own = next((title for title in same if title.key_year == identity.year), None)
        if own is not None:
            return own
        made = KnownTitle(
            id=None,
            match_key=identity.match_key,
            name_key=identity.name_key,
            kind=identity.kind,
            year=identity.year,
            title=identity.title,
            skeleton=True,
            confidence=identity.confidence,
            external_ids=identity.external_ids,
        )
        made.doubt(ambiguous=identity.year is None and bool(same))
        same.append(made)
        self.new.append(made)
        return made

    def rename(self, title: KnownTitle, identity: Identity) -> bool:
        """Give a title the identity its moved files have now; False when that name is taken."""
        if self._by_name.get((identity.kind, identity.name_key)):
            return False
        self._by_name[title.kind, title.name_key].remove(title)
        self._by_name[identity.kind, identity.name_key] = [title]
        title.name_key, title.match_key = identity.name_key, identity.match_key
        title.title, title.year = identity.title, identity.year
        title.trust(identity.confidence)
        self._remember(title)
        return True

    def _adopt_year(self, title: KnownTitle, identity: Identity) -> None:
        title.match_key = identity.match_key
        if "year" not in title.locked:
            title.year = identity.year
        title.review_reason = None if title.ambiguous else title.review_reason
        title.trust(identity.confidence)
        self._remember(title)

    def _remember(self, title: KnownTitle) -> None:
        if title.id is not None:
            self.changed[title.id] = title


async def known_titles(
    session: AsyncSession, name_keys: Collection[str], ids: Collection[int] = ()
) -> list[KnownTitle]:
    """Return the titles of these folded names, and those with these ids."""
    rows: dict[int, KnownTitle] = {}
    for column, values in ((Title.name_key, list(name_keys)), (Title.id, list(ids))):
        for piece in chunks(values):
            found = await session.execute(
                select(
                    *(Title.id, Title.match_key, Title.name_key, Title.kind, Title.year),
                    *(Title.title, Title.original_title, Title.locked, Title.external_ids),
                    *(Title.refreshed_at, Title.review, Title.review_reason, Title.confidence),
                ).where(column.in_(piece))
            )
            for row in found:
                rows[row.id] = KnownTitle(
                    id=row.id,
                    match_key=row.match_key,
                    name_key=row.name_key,
                    kind=row.kind,
                    year=row.year,
                    title=row.title,
                    skeleton=row.refreshed_at is None and not row.locked,
                    locked=row.locked,
                    original_title=row.original_title,
                    confidence=row.confidence,
                    review=row.review,
                    review_reason=row.review_reason,
                )
    return list(rows.values())


async def write_titles(session: AsyncSession, titles: Titles, now: datetime) -> None:
    """Insert the new titles, which gives them ids, and write those that took a year or a name."""
    await update_rows(
        session,
        Title,
        [
            {
                "id": title.id,
                "match_key": title.match_key,
                "name_key": title.name_key,
                "title": title.title,
                "sort_title": folding.sort_title(title.title),
                "year": title.year,
                "search_text": title_search_text(
                    title.kind, title.title, title.original_title, title.year
                ),
                "review": title.review,
                "review_reason": title.review_reason,
                "confidence": title.confidence,
                "updated_at": now,
            }
            for _, title in sorted(titles.changed.items())
        ],
    )
    ids = await insert_with_public_ids(
        session, Title, [_title_row(title, now) for title in titles.new], ("match_key",)
    )
    for title in titles.new:
        title.id = ids[title.match_key,]


def _title_row(title: KnownTitle, now: datetime) -> Row:
    return {
        "kind": title.kind,
        "match_key": title.match_key,
        "name_key": title.name_key,
        "title": title.title,
        "sort_title": folding.sort_title(title.title),
        "search_text": title_search_text(title.kind, title.title, None, title.year),
        "year": title.year,
        "review": title.review,
        "review_reason": title.review_reason,
        "confidence": title.confidence,
        "external_ids": dict(title.external_ids),
        "locked": [],
        "hidden": False,
        "season_count": 0,
        "episode_count": 0,
        "added_at": now,
        "updated_at": now,
    }


@dataclass(frozen=True, slots=True)
class EpisodePlace:
    """An episode by where it stands."""

    title_id: int
    season: int
    number: int
    absolute: int | None = None
    air_date: date | None = None


async def ensure_seasons(
    session: AsyncSession, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """Return the ids of seasons by (title id, number), making those that are not there."""
    ids = await _season_ids(session, {title_id for title_id, _ in wanted})
    missing = sorted(set(wanted) - set(ids))
    if missing:
        rows = [{"title_id": title_id, "number": number} for title_id, number in missing]
        await insert_ignoring(session, table_of(Season), rows)
        ids = await _season_ids(session, {title_id for title_id, _ in wanted})
    return ids


async def ensure_episodes(
    session: AsyncSession, wanted: Sequence[EpisodePlace]
) -> dict[tuple[int, int, int], int]:
    """Return the ids of episodes by (title id, season, number), making those not there."""
    seasons = await ensure_seasons(session, {(one.title_id, one.season) for one in wanted})
    by_place = {(seasons[one.title_id, one.season], one.number): one for one in wanted}
    ids = await _episode_ids(session, {season_id for season_id, _ in by_place})
    rows = [
        {
            "title_id": one.title_id,
            "season_id": season_id,
            "number": number,
            "absolute": one.absolute,
            "air_date": one.air_date,
            "search_text": "",
        }
        for (season_id, number), one in by_place.items()
        if (season_id, number) not in ids
    ]
    if rows:
        made = await insert_with_public_ids(session, Episode, rows, ("season_id", "number"))
        ids.update({(key[0], key[1]): row_id for key, row_id in made.items()})
    return {
        (one.title_id, one.season, one.number): ids[seasons[one.title_id, one.season], one.number]
        for one in wanted
    }


async def _season_ids(session: AsyncSession, titles: Collection[int]) -> dict[tuple[int, int], int]:
    ids: dict[tuple[int, int], int] = {}
    for piece in chunks(list(titles)):
        found = await session.execute(
            select(Season.title_id, Season.number, Season.id).where(Season.title_id.in_(piece))
        )
        ids.update({(row[0], row[1]): row[2] for row in found})
    return ids


async def _episode_ids(
    session: AsyncSession, seasons: Collection[int]
) -> dict[tuple[int, int], int]:
    ids: dict[tuple[int, int], int] = {}
    for piece in chunks(list(seasons)):
        found = await session.execute(
            select(Episode.season_id, Episode.number, Episode.id).where(
                Episode.season_id.in_(piece)
            )
        )
        ids.update({(row[0], row[1]): row[2] for row in found})
    return ids
