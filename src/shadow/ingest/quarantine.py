"""Quarantine: what people proposed who may not add to the library, until somebody decides.

The files of a submission lie in `quarantine/{public id}/files`, preview pictures beside them in
`pictures`; until its row is written the folder is called `.{job id}`. So whatever a kill leaves
there can be told from what is waiting.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.models import User
from shadow.ingest.errors import SubmissionMissing, TooMuchWaiting, UploadElsewhere
from shadow.ingest.events import SubmissionReceived
from shadow.ingest.leeching.pieces import Piece, ending_of
from shadow.ingest.linking_files import link_or_copy
from shadow.ingest.models import Submission
from shadow.ingest.places import quarantine_dir
from shadow.ingest.submission_settings import SubmissionSettings
from shadow.kit.ids import is_public_id, new_public_id
from shadow.kit.paging import Page, decode_cursor, encode_cursor
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish
from shadow.runtime.jobs import Job

log = structlog.get_logger(__name__)
FILES, PICTURES, MANIFEST = "files", "pictures", "manifest.json"
UNFINISHED: Final = ("queued", "running", "paused")
KEY: Final = "submission:"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What becomes a submission: `files` as in `Submission`, `origin` a link or a file's name."""

    job_id: str
    user_id: int | None
    origin: str
    title: str
    year: int | None
    files: list[dict[str, Any]]
    pictures: int


def unfinished_folder(runtime: Runtime, job_id: str) -> Path:
    """Return where a job gathers what it is going to submit."""
    return quarantine_dir(runtime) / f".{job_id}"


def folder_of(runtime: Runtime, public_id: str) -> Path:
    """Return where the files of a submission lie."""
    return quarantine_dir(runtime) / public_id


async def gather(sandbox: Path, pieces: Sequence[Piece], folder: Path) -> None:
    """Put pieces of a sandbox into a submission's folder under names of ours; safe to repeat."""
    await asyncio.to_thread(_gather, sandbox, pieces, folder)


async def submit(runtime: Runtime, proposal: Proposal) -> str:
    """Let what was gathered wait for a decision; return its public id. Safe to repeat."""
    async with runtime.database.transaction() as session:
        mine = select(Submission).where(Submission.job_id == proposal.job_id)
        row = await session.scalar(mine)
        if row is None:
            row = Submission(
                public_id=new_public_id(), job_id=proposal.job_id, user_id=proposal.user_id,
                origin=proposal.origin, state="waiting", title=proposal.title[:400],
                year=proposal.year, files=proposal.files, pictures=proposal.pictures,
                created_at=runtime.clock(),
            )  # fmt: skip
            await check_room(session, runtime, proposal.user_id, proposal)
            session.add(row)
            await session.flush()
            publish(session, SubmissionReceived(row.public_id, row.title))
        public_id, waits = row.public_id, row.state == "waiting"
    # The row first: a folder without one would be taken for what a kill left.
    source, target = unfinished_folder(runtime, proposal.job_id), folder_of(runtime, public_id)
    await asyncio.to_thread(_move, source, target if waits else None)
    return public_id


async def check_room(
    session: AsyncSession, runtime: Runtime, user_id: int | None, more: Proposal | None = None
) -> int:
    """Return how many bytes a person may still propose.

    Without `more` the question is whether another one may be begun: those under way count too.

    Raises:
        TooMuchWaiting: none, or not as many as `more` has.
    """
    settings = runtime.settings.group(SubmissionSettings)
    waiting = list(
        await session.scalars(
            select(Submission).where(Submission.user_id == user_id, Submission.state == "waiting")
        )
    )
    count = len(waiting) + (0 if more else await _under_way(session, user_id))
    room = settings.waiting_bytes - sum(_bytes(one.files) for one in waiting)
    if count >= settings.waiting or room <= 0 or (more and _bytes(more.files) > room):
        raise TooMuchWaiting(
            "As much of yours waits for a decision as may wait. Try again once somebody has "
            "looked at it."
        )
    return room


async def _under_way(session: AsyncSession, user_id: int | None) -> int:
    jobs = await session.scalars(
        select(Job.arguments).where(
            Job.user_id == user_id, Job.kind == "leech", Job.state.in_(UNFINISHED)
        )
    )
    return sum(1 for one in jobs if one.get("submits"))


def _bytes(files: Sequence[dict[str, Any]]) -> int:
    return sum(int(one.get("size") or 0) for one in files)


async def find_submission(
    session: AsyncSession, public_id: str, *, user_id: int | None = None
) -> Submission:
    """Return a submission; with `user_id` only if it is that person's.

    Raises:
        SubmissionMissing: there is none.
    """
    found = None
    if is_public_id(public_id):
        query = select(Submission).where(Submission.public_id == public_id)
        if user_id is not None:
            query = query.where(Submission.user_id == user_id)
        found = await session.scalar(query)
    if found is None:
        raise SubmissionMissing("There is no such submission.")
    return found


