"""HTTP of ingestion: links, library folders, the scan, files that could not be read."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query

from shadow.ingest import link_routes, service
from shadow.ingest.forwards import routes as forwards_routes
from shadow.ingest.mirroring.routes import router as mirroring_router
from shadow.ingest.moderation import routes as moderation_routes
from shadow.ingest.schemas import (
    FolderIn,
    FolderList,
    FolderOut,
    JobStarted,
    LeechIn,
    ProblemOut,
    ProblemPage,
    ScanIn,
)
from shadow.ingest.uploads import routes as upload_routes
from shadow.kit.paging import MAX_LIMIT
from shadow.runtime.access import Role
from shadow.runtime.web import Admin, CurrentRuntime, Editor, Member, Reading, Writing

router = APIRouter(tags=["ingest"])
router.include_router(mirroring_router)
for _one in (forwards_routes, link_routes, moderation_routes, upload_routes):
    router.include_router(_one.router)
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/api/library/folders", name="list_library_folders")
async def list_folders(caller: Editor, session: Reading, runtime: CurrentRuntime) -> FolderList:
    """List the library folders, with counts and what keeps them from being scanned."""
    folders = await service.describe_roots(session, runtime=runtime)
    return FolderList(items=[FolderOut(**asdict(folder)) for folder in folders])


@router.post("/api/library/folders", status_code=201, name="add_library_folder")
async def add_folder(
    body: FolderIn, caller: Admin, session: Writing, runtime: CurrentRuntime
) -> FolderOut:
    """Add a folder by its absolute path on the server; a scan of it starts at once."""
    folder = await service.add_folder(session, runtime=runtime, path=body.path)
    return FolderOut(**asdict(folder))


@router.delete("/api/library/folders/{folder_id}", status_code=204, name="remove_library_folder")
async def remove_folder(
    folder_id: RowId, caller: Admin, session: Writing, runtime: CurrentRuntime
) -> None:
    """Take a folder out of the library. Its files count as missing; the disk is not touched."""
    await service.remove_root(session, root_id=folder_id, pinned=service.pinned_paths(runtime))


@router.post("/api/scan", status_code=202, name="start_scan")
async def start_scan(
    caller: Editor, runtime: CurrentRuntime, body: ScanIn | None = None
) -> JobStarted:
    """Start a scan of all library folders, or of those named. Follow it as a job."""
    chosen = body.folder_ids if body else None
    return JobStarted(id=await service.start_scan(runtime, folder_ids=chosen))


@router.post("/api/jobs/leech", status_code=202, name="start_leech")
async def start_leech(caller: Member, runtime: CurrentRuntime, body: LeechIn) -> JobStarted:
    """Bring what a link leads to into the library. Follow it as a job.

    The same link twice at once is one job, and both are told its id. Of people below moderators it
    ends in quarantine, where it waits for a decision; priority and storage are not theirs to
    choose.
    """
    submits = caller.role < Role.moderator
    told = body.model_dump(exclude={"priority", "storage"} if submits else set())
    job_id = await service.start_leech(
        runtime, service.Order(**told), user_id=caller.user_id, submits=submits
    )
    return JobStarted(id=job_id)


@router.get("/api/scan/problems", name="list_scan_problems")
async def list_problems(
    caller: Editor,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> ProblemPage:
    """List the files that could not be read as media, and why."""
    page = await service.list_problems(session, limit=limit, cursor=cursor)
    return ProblemPage(
        items=[
            ProblemOut(file_id=one.public_id, path=one.shown_path, error=one.error or "")
            for one in page.items
        ],
        next_cursor=page.next_cursor,
        total=page.total,
    )
