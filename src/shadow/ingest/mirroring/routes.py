"""HTTP of copies: which there are, making and deleting them, looking them over."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from shadow.ingest.mirroring.places import copy_places
from shadow.ingest.mirroring.schemas import (
    CopyList,
    CopyOut,
    CopyPlaceList,
    CopyPlaceOut,
    MirrorIn,
    ScrubIn,
)
from shadow.ingest.mirroring.starting import (
    list_copies,
    start_mirror,
    start_removal,
    start_repair,
    start_scrub,
)
from shadow.ingest.schemas import JobStarted
from shadow.runtime.web import CurrentRuntime, Editor, Reading

router = APIRouter(prefix="/api")
FileId = Annotated[str, Path(max_length=7)]


@router.get("/mirrors", name="list_mirrors")
async def list_mirrors(caller: Editor, runtime: CurrentRuntime) -> CopyPlaceList:
    """List the storages and mirrors that copies of files can go to."""
    return CopyPlaceList(items=[CopyPlaceOut(**asdict(one)) for one in copy_places(runtime)])


@router.get("/files/{file_id}/copies", name="list_copies")
async def copies(file_id: FileId, caller: Editor, session: Reading) -> CopyList:
    """List a file's copies beside the file itself, and how each was last found."""
    found = await list_copies(session, public_id=file_id)
    shown = CopyOut.model_fields
    return CopyList(
        items=[CopyOut(**{name: getattr(one, name) for name in shown}) for one in found]
    )


@router.post("/files/{file_id}/mirror", status_code=202, name="mirror_file")
async def mirror(
    file_id: FileId, body: MirrorIn, caller: Editor, runtime: CurrentRuntime
) -> JobStarted:
    """Make a copy of a file, or make it anew if it is missing. Follow it as a job."""
    started = await start_mirror(
        runtime, public_id=file_id, place=body.place, user_id=caller.user_id
    )
    return JobStarted(id=started)


@router.delete("/files/{file_id}/copies/{place}", status_code=202, name="delete_copy")
async def delete(
    file_id: FileId,
    place: Annotated[str, Path(max_length=40)],
    caller: Editor,
    runtime: CurrentRuntime,
) -> JobStarted:
    """Delete a copy where it lies. Follow it as a job."""
    started = await start_removal(runtime, public_id=file_id, place=place, user_id=caller.user_id)
    return JobStarted(id=started)


@router.post("/files/{file_id}/repair", status_code=202, name="repair_file")
async def repair(file_id: FileId, caller: Editor, runtime: CurrentRuntime) -> JobStarted:
    """Put a file that is gone or damaged back from a good copy. Follow it as a job."""
    started = await start_repair(runtime, public_id=file_id, user_id=caller.user_id)
    return JobStarted(id=started)


@router.post("/scrub", status_code=202, name="start_scrub")
async def scrub(caller: Editor, runtime: CurrentRuntime, body: ScrubIn | None = None) -> JobStarted:
    """Look over files and their copies: are they there, and whole? Follow it as a job."""
    asked = body or ScrubIn()
    started = await start_scrub(
        runtime, deep=asked.deep, public_id=asked.file_id, user_id=caller.user_id
    )
    return JobStarted(id=started)
