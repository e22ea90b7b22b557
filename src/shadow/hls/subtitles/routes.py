"""Subtitles over HTTP: `/api/files/{file_id}/subtitles` and `…/fonts`."""

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from shadow.hls.errors import SubtitleMissing, SubtitleTooLarge, SubtitleUnreadable
from shadow.hls.known_files import file_named
from shadow.hls.serving import Hls
from shadow.hls.subtitles import searching
from shadow.hls.subtitles.entries import Part
from shadow.hls.subtitles.keeping import MOST_BYTES, Given, check, note, remove
from shadow.hls.subtitles.schemas import FetchIn, FontOut, FoundOut, SubtitleOut, UploadQuery
from shadow.hls.subtitles.showing import (
    font_path,
    fonts_of,
    hls_shift,
    locate,
    moved_pictures,
    pictures_path,
    whole_ass,
    whole_vtt,
)
from shadow.hls.subtitles.tracks import subtitle_tracks, track_of
from shadow.runtime.web import CurrentRuntime, Member, Reading, Streamer, Viewer, Writing

router = APIRouter(tags=["hls"])
FORMS: Final = {
    "vtt": "text/vtt; charset=utf-8",
    "ass": "text/x-ssa; charset=utf-8",
    "sup": "application/octet-stream",
    "sub": "application/octet-stream",
    "idx": "text/plain; charset=utf-8",
}
PICTURES: Final[dict[str, Part]] = {"sup": "sup", "sub": "sub", "idx": "idx"}
NAME: Final = re.compile(r"([ex]?[A-Za-z0-9]{1,8})\.(vtt|ass|sup|sub|idx)")
LOCKED: Final = {
    # It is content from outside: whatever a browser makes of it, it may do nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=0, must-revalidate",
}
FONT_CACHING: Final = {**LOCKED, "Cache-Control": "private, max-age=86400"}


class Timeline(BaseModel):
    """Whose time the answer is in."""

    timeline: Literal["file", "hls"] = Field(
        default="file",
        description="`file`: as a browser counts that plays the file itself. `hls`: as in the "
        "playlists, which begin with the first picture.",
    )


@router.get("/api/files/{file_id}/subtitles")
async def list_subtitles(file_id: str, session: Reading, _: Viewer) -> list[SubtitleOut]:
    """List the subtitles of a file: inside it, beside it, uploaded and found."""
    row = await file_named(session, file_id)
    return [SubtitleOut.of(file_id, one) for one in await subtitle_tracks(session, row.id)]


@router.get("/api/files/{file_id}/subtitles/search")
async def search_subtitles(
    file_id: str,
    language: Annotated[str, Query(max_length=40, description="BCP 47 tag.")],
    runtime: CurrentRuntime,
    _: Member,
) -> list[FoundOut]:
    """Ask the providers for subtitles in a language; an empty list without providers."""
    async with runtime.database.session() as session:
        row = await file_named(session, file_id)
        query = await searching.query_for(session, row, language)
    return [FoundOut.of(one) for one in await searching.search(runtime, row, query)]


@router.post("/api/files/{file_id}/subtitles/fetch", status_code=201)
async def fetch_subtitle(
    file_id: str, asked: FetchIn, runtime: CurrentRuntime, caller: Member
) -> SubtitleOut:
    """Download one of the subtitles that a search found, and keep it with the file."""
    async with runtime.database.session() as session:
        await file_named(session, file_id)
    checked = await searching.fetch(runtime, asked.provider, asked.id)
    async with runtime.database.transaction() as session:
        row = await file_named(session, file_id)
        kept = await note(session, runtime, row, checked, user_id=caller.user_id)
        return SubtitleOut.of(file_id, track_of(kept))


