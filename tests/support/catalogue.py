"""A small catalogue made straight in the tables, for tests of what stands above it."""

import itertools
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.models import User
from shadow.catalog.identity import path_key
from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.kit.ids import new_public_id

MOMENT = datetime(2026, 5, 1, tzinfo=UTC)
_numbers = itertools.count()


async def add_user(session: AsyncSession, name: str = "ada", role: str = "free") -> User:
    """Add a person without a password."""
    person = User(name=name, name_key=name, role_name=role, created_at=MOMENT)
    session.add(person)
    await session.flush()
    return person


async def add_title(session: AsyncSession, name: str, kind: str = "movie") -> Title:
    """Add a title without files."""
    title = Title(
        public_id=new_public_id(), kind=kind, match_key=f"{kind}:{name}", title=name,
        name_key=name.casefold(),
        search_text=name.casefold(),
        sort_title=name.casefold(), added_at=MOMENT, updated_at=MOMENT,
    )  # fmt: skip
    session.add(title)
    await session.flush()
    return title


async def add_file(
    session: AsyncSession,
    title: Title,
    *,
    episodes: tuple[Episode, ...] = (),
    path: bytes | None = None,
    size: int = 1000,
) -> File:
    """Add a present file of a title that holds the given episodes."""
    name = path or b"/library/%d.mkv" % next(_numbers)
    file = File(
        public_id=new_public_id(), title_id=title.id, folder=b"", folder_key=path_key(b""),
        path=name, path_key=path_key(name),
        sort_path=name.decode(errors="replace"),
        shown_path=name.decode(errors="replace"), size=size, mtime_ns=1, head_tail="0" * 32,
        state="present", role="main", duration=100.0, added_at=MOMENT, updated_at=MOMENT,
    )  # fmt: skip
    session.add(file)
    await session.flush()
    for position, episode in enumerate(episodes):
        session.add(FileEpisode(file_id=file.id, episode_id=episode.id, position=position))
    await session.flush()
    return file


async def add_show(
    session: AsyncSession, name: str, seasons: dict[int, int]
) -> tuple[Title, list[tuple[Episode, File]]]:
    """Add a show: `{season number: number of episodes}`, one file an episode."""
    title = await add_title(session, name, "show")
    parts = []
    for number, count in seasons.items():
        season = Season(title_id=title.id, number=number)
        session.add(season)
        await session.flush()
        for nth in range(1, count + 1):
            episode = Episode(
                public_id=new_public_id(), title_id=title.id, season_id=season.id, number=nth
            )
            session.add(episode)
            await session.flush()
            parts.append((episode, await add_file(session, title, episodes=(episode,))))
    return title, parts
