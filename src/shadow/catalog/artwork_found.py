"""Artwork that a scan finds: pictures beside the media, and what still lacks one."""

import asyncio
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.artwork import (
    Column,
    Owner,
    Placement,
    local_source,
    store_local,
    wanted,
)
from shadow.catalog.artwork_rules import PictureRefused
from shadow.catalog.found import ArtworkFound, LocalArtwork
from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.catalog.reading import FileBytes, bytes_of
from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A place without a picture, and the file that a frame for it can be taken from.

    `cover` tells that the file carries a cover picture, which is better than a frame.
    """

    owner: Owner
    owner_id: int
    column: Column
    file: FileBytes
    cover: bool


async def store_found_artwork(runtime: Runtime, found: Sequence[ArtworkFound]) -> int:
    """Keep pictures that lie beside the media and show them; return how many are new.

    What is shown already is not read again. A picture that is refused is left out and logged.
    """
    sources = await asyncio.to_thread(_sources, {art.path for one in found for art in one.artwork})
    asked: dict[Placement, bytes] = {}
    async with runtime.database.session() as session:
        for one in found:
            for art in one.artwork:
                if source := sources.get(art.path):
                    places = await _places(session, one, art)
                    asked |= {Placement(*place, "local", source): art.path for place in places}
        missing = await wanted(session, list(asked))
    stored = 0
    for placement in missing:
        try:
            stored += await store_local(runtime, placement, asked[placement])
        except (PictureRefused, OSError) as error:
            log.warning("catalog.artwork_refused", source=placement.source, reason=str(error))
    return stored


async def lacking_pictures(session: AsyncSession, title_ids: Collection[int]) -> list[Lacking]:
    """Return the posters, backdrops and episode stills that these titles (database ids) lack."""
    lacking: list[Lacking] = []
    listed = sorted(title_ids)
    for start in range(0, len(listed), 500):
        piece = listed[start : start + 500]
        lacking += await _lacking_of_titles(session, piece)
        lacking += await _lacking_of_episodes(session, piece)
    return lacking


async def _lacking_of_titles(session: AsyncSession, title_ids: Sequence[int]) -> list[Lacking]:
    first = (
        select(File.id)
        .where(File.title_id == Title.id, File.state == "present", File.role == "main")
        .order_by(File.sort_path, File.id)
        .limit(1)
        .correlate(Title)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Title.id, Title.poster_id, Title.backdrop_id, File)
        .join(File, File.id == first)
        .where(Title.id.in_(title_ids), Title.kind.in_(("movie", "show")))
    )
    lacking = []
    for row in rows:
        file, cover = bytes_of(row.File), bool(row.File.probe_facts.get("cover"))
        if row.poster_id is None:
            lacking.append(Lacking("title", row.id, "poster_id", file, cover))
        if row.backdrop_id is None:
            lacking.append(Lacking("title", row.id, "backdrop_id", file, cover=False))
    return lacking


async def _lacking_of_episodes(session: AsyncSession, title_ids: Sequence[int]) -> list[Lacking]:
    first = (
        select(File.id)
        .join(FileEpisode, FileEpisode.file_id == File.id)
        .where(FileEpisode.episode_id == Episode.id, File.state == "present")
        .order_by(File.sort_path, File.id)
        .limit(1)
        .correlate(Episode)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Episode.id, File)
        .join(File, File.id == first)
        .where(Episode.title_id.in_(title_ids), Episode.still_id.is_(None))
    )
    return [Lacking("episode", row.id, "still_id", bytes_of(row.File), cover=False) for row in rows]


async def _places(
    session: AsyncSession, found: ArtworkFound, art: LocalArtwork
) -> list[tuple[Owner, int, Column]]:
    if art.kind in {"poster", "cover"}:
        return [("title", found.title_id, "poster_id")]
    if art.kind == "backdrop":
        return [("title", found.title_id, "backdrop_id")]
    if art.kind == "still":
        episodes = select(FileEpisode.episode_id).where(FileEpisode.file_id == found.file_id)
        return [("episode", row_id, "still_id") for row_id in await session.scalars(episodes)]
    season = select(Season.id).where(Season.title_id == found.title_id, Season.number == art.season)
    return [("season", row_id, "poster_id") for row_id in await session.scalars(season)]


def _sources(paths: Collection[bytes]) -> dict[bytes, str]:
    """Return the source of each file that is there."""
    found: dict[bytes, str] = {}
    for path in paths:
        with suppress(OSError, ValueError):
            found[path] = local_source(path, Path(os.fsdecode(path)).stat())
    return found