@router.post(
    "/api/files/{file_id}/subtitles",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
async def upload_subtitle(
    file_id: str,
    said: Annotated[UploadQuery, Query()],
    request: Request,
    runtime: CurrentRuntime,
    caller: Member,
) -> SubtitleOut:
    """Give a film a subtitle file of 10 MiB at most: the bytes as the body, or a form's `file`."""
    async with runtime.database.session() as session:
        await file_named(session, file_id)
    name, content = await _uploaded(request)
    given = Given(
        name=said.name or name,
        content=content,
        language=said.language,
        title=said.title,
        forced=said.forced,
        sdh=said.sdh,
    )
    checked = await check(runtime, given)
    async with runtime.database.transaction() as session:
        row = await file_named(session, file_id)
        kept = await note(session, runtime, row, checked, user_id=caller.user_id)
        return SubtitleOut.of(file_id, track_of(kept))


async def _uploaded(request: Request) -> tuple[str, bytes]:
    """Return the name (empty: none) and the bytes of an upload, never more than are allowed."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=8) as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise SubtitleUnreadable("Send the subtitle as the form's field “file”.")
            content = await sent.read(MOST_BYTES + 1)
            name = sent.filename or ""
    else:
        name, content = "", await _body(request)
    if len(content) > MOST_BYTES:
        raise SubtitleTooLarge(f"A subtitle has at most {MOST_BYTES >> 20} MiB.")
    return name, content


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            break
    return b"".join(pieces)


@router.delete("/api/files/{file_id}/subtitles/{track_id}", status_code=204)
async def delete_subtitle(
    file_id: str, track_id: str, session: Writing, runtime: CurrentRuntime, caller: Member
) -> None:
    """Remove a subtitle that was uploaded or found; for who added it, and for editors."""
    row = await file_named(session, file_id)
    await remove(session, runtime, row, track_id, caller)


@router.get(
    "/api/files/{file_id}/subtitles/{name}",
    response_class=Response,
    responses={200: {"content": {form.partition(";")[0]: {} for form in FORMS.values()}}},
)
async def show_subtitle(
    file_id: str,
    name: str,
    asked: Annotated[Timeline, Query()],
    runtime: CurrentRuntime,
    _: Streamer,
) -> Response:
    """Answer a subtitle: `3.vtt`, `xAbc1234.ass`, `4.sup`, `5.sub` with `5.idx`.

    The number is the stream's in the file. Text is always to be had as `.vtt`.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise SubtitleMissing("There is no such subtitle in this file.")
    track_id, form = found.groups()
    located = await locate(runtime, file_id, track_id)
    shift = 0
    if asked.timeline == "hls":
        file = await runtime.part(Hls).files.get(file_id)
        shift = await hls_shift(runtime, located, file.plan)
    if form == "vtt":
        text = await whole_vtt(runtime, located, shift=shift)
    elif form == "ass":
        text = await whole_ass(runtime, located, shift=shift)
    else:
        part = PICTURES[form]
        path = await pictures_path(runtime, located, part)
        if shift == 0 or part == "sub":
            return FileResponse(path, media_type=FORMS[part], headers=LOCKED)
        moved = moved_pictures(path, part, shift)
        return StreamingResponse(moved, media_type=FORMS[part], headers=LOCKED)
    return Response(text.encode("utf-8", "replace"), media_type=FORMS[form], headers=LOCKED)


@router.get("/api/files/{file_id}/fonts")
async def list_fonts(file_id: str, runtime: CurrentRuntime, _: Viewer) -> list[FontOut]:
    """List the fonts that a file carries for its styled subtitles."""
    entry = await fonts_of(runtime, file_id)
    return [
        FontOut(name=font.name, url=f"/api/files/{file_id}/fonts/{font.number}")
        for font in entry.manifest.fonts
    ]


@router.get("/api/files/{file_id}/fonts/{number}", response_class=Response)
async def show_font(file_id: str, number: int, runtime: CurrentRuntime, _: Streamer) -> Response:
    """Answer one of a file's fonts."""
    font, path = font_path(await fonts_of(runtime, file_id), number)
    return FileResponse(path, media_type=font.media_type, headers=FONT_CACHING)
