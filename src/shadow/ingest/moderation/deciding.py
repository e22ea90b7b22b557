"""Approve or reject what waits in quarantine."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.ingest.blocking import block
from shadow.ingest.errors import PictureMissing, SubmissionDecided
from shadow.ingest.events import SubmissionReceived, SubmissionSettled
from shadow.ingest.leeching.starting import start_submission
from shadow.ingest.models import Submission
from shadow.ingest.quarantine import (
    PICTURES,
    find_submission,
    folder_of,
    is_being_added,
    pieces_in,
    wipe,
)
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish


async def approve(
    runtime: Runtime, public_id: str, *, user_id: int, title: str | None = None
) -> str:
    """Let a submission into the library; return the id of the job that brings it there.

    Asked again while the job is under way it is that job. If the job comes to nothing, the
    submission waits again.

    Raises:
        SubmissionMissing: there is none.
        SubmissionDecided: it was decided before.
        UploadElsewhere: its files are not there.
    """
    async with runtime.database.transaction() as session:
        row = await find_submission(session, public_id)
        again = row.state == "approved" and await is_being_added(session, public_id)
        if row.state != "waiting" and not again:
            raise SubmissionDecided(f"This submission was {row.state} already.")
        await pieces_in(folder_of(runtime, public_id))
        if not again:
            _decide(row, "approved", runtime, user_id)
            publish(session, SubmissionSettled(public_id, row.title, "approved", row.user_id))
    return await start_submission(runtime, row, title=title)


async def reject(
    runtime: Runtime, public_id: str, *, user_id: int, reason: str | None, blocks: bool
) -> None:
    """Refuse a submission and delete its files; with `blocks` its content never comes again.

    Raises:
        SubmissionMissing: there is none.
        SubmissionDecided: it was decided before, or is just being added.
    """
    async with runtime.database.transaction() as session:
        row = await find_submission(session, public_id)
        if row.state == "approved" or await is_being_added(session, public_id):
            raise SubmissionDecided("This submission is approved: take the title down instead.")
        if row.state == "waiting":
            _decide(row, "rejected", runtime, user_id)
            row.reason = (reason or "").strip() or None
            publish(session, SubmissionSettled(public_id, row.title, "rejected", row.user_id))
        for one in row.files if blocks else ():
            await block(
                session, str(one["sha256"]), name=str(one["name"]), reason=reason or "",
                user_id=user_id, clock=runtime.clock,
            )  # fmt: skip
    await wipe(runtime, public_id)


async def picture_path(
    session: AsyncSession, runtime: Runtime, public_id: str, number: int, *, user_id: int | None
) -> Path:
    """Return where a preview picture lies; with `user_id` only of that person's submissions.

    Raises:
        SubmissionMissing, PictureMissing.
    """
    row = await find_submission(session, public_id, user_id=user_id)
    path = folder_of(runtime, row.public_id) / PICTURES / f"{number}.jpg"
    if not path.is_file():
        raise PictureMissing("There is no such picture.")
    return path


async def media_path(
    session: AsyncSession, runtime: Runtime, public_id: str, number: int
) -> tuple[Path, str]:
    """Return where a submission's media file lies, counted from 1, and the name it came with.

    Raises:
        SubmissionMissing, PictureMissing, UploadElsewhere.
    """
    row = await find_submission(session, public_id)
    folder = folder_of(runtime, row.public_id)
    held = await pieces_in(folder)
    if not 1 <= number <= len(row.files):
        raise PictureMissing("There is no such file in this submission.")
    one = held[number - 1]
    return folder / one["path"], one["name"]


async def alert_moderators(runtime: Runtime, event: SubmissionReceived) -> None:
    """Tell moderators who have the web client open that something waits for them."""
    runtime.live.send(
        "alert",
        {
            "level": "info",
            "message": f"“{event.title}” was proposed and waits for a decision.",
            "submission": event.submission_id,
            "role": "moderator",
        },
    )


def _decide(row: Submission, state: str, runtime: Runtime, user_id: int) -> None:
    row.state = state
    row.decided_by = user_id
    row.decided_at = runtime.clock()
