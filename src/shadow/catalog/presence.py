"""Which files are there: missing, removed, restored, and the titles that show or hide with them."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.found import KnownFile


async def files_of_folder(session: AsyncSession, root_id: int, folder: bytes) -> list[KnownFile]:
    """Return what is known of the files directly in one folder (relative, exact bytes)."""
    raise NotImplementedError


async def folders_of_root(session: AsyncSession, root_id: int) -> dict[bytes, int]:
    """Return the folders that hold known files not yet missing, with how many each holds."""
    raise NotImplementedError


async def mark_missing(session: AsyncSession, file_ids: Collection[int]) -> int:
    """Mark vanished files as missing and hide titles that have no file left; return how many.

    Removed files stay removed; files already missing are not written again.
    """
    raise NotImplementedError
