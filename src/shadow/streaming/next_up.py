"""What a person would play next: in one title, and on the “continue watching” row."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import Episode, File, FileEpisode, Image, Season, Title
from shadow.streaming.models import Progress

BEGUN_SECONDS = 5.0
"""Less than this is a peek: it is not continued."""


@dataclass(frozen=True, slots=True)
class Part:
    """One playable part of a title, in playing order. Times are seconds."""

    file_id: str
    episode_id: str | None
    season: int | None
    number: int | None
    name: str | None
    still: str | None
    """Public id of the episode's picture."""
    position: float
    duration: float
    watched: bool
    touched: datetime | None

    @property
    def begun(self) -> bool:
        """Whether there is something to resume."""
        return self.position >= BEGUN_SECONDS


async def parts_of_title(session: AsyncSession, *, user_id: int, title_id: int) -> list[Part]:
    """Return the present parts of a title in playing order, specials last.

    Of several versions of one part the largest file stands for it.
    """
    of_part = (Progress.user_id == user_id) & (
        (Progress.episode_id == Episode.id)
        | (Episode.id.is_(None) & Progress.episode_id.is_(None) & (Progress.title_id == title_id))
    )
    query = (
        select(File, Episode, Season.number, Image.public_id, Progress)
        .outerjoin(FileEpisode, FileEpisode.file_id == File.id)
        .outerjoin(Episode, Episode.id == FileEpisode.episode_id)
        .outerjoin(Season, Season.id == Episode.season_id)
        .outerjoin(Image, Image.id == Episode.still_id)
        .outerjoin(Progress, of_part)
        .where(File.title_id == title_id, File.state == "present", File.role == "main")
        .order_by(Season.number == 0, Season.number, Episode.number, File.part, File.size.desc())
    )
    parts: dict[str | None, Part] = {}
    for file, episode, season, still, progress in await session.execute(query):
        key = episode.public_id if episode else None
        if key not in parts:
            parts[key] = _part(file, episode, season, still, progress)
    return list(parts.values())


def _part(
    file: File,
    episode: Episode | None,
    season: int | None,
    still: str | None,
    progress: Progress | None,
) -> Part:
    return Part(
        file_id=file.public_id,
        episode_id=episode.public_id if episode else None,
        season=season,
        number=episode.number if episode else None,
        name=episode.name if episode else None,
        still=still,
        position=progress.position if progress else 0.0,
        duration=(progress.duration if progress else 0.0) or file.duration or 0.0,
        watched=bool(progress and progress.watched),
        touched=progress.updated_at if progress else None,
    )


def next_part(parts: list[Part]) -> Part | None:
    """Return what follows from what a person did last, or None when they are through.

    The part last begun, else the first unwatched one after the last watched.
    """
    touched = [part for part in parts if part.touched]
    if not touched:
        return None
    latest = max(touched, key=lambda part: part.touched.timestamp() if part.touched else 0.0)
    if latest.begun or not latest.watched:
        return latest
    rest = parts[parts.index(latest) + 1 :]
    return next((part for part in rest if not part.watched), None)


def part_to_play(parts: list[Part]) -> Part | None:
    """Return what “play” plays: the next part, or the first one when there is none."""
    return next_part(parts) or (parts[0] if parts else None)


@dataclass(frozen=True, slots=True)
class Continuing:
    """One entry of “continue watching”."""

    title_id: int
    part: Part
    updated_at: datetime


async def continue_watching(session: AsyncSession, *, user_id: int, limit: int) -> list[Continuing]:
    """Return what a person may go on with, newest first: one part a title."""
    newest = func.max(Progress.updated_at)
    query = (
        select(Progress.title_id, newest)
        .join(Title, Title.id == Progress.title_id)
        .where(Progress.user_id == user_id, Progress.dismissed.is_(False), Title.hidden.is_(False))
        .group_by(Progress.title_id)
        .order_by(newest.desc())
        .limit(limit * 2)
    )
    entries: list[Continuing] = []
    for title_id, moment in (await session.execute(query)).all():
        parts = await parts_of_title(session, user_id=user_id, title_id=title_id)
        part = next_part(parts)
        if part is not None and (part.begun or part.touched is None) and len(entries) < limit:
            entries.append(Continuing(title_id, part, moment))
    return entries
