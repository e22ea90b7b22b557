"""Find the row of a file that a player names."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.kit.ids import is_public_id
from shadow.streaming.errors import FileMissing

UNSEEN = frozenset({"missing", "removed"})


async def file_named(session: AsyncSession, file_id: str) -> File:
    """Return the row of the file with this public id.

    Raises:
        FileMissing: there is none, or the file is not where it was.
    """
    found = None
    if is_public_id(file_id):
        found = await session.scalar(select(File).where(File.public_id == file_id))
    if found is None:
        raise FileMissing("There is no such file.")
    if found.state in UNSEEN:
        raise FileMissing("The file is no longer in its library folder. Scan the library again.")
    return found
