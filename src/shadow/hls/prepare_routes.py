"""HTTP: make a title's renditions ahead of time."""

from fastapi import APIRouter

from shadow.hls.preparing import prepared_of, remove_prepared, shown_name, start_preparing
from shadow.hls.schemas import (
    PreparedFileOut,
    PreparedOut,
    PrepareIn,
    PrepareOut,
    RenditionOut,
)
from shadow.runtime.web import CurrentRuntime, Editor, Reading, Viewer

router = APIRouter(tags=["hls"], prefix="/api/titles/{title_id}")


@router.post("/prepare", status_code=202)
async def prepare_title(
    title_id: str, asked: PrepareIn, caller: Editor, runtime: CurrentRuntime
) -> PrepareOut:
    """Make renditions of a title ahead of time, to be used instead of encoding."""
    job_id = await start_preparing(runtime, title_id=title_id, heights=asked.heights)
    return PrepareOut(id=job_id)


@router.get("/prepared")
async def list_prepared(title_id: str, caller: Viewer, session: Reading) -> PreparedOut:
    """Tell which renditions of a title were made ahead of time, or are on their way."""
    return PreparedOut(
        files=[
            PreparedFileOut(
                file_id=file.public_id,
                renditions=[
                    RenditionOut(
                        name=shown_name(row.rendition),
                        state="ready" if row.ready else "making",
                        bytes=row.bytes,
                        segments_done=row.segments_done,
                        segments=row.segments,
                    )
                    for row in rows
                ],
            )
            for file, rows in await prepared_of(session, title_id)
        ]
    )


@router.delete("/prepared", status_code=204)
async def drop_prepared(title_id: str, caller: Editor, runtime: CurrentRuntime) -> None:
    """Remove what was prepared of a title, and stop what is being prepared."""
    await remove_prepared(runtime, title_id=title_id)
