"""Files put straight into the catalogue, for tests of what happens to them afterwards."""

import os
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.ingest.models import LibraryFolder
from shadow.kit.clock import utc_now


async def catalogue_file(
    session: AsyncSession, path: Path, *, public_id: str, storage: str = "local"
) -> None:
    """Add a file of the library folder it lies in, as a scan would have found it."""
    now = utc_now()
    folder = os.fsencode(path.parent)
    session.add(LibraryFolder(path=folder, shown_path="library", added_at=now))
    session.add(
        File(
            public_id=public_id, storage=storage, folder=b"", folder_key=b"",
            path=os.fsencode(path), path_key=public_id.encode(), shown_path="film",
            sort_path="film", size=1, mtime_ns=1, head_tail="", added_at=now, updated_at=now,
        )
    )  # fmt: skip
    await session.flush()
