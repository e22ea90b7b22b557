"""Progress of people: where they are, what they have watched, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import Episode, File, FileEpisode, Title
from shadow.kit.ids import is_public_id
from shadow.streaming.errors import EpisodeMissing, FileMissing, TitleMissing
from shadow.streaming.models import Progress

WATCHED_AT = 0.9
"""This share of the duration counts as watched: credits need not be seen."""


@dataclass(frozen=True, slots=True)
class Playable:
    """What a file plays: a film (no episodes), or the episodes it holds, in order."""

    file_id: int
    title_id: int
    title_public_id: str
    episode_ids: tuple[int, ...]

    def items(self) -> list[tuple[str, int | None]]:
        """Return the keys of progress rows with their episode: several for a double episode."""
        if not self.episode_ids:
            return [(f"t{self.title_id}", None)]
        return [(f"e{episode}", episode) for episode in self.episode_ids]


async def find_playable(session: AsyncSession, *, file_id: str) -> Playable:
    """Return what the file plays. Raises `FileMissing`."""
    if not is_public_id(file_id):  # PostgreSQL cannot even be asked about a NUL
        raise FileMissing("There is no such file.")
    query = (
        select(File.id, File.title_id, Title.public_id)
        .join(Title, Title.id == File.title_id)
        .where(File.public_id == file_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None or found.title_id is None:
        raise FileMissing("There is no such file.")
    held = (
        select(FileEpisode.episode_id)
        .where(FileEpisode.file_id == found.id)
        .order_by(FileEpisode.position)
    )
    episodes = tuple(await session.scalars(held))
    return Playable(found.id, found.title_id, found.public_id, episodes)


async def record_progress(
    session: AsyncSession,
    *,
    user_id: int,
    playable: Playable,
    position: float,
    duration: float,
    now: datetime,
) -> None:
    """Note where a person is. Past 90 % it counts as watched and starts over next time.

    A file that holds several episodes moves all of them.
    """
    watched = position >= duration * WATCHED_AT
    values = {
        "position": 0.0 if watched else min(position, duration),
        "duration": duration,
        "file_id": playable.file_id,
        "dismissed": False,
        "updated_at": now,
    }
    if watched:
        values["watched"] = True
    for item, episode_id in playable.items():
        await _upsert(session, _key(user_id, item, playable.title_id, episode_id), values)


async def set_watched(
    session: AsyncSession,
    *,
    user_id: int,
    title_id: str,
    episode_id: str | None,
    watched: bool,
    now: datetime,
) -> int:
    """Mark a film, one episode or a whole show as watched or not; returns the title's row id.

    Raises:
        TitleMissing, EpisodeMissing.
    """
    title = await find_title(session, title_id=title_id)
    targets: Sequence[tuple[int | None, str]]
    if title.kind != "show":
        targets = [(None, f"t{title.id}")]
    else:
        query = select(Episode.id).where(Episode.title_id == title.id)
        if episode_id is not None:
            if not is_public_id(episode_id):
                raise EpisodeMissing("There is no such episode.")
            query = query.where(Episode.public_id == episode_id)
        targets = [(episode, f"e{episode}") for episode in await session.scalars(query)]
    if episode_id is not None and not (targets and targets[0][0]):
        raise EpisodeMissing("There is no such episode.")
    values = {"watched": watched, "position": 0.0, "dismissed": False, "updated_at": now}
    for episode, item in targets:
        key = _key(user_id, item, title.id, episode)
        await _upsert(session, {**key, "duration": 0.0}, values)
    return title.id


async def dismiss(session: AsyncSession, *, user_id: int, title_id: str) -> None:
    """Take a title off “continue watching” until it is played again. Raises `TitleMissing`."""
    title = await find_title(session, title_id=title_id)
    mine = (Progress.user_id == user_id) & (Progress.title_id == title.id)
    await session.execute(update(Progress).where(mine).values(dismissed=True))


async def find_title(session: AsyncSession, *, title_id: str) -> Title:
    """Return the title of a public id. Raises `TitleMissing`."""
    title = None
    if is_public_id(title_id):
        title = await session.scalar(select(Title).where(Title.public_id == title_id))
    if title is None:
        raise TitleMissing("There is no such title.")
    return title


async def progress_of_title(
    session: AsyncSession, *, user_id: int, title_id: int
) -> list[tuple[Progress, str | None, str | None]]:
    """Return a person's progress rows in a title with the public ids of episode and file."""
    query = (
        select(Progress, Episode.public_id, File.public_id)
        .outerjoin(Episode, Episode.id == Progress.episode_id)
        .outerjoin(File, File.id == Progress.file_id)
        .where(Progress.user_id == user_id, Progress.title_id == title_id)
        .order_by(Progress.id)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


def _key(user_id: int, item: str, title_id: int, episode_id: int | None) -> dict[str, object]:
    return {"user_id": user_id, "item": item, "title_id": title_id, "episode_id": episode_id}


async def _upsert(session: AsyncSession, key: dict[str, object], values: dict[str, object]) -> None:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Progress).values(**{"watched": False, "file_id": None, **key, **values})
    await session.execute(
        statement.on_conflict_do_update(index_elements=["user_id", "item"], set_=values)
    )
