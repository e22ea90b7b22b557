"""Make what a new file is shown with: screenshots and, if the settings say so, a sample.

Nothing that goes wrong here ends the job: the file is in the library already.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from shadow.catalog.models import File, Stream
from shadow.ingest.leeching.keeping import Kept
from shadow.ingest.leeching.pieces import Piece, is_there
from shadow.ingest.places import screenshots_dir
from shadow.ingest.samples import cut_sample
from shadow.ingest.screenshots import SAMPLE, take_screenshots
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext
from shadow.storage.service import local_path


@dataclass(frozen=True, slots=True)
class _Film:
    public_id: str
    duration: float | None
    has_video: bool
    storage: str
    key: bytes


async def process_files(
    ctx: JobContext, sandbox: Path, kept: Sequence[Kept], pieces: Sequence[Piece]
) -> None:
    """Process the files that were kept, each with the piece of the sandbox it was; repeatable."""
    for number, (one, piece) in enumerate(zip(kept, pieces, strict=True)):
        ctx.progress(items_done=number, items_total=len(kept))
        try:
            await _process(ctx.runtime, one["file_id"], sandbox, piece)
        except (ShadowError, OSError) as error:
            said = error.detail if isinstance(error, ShadowError) else str(error)
            ctx.note(f"No screenshots or sample of “{piece['name']}”: {said}", level="warning")


async def _process(runtime: Runtime, file_id: int, sandbox: Path, piece: Piece) -> None:
    film = await _film(runtime, file_id)
    if film is None or not film.has_video:
        return
    path = sandbox / piece["path"]
    if not await asyncio.to_thread(is_there, sandbox, piece):  # another machine's, after a kill
        at = local_path(runtime, film.storage, film.key)
        if at is None:
            return
        path = at
    folder = screenshots_dir(runtime) / film.public_id
    await take_screenshots(runtime, path, folder, duration=film.duration)
    if runtime.settings.core.generate_samples:
        await cut_sample(runtime, path, folder / SAMPLE, duration=film.duration)


async def _film(runtime: Runtime, file_id: int) -> _Film | None:
    async with runtime.database.session() as session:
        row = await session.get(File, file_id)
        if row is None or row.state != "present":
            return None
        video = select(Stream.index).where(Stream.file_id == file_id, Stream.type == "video")
        seen = await session.scalar(video.limit(1)) is not None
        return _Film(row.public_id, row.duration, seen, row.storage, row.path)
