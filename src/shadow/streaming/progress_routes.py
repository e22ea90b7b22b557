"""HTTP: where a person is, what they have watched, what comes next."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.service import cards
from shadow.runtime.web import CurrentRuntime, Reading, Streamer, Viewer, Writing
from shadow.streaming.models import Progress
from shadow.streaming.next_up import continue_watching, part_to_play, parts_of_title
from shadow.streaming.progress import (
    dismiss,
    find_playable,
    find_title,
    progress_of_title,
    record_progress,
    set_watched,
)
from shadow.streaming.schemas import (
    ContinueItem,
    ContinueList,
    ProgressIn,
    ProgressOut,
    TitleProgress,
    WatchedIn,
)

router = APIRouter(tags=["streaming"])
CONTINUE_LIMIT = 20


@router.put("/api/progress/{file_id}")
async def put_progress(
    file_id: str, sent: ProgressIn, caller: Streamer, runtime: CurrentRuntime, session: Writing
) -> ProgressOut:
    """Note where the caller is in a file, in seconds."""
    playable = await find_playable(session, file_id=file_id)
    await record_progress(
        session,
        user_id=caller.user_id,
        playable=playable,
        position=sent.position,
        duration=sent.duration,
        now=runtime.clock(),
    )
    rows = await progress_of_title(session, user_id=caller.user_id, title_id=playable.title_id)
    first = playable.items()[0][0]
    return next(_shown(playable.title_public_id, row) for row in rows if row[0].item == first)


@router.get("/api/titles/{title_id}/progress")
async def get_title_progress(title_id: str, caller: Viewer, session: Reading) -> TitleProgress:
    """Show the caller's progress in a title, and what to play next."""
    title = await find_title(session, title_id=title_id)
    return await _title_progress(session, caller.user_id, title.id, title.public_id)


@router.post("/api/titles/{title_id}/watched")
async def post_watched(
    title_id: str, sent: WatchedIn, caller: Streamer, runtime: CurrentRuntime, session: Writing
) -> TitleProgress:
    """Mark a film, an episode or a whole show as watched or not."""
    title = await set_watched(
        session,
        user_id=caller.user_id,
        title_id=title_id,
        episode_id=sent.episode_id,
        watched=sent.watched,
        now=runtime.clock(),
    )
    return await _title_progress(session, caller.user_id, title, title_id)


@router.get("/api/continue")
async def get_continue(caller: Viewer, session: Reading) -> ContinueList:
    """List what the caller may go on with, newest first."""
    entries = await continue_watching(session, user_id=caller.user_id, limit=CONTINUE_LIMIT)
    shown = await cards(session, [entry.title_id for entry in entries])
    items = [
        ContinueItem(
            title=shown[entry.title_id],
            file_id=entry.part.file_id,
            episode_id=entry.part.episode_id,
            season=entry.part.season,
            episode=entry.part.number,
            episode_title=entry.part.name,
            still=f"/api/proxy/image/{entry.part.still}" if entry.part.still else None,
            position=entry.part.position,
            duration=entry.part.duration,
            updated_at=entry.updated_at,
        )
        for entry in entries
    ]
    return ContinueList(items=items)


@router.delete("/api/continue/{title_id}", status_code=204)
async def delete_continue(title_id: str, caller: Streamer, session: Writing) -> Response:
    """Take a title off “continue watching”; its progress stays."""
    await dismiss(session, user_id=caller.user_id, title_id=title_id)
    return Response(status_code=204)


async def _title_progress(
    session: AsyncSession, user_id: int, title_id: int, public_id: str
) -> TitleProgress:
    rows = await progress_of_title(session, user_id=user_id, title_id=title_id)
    part = part_to_play(await parts_of_title(session, user_id=user_id, title_id=title_id))
    return TitleProgress(
        items=[_shown(public_id, row) for row in rows],
        next_file_id=part.file_id if part else None,
        next_episode_id=part.episode_id if part else None,
    )


def _shown(title_id: str, found: tuple[Progress, str | None, str | None]) -> ProgressOut:
    row, episode_id, file_id = found
    return ProgressOut(
        title_id=title_id,
        episode_id=episode_id,
        file_id=file_id,
        position=row.position,
        duration=row.duration,
        watched=row.watched,
        updated_at=row.updated_at,
    )
