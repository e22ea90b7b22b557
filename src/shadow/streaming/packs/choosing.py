"""What is in the pack of a season, and under which names."""

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.catalog.service import FileBytes, bytes_of
from shadow.kit.file_names import safe_file_name
from shadow.kit.ids import is_public_id
from shadow.kit.zip_frames import PackedFile
from shadow.storage.service import numbered
from shadow.streaming.errors import SeasonEmpty, TitleMissing


@dataclass(frozen=True, slots=True)
class PackedBytes:
    """A file of a pack: how it is called and sized there, and where its bytes are."""

    file: PackedFile
    bytes: FileBytes


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: `name` is that of the archive without its ending."""

    name: str
    entries: Sequence[PackedBytes]


async def season_pack(session: AsyncSession, *, title_id: str, season: int) -> Pack:
    """Return what the pack of a season holds: every version of every episode that is there.

    Raises:
        TitleMissing: there is no such title.
        SeasonEmpty: nothing of that season is in the library.
    """
    title = None
    if is_public_id(title_id):
        title = await session.scalar(select(Title).where(Title.public_id == title_id))
    if title is None or title.hidden:
        raise TitleMissing("There is no such title.")
    files = list(await session.scalars(_files(title.id, season)))
    if not files:
        raise SeasonEmpty("There is nothing of that season in the library.")
    year = f" ({title.year})" if title.year else ""
    name = safe_file_name(f"{title.title}{year} - Season {season:02}")
    taken: set[str] = set()
    return Pack(name, [_entry(file, name, taken) for file in files])


def _files(title_id: int, season: int) -> Select[File]:
    holds = (
        exists()
        .where(FileEpisode.file_id == File.id)
        .where(Episode.id == FileEpisode.episode_id)
        .where(Season.id == Episode.season_id, Season.number == season)
    )
    return (
        select(File)
        .where(File.title_id == title_id, File.state == "present", File.role == "main")
        .where(or_(holds, File.season_number == season))
        .order_by(File.sort_path, File.id)
    )


def _entry(file: File, folder: str, taken: set[str]) -> PackedBytes:
    own = safe_file_name(os.fsdecode(file.path.rpartition(b"/")[2]))
    names = (numbered(own, number) for number in itertools.count(1))
    # Disks that do not tell upper from lower case must hold them all.
    name = next(one for one in names if one.casefold() not in taken)
    taken.add(name.casefold())
    modified = datetime.fromtimestamp(file.mtime_ns // 1_000_000_000, UTC)
    return PackedBytes(PackedFile(f"{folder}/{name}", file.size, modified), bytes_of(file))
