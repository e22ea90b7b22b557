"""HTTP of submissions, the blocklist, take-downs, and the pictures that show what a file holds."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from shadow.ingest import blocking, quarantine
from shadow.ingest.models import BlockedHash, Submission
from shadow.ingest.moderation import deciding
from shadow.ingest.moderation.schemas import (
    ApproveIn,
    BlockIn,
    BlockOut,
    BlockPage,
    RejectIn,
    ScreenshotsOut,
    SubmissionOut,
    SubmissionPage,
    SubmittedFile,
    TakedownIn,
)
from shadow.ingest.schemas import JobStarted
from shadow.ingest.screenshots import SAMPLE, count_screenshots, kept_picture
from shadow.ingest.takedown import start_takedown
from shadow.kit.media_types import media_type
from shadow.kit.paging import MAX_LIMIT
from shadow.runtime.access import Principal, Role
from shadow.runtime.web import (
    Admin,
    CurrentRuntime,
    Editor,
    Member,
    Reading,
    Streamer,
    Viewer,
    Writing,
)

router = APIRouter(tags=["ingest"])
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=400)]
PublicId = Annotated[str, Path(min_length=1, max_length=20)]
Number = Annotated[int, Path(ge=1, le=100_000)]
LOCKED: Final = {
    # It is content from outside: whatever a browser makes of it, it may do nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "Vary": "Cookie, Authorization",
}
UNSEEN: Final = {**LOCKED, "Cache-Control": "private, no-store"}


@router.get("/api/submissions", name="list_submissions")
async def list_submissions(
    caller: Member,
    session: Reading,
    state: Literal["waiting", "approved", "rejected"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SubmissionPage:
    """List what was proposed, newest first: moderators see all, others their own."""
    page = await quarantine.list_submissions(
        session, limit=limit, cursor=cursor, state=state, user_id=_only(caller)
    )
    return SubmissionPage(
        items=[_submission(row, name) for row, name in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.get(
    "/api/submissions/{submission_id}/pictures/{number}.jpg",
    response_class=FileResponse,
    name="show_submission_picture",
)
async def show_picture(
    submission_id: PublicId,
    number: Number,
    caller: Member,
    session: Reading,
    runtime: CurrentRuntime,
) -> FileResponse:
    """Show a preview picture of what was proposed, counted from 1."""
    path = await deciding.picture_path(
        session, runtime, submission_id, number, user_id=_only(caller)
    )
    return FileResponse(path, media_type="image/jpeg", headers=UNSEEN)


@router.get(
    "/api/submissions/{submission_id}/files/{number}",
    response_class=FileResponse,
    name="play_submission",
)
async def play(
    submission_id: PublicId,
    number: Number,
    caller: Editor,
    session: Reading,
    runtime: CurrentRuntime,
) -> FileResponse:
    """Send a file of what was proposed, counted from 1, by range: to look at before deciding."""
    path, name = await deciding.media_path(session, runtime, submission_id, number)
    return FileResponse(path, media_type=media_type(name), headers=UNSEEN)


@router.post("/api/submissions/{submission_id}/approve", status_code=202, name="approve_submission")
async def approve(
    submission_id: PublicId,
    caller: Editor,
    runtime: CurrentRuntime,
    body: ApproveIn | None = None,
) -> JobStarted:
    """Let what was proposed into the library; follow the job that brings it there."""
    title = body.title if body else None
    job_id = await deciding.approve(runtime, submission_id, user_id=caller.user_id, title=title)
    return JobStarted(id=job_id)


@router.post("/api/submissions/{submission_id}/reject", status_code=204, name="reject_submission")
async def reject(
    submission_id: PublicId,
    caller: Editor,
    runtime: CurrentRuntime,
    body: RejectIn | None = None,
) -> None:
    """Refuse what was proposed and delete it; with `block` its content never comes again."""
    said = body or RejectIn()
    await deciding.reject(
        runtime, submission_id, user_id=caller.user_id, reason=said.reason, blocks=said.block
    )


@router.get("/api/blocklist", name="list_blocked")
async def list_blocked(
    caller: Admin,
    session: Reading,
    limit: Limit = 50,
    cursor: Cursor = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
) -> BlockPage:
    """List content that is not stored here, newest first; `q` searches hash, name and reason."""
    page = await blocking.list_blocked(session, limit=limit, cursor=cursor, q=q)
    return BlockPage(
        items=[_blocked(row, name) for row, name in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post("/api/blocklist", status_code=201, name="block_content")
async def block(
    body: BlockIn, caller: Admin, session: Writing, runtime: CurrentRuntime
) -> BlockOut:
    """Block content by its SHA-256. What is in the library stays: take it down for that."""
    row = await blocking.block(
        session, body.sha256, name=body.name, reason=body.reason, user_id=caller.user_id,
        clock=runtime.clock,
    )  # fmt: skip
    return _blocked(row, caller.name if row.user_id == caller.user_id else None)


@router.delete("/api/blocklist/{sha256}", status_code=204, name="unblock_content")
async def unblock(
    sha256: Annotated[str, Path(max_length=64)], caller: Admin, session: Writing
) -> None:
    """Let content be stored again."""
    await blocking.unblock(session, sha256)


@router.post("/api/titles/{title_id}/takedown", status_code=202, name="take_down_title")
async def take_down_title(
    title_id: PublicId, caller: Admin, runtime: CurrentRuntime, body: TakedownIn | None = None
) -> JobStarted:
    """Delete a title's files everywhere, on the disk too, and block them. Cannot be undone."""
    reason = body.reason if body else ""
    return JobStarted(
        id=await start_takedown(runtime, user_id=caller.user_id, reason=reason, title_id=title_id)
    )


