"""What the library knows of a title before it asks a provider, and which titles are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.errors import TitleMissing
from shadow.catalog.matching import KnownFacts
from shadow.catalog.metadata_models import Lookup
from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.catalog.ports import MetadataKind

DATED = 1_900
"""Season numbers from here on are years: daily shows, whose seasons providers count otherwise."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A title to look up. `seasons` are those that there are files of."""

    title_id: int
    known: KnownFacts
    external_ids: Mapping[str, str]
    seasons: tuple[int, ...]
    matched: bool
    """A provider's entry has been taken already: it is read again, not searched for."""


async def subject(session: AsyncSession, title_id: int) -> Subject:
    """Return what is known of a title (database id). Raises `TitleMissing`."""
    title = await session.get(Title, title_id, populate_existing=True)
    if title is None:
        raise TitleMissing("No title has this id.")
    episodes = await _episodes(session, title_id) if title.kind == "show" else {}
    seasons = tuple(sorted(number for number in episodes if number < DATED))
    counted = {number: highest for number, highest in episodes.items() if 0 < number < DATED}
    known = KnownFacts(
        kind=cast(MetadataKind, title.kind),
        title=title.title,
        other_titles=(title.original_title,) if title.original_title else (),
        year=title.year,
        runtime_minutes=await _minutes(session, title_id) if title.kind == "movie" else None,
        episodes=counted,
    )
    return Subject(
        title_id, known, dict(title.external_ids), seasons, title.refreshed_at is not None
    )


async def due_titles(
    session: AsyncSession, kinds: frozenset[MetadataKind], now: datetime, *, after: int, most: int
) -> list[int]:
    """Return titles to look up, by id, from `after` on: never asked about, or due again."""
    query = select(Title.id).outerjoin(Lookup, Lookup.title_id == Title.id)
    query = query.where(_is_due(kinds, now), Title.id > after).order_by(Title.id).limit(most)
    return list(await session.scalars(query))


async def count_due(session: AsyncSession, kinds: frozenset[MetadataKind], now: datetime) -> int:
    """Count the titles that `due_titles` would return."""
    query = select(func.count()).select_from(Title).outerjoin(Lookup, Lookup.title_id == Title.id)
    return await session.scalar(query.where(_is_due(kinds, now))) or 0


async def make_due(session: AsyncSession, title_ids: Sequence[int], now: datetime) -> None:
    """Let titles be asked about again: their files changed, so more may be known."""
    for start in range(0, len(title_ids), 500):
        piece = title_ids[start : start + 500]
        await session.execute(update(Lookup).where(Lookup.title_id.in_(piece)).values(due_at=now))


async def note_lookup(
    session: AsyncSession, title_id: int, outcome: str, *, asked_at: datetime, due: datetime | None
) -> None:
    """Remember that a title was asked about, and when it is due again."""
    await session.execute(delete(Lookup).where(Lookup.title_id == title_id))
    session.add(Lookup(title_id=title_id, outcome=outcome, asked_at=asked_at, due_at=due))
    await session.flush()


def _is_due(kinds: frozenset[MetadataKind], now: datetime) -> ColumnElement[bool]:
    unsettled: Any = or_(Lookup.outcome == "matched", Title.review != "ok")
    return and_(
        Title.kind.in_(sorted(kinds)),
        Title.hidden.is_(False),
        or_(Lookup.title_id.is_(None), and_(Lookup.due_at <= now, unsettled)),
    )


async def _minutes(session: AsyncSession, title_id: int) -> float | None:
    """Return the length of the longest whole file; pieces of a film tell nothing of its length."""
    query = select(func.max(File.duration)).where(
        File.title_id == title_id,
        File.state == "present",
        File.role == "main",
        File.part.is_(None),
    )
    seconds = await session.scalar(query)
    return seconds / 60 if seconds else None


async def _episodes(session: AsyncSession, title_id: int) -> dict[int, int]:
    """Return the highest episode number that there is a file of, by season number."""
    query = (
        select(Season.number, func.max(Episode.number))
        .join(Episode, Episode.season_id == Season.id)
        .join(FileEpisode, FileEpisode.episode_id == Episode.id)
        .join(File, File.id == FileEpisode.file_id)
        .where(Season.title_id == title_id, File.state == "present")
        .group_by(Season.number)
    )
    return {row[0]: row[1] for row in await session.execute(query)}