async def list_submissions(
    session: AsyncSession,
    *,
    limit: int,
    cursor: str | None = None,
    state: str | None = None,
    user_id: int | None = None,
) -> Page[tuple[Submission, str | None]]:
    """Return submissions with the names of who made them, newest first.

    Raises:
        CursorInvalid: the cursor is of another list.
    """
    query = select(Submission, User.name).outerjoin(User, User.id == Submission.user_id)
    count = select(func.count()).select_from(Submission)
    if state is not None:
        query, count = (
            query.where(Submission.state == state),
            count.where(Submission.state == state),
        )
    if user_id is not None:
        mine = Submission.user_id == user_id
        query, count = query.where(mine), count.where(mine)
    if cursor:
        before = decode_cursor(cursor, "submissions", 1)[0]
        query = query.where(Submission.id < (before if isinstance(before, int) else 0))
    query = query.order_by(Submission.id.desc()).limit(limit + 1)
    rows: list[tuple[Submission, str | None]] = [
        (row[0], row[1]) for row in await session.execute(query)
    ]
    more = encode_cursor("submissions", rows[limit - 1][0].id) if len(rows) > limit else None
    return Page(rows[:limit], more, await session.scalar(count) or 0)


async def pieces_in(folder: Path) -> list[Piece]:
    """Return what a submission's folder holds: paths in it, sizes, and the names they came with.

    Raises:
        UploadElsewhere: the folder is not there.
    """
    try:
        text = await asyncio.to_thread((folder / MANIFEST).read_text)
    except OSError:
        raise UploadElsewhere(
            "The files of this submission are not on this machine, or not any more."
        ) from None
    pieces: list[Piece] = json.loads(text)
    return pieces


async def wipe(runtime: Runtime, public_id: str) -> None:
    """Delete the files of a submission."""
    folder = folder_of(runtime, public_id)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def abandon(runtime: Runtime, job_id: str) -> None:
    """Leave nothing of a job that submits nothing after all; what waits already is let be."""
    await asyncio.to_thread(shutil.rmtree, unfinished_folder(runtime, job_id), ignore_errors=True)
    async with runtime.database.transaction() as session:
        row = await session.scalar(select(Submission).where(Submission.job_id == job_id))
        if row and not await asyncio.to_thread(folder_of(runtime, row.public_id).is_dir):
            await session.delete(row)


async def settle(session: AsyncSession, public_id: str, state: str) -> None:
    """Set the state of a submission that was approved or is to wait again; a rejected one stays."""
    row = (Submission.public_id == public_id) & (Submission.state != "rejected")
    await session.execute(update(Submission).where(row).values(state=state))


async def sweep_quarantine(runtime: Runtime) -> None:
    """Delete what kills left, and let wait again what was approved and did not arrive."""
    root = quarantine_dir(runtime)
    for name in await asyncio.to_thread(_names, root):
        async with runtime.database.session() as session:
            if name.startswith("."):
                keep = await _goes_on(session, Job.id == name[1:])
            else:
                keep = await _is_wanted(session, name)
        if not keep:
            log.info("quarantine.swept", name=name)
            await asyncio.to_thread(shutil.rmtree, root / name, ignore_errors=True)
    async with runtime.database.session() as session:
        approved = await session.scalars(
            select(Submission.public_id).where(Submission.state == "approved")
        )
        stuck = [
            one
            for one in approved
            if await asyncio.to_thread(folder_of(runtime, one).is_dir)
            and not await _goes_on(session, Job.active_key == f"leech:{KEY}{one}")
        ]
    if stuck:
        async with runtime.database.transaction() as session:
            for one in stuck:
                await settle(session, one, "waiting")


async def _is_wanted(session: AsyncSession, public_id: str) -> bool:
    query = select(Submission.state).where(Submission.public_id == public_id)
    return await session.scalar(query) in ("waiting", "approved")


async def _goes_on(session: AsyncSession, which: Any) -> bool:
    query = select(Job.id).where(which, Job.state.in_(UNFINISHED)).limit(1)
    return await session.scalar(query) is not None


async def is_being_added(session: AsyncSession, public_id: str) -> bool:
    """Tell whether a job is bringing an approved submission just now."""
    return await _goes_on(session, Job.active_key == f"leech:{KEY}{public_id}")


def _gather(sandbox: Path, pieces: Sequence[Piece], folder: Path) -> None:
    files = folder / FILES
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    listed = []
    for number, one in enumerate(pieces, 1):
        ending = ending_of(one["name"])
        name = f"{number}.{ending}" if ending.isalnum() else str(number)
        link_or_copy(sandbox / one["path"], files / name)
        listed.append(Piece(path=f"{FILES}/{name}", size=one["size"], name=one["name"]))
    fresh = folder / f".{MANIFEST}.{os.getpid()}"
    fresh.write_text(json.dumps(listed))
    fresh.replace(folder / MANIFEST)


def _move(source: Path, target: Path | None) -> None:
    """Move a folder, or delete it if a crash repeats what was done."""
    if target is None or target.is_dir():
        shutil.rmtree(source, ignore_errors=True)
    elif source.is_dir():
        source.rename(target)


def _names(root: Path) -> list[str]:
    return [one.name for one in root.iterdir()] if root.is_dir() else []
