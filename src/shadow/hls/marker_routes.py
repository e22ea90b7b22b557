"""HTTP: what of a file may be skipped."""

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shadow.hls.chapter_names import MarkerKind, Stretch
from shadow.hls.known_files import file_named
from shadow.hls.markers import MarkerFact, markers_of, set_markers
from shadow.runtime.web import Editor, Reading, Viewer, Writing

router = APIRouter(tags=["hls"])


class MarkerIn(BaseModel):
    """A stretch of the file, in seconds from its start."""

    kind: MarkerKind
    start: float = Field(ge=0)
    end: float = Field(gt=0)


class MarkersIn(BaseModel):
    """All that may be skipped; a kind left out is not there. Null: what the chapters tell."""

    markers: list[MarkerIn] | None = Field(max_length=4)


class MarkerOut(MarkerIn):
    """A stretch of the file, and who said so."""

    origin: Literal["chapters", "person"]


class MarkersOut(BaseModel):
    """What of the file may be skipped, in order."""

    markers: list[MarkerOut]


@router.get("/api/files/{file_id}/markers")
async def list_markers(file_id: str, session: Reading, caller: Viewer) -> MarkersOut:
    """List the opening, recap, credits and preview of a file, as far as they are known."""
    file = await file_named(session, file_id)
    return _out(await markers_of(session, file))


@router.put("/api/files/{file_id}/markers")
async def replace_markers(
    file_id: str, body: MarkersIn, session: Writing, caller: Editor
) -> MarkersOut:
    """Say what of a file may be skipped, or, with null, leave it to the chapters again."""
    file = await file_named(session, file_id)
    given = None
    if body.markers is not None:
        given = [Stretch(one.kind, one.start, one.end) for one in body.markers]
    return _out(await set_markers(session, file_row=file, markers=given))


def _out(found: list[MarkerFact]) -> MarkersOut:
    return MarkersOut(markers=[MarkerOut(**asdict(one)) for one in found])