@router.post("/api/files/{file_id}/takedown", status_code=202, name="take_down_file")
async def take_down_file(
    file_id: PublicId, caller: Admin, runtime: CurrentRuntime, body: TakedownIn | None = None
) -> JobStarted:
    """Delete a file everywhere, on the disk too, and block its content. Cannot be undone."""
    reason = body.reason if body else ""
    return JobStarted(
        id=await start_takedown(runtime, user_id=caller.user_id, reason=reason, file_id=file_id)
    )


@router.get("/api/files/{file_id}/screenshots", name="count_screenshots")
async def screenshots(
    file_id: PublicId, caller: Viewer, session: Reading, runtime: CurrentRuntime
) -> ScreenshotsOut:
    """Tell how many screenshots there are of a file."""
    return ScreenshotsOut(count=await count_screenshots(session, runtime, file_id))


@router.get(
    "/api/files/{file_id}/screenshots/{number}.jpg",
    response_class=FileResponse,
    name="show_screenshot",
)
async def screenshot(
    file_id: PublicId,
    number: Number,
    caller: Viewer,
    session: Reading,
    runtime: CurrentRuntime,
) -> FileResponse:
    """Show a screenshot of a file, counted from 1."""
    path = await kept_picture(session, runtime, file_id, f"{number}.jpg")
    return FileResponse(path, media_type="image/jpeg", headers=LOCKED)


@router.get("/api/files/{file_id}/sample.mp4", response_class=FileResponse, name="play_sample")
async def sample(
    file_id: PublicId, caller: Streamer, session: Reading, runtime: CurrentRuntime
) -> FileResponse:
    """Send the sample of a film, by range."""
    path = await kept_picture(session, runtime, file_id, SAMPLE)
    return FileResponse(path, media_type="video/mp4", headers=LOCKED)


def _only(caller: Principal) -> int | None:
    """Return whose submissions a caller sees: None for all."""
    return None if caller.role >= Role.moderator else caller.user_id


def _submission(row: Submission, user: str | None) -> SubmissionOut:
    return SubmissionOut(
        id=row.public_id,
        state=row.state,
        title=row.title,
        year=row.year,
        origin=row.origin,
        files=[SubmittedFile(**one) for one in row.files],
        pictures=row.pictures if row.state == "waiting" else 0,
        user=user,
        reason=row.reason,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )


def _blocked(row: BlockedHash, user: str | None) -> BlockOut:
    return BlockOut(
        sha256=row.sha256, name=row.name, reason=row.reason, user=user, added_at=row.added_at
    )
