"""Real media files put straight into the catalogue, with the signature they have on the disk."""

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Stream, Title
from shadow.ingest.models import LibraryFolder
from shadow.kit.clock import utc_now


async def catalogue_media(
    session: AsyncSession, path: Path, *, public_id: str, title_id: str | None = None
) -> int:
    """Add a film as a scan would have found it; returns its database id."""
    now = utc_now()
    folder = os.fsencode(path.parent)
    if await session.scalar(select(LibraryFolder).where(LibraryFolder.path == folder)) is None:
        session.add(LibraryFolder(path=folder, shown_path="library", added_at=now))
    title = None
    if title_id is not None:
        title = Title(
            public_id=title_id, kind="movie", match_key=title_id, name_key="film", title="Film",
            sort_title="film", search_text="film", added_at=now, updated_at=now,
        )  # fmt: skip
        session.add(title)
        await session.flush()
    status = path.stat()
    file = File(
        public_id=public_id, folder=b"", folder_key=b"", path=os.fsencode(path),
        path_key=public_id.encode(), shown_path=path.name, sort_path=path.name,
        size=status.st_size, mtime_ns=status.st_mtime_ns, head_tail="h" * 32,
        title_id=None if title is None else title.id, added_at=now, updated_at=now,
    )  # fmt: skip
    session.add(file)
    await session.flush()
    session.add(Stream(file_id=file.id, index=0, type="video", codec="h264"))
    await session.flush()
    return file.id
