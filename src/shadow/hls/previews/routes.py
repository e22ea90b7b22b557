"""HTTP: the list of a film's preview pictures, and the sheets they lie in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from shadow.hls.previews.asking import preview_sheet, previews_index
from shadow.kit.preconditions import failed_precondition
from shadow.runtime.web import CurrentRuntime, Streamer

router = APIRouter(tags=["hls"])
FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
VARY = "Cookie, Authorization"


@router.get(
    "/api/files/{file_id}/previews/index.vtt",
    response_class=Response,
    responses={
        200: {"content": {"text/vtt": {}}},
        304: {"description": "Unchanged."},
        404: {"description": "There are none, or they are being made."},
    },
)
async def list_previews(
    file_id: str, request: Request, runtime: CurrentRuntime, caller: Streamer
) -> Response:
    """List a film's preview pictures as WebVTT; each cue names a rectangle of a sheet."""
    listed, version = await previews_index(runtime, file_id)
    headers = {"ETag": f'"{version}"', "Cache-Control": ASK_AGAIN, "Vary": VARY}
    if _is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(listed, media_type="text/vtt; charset=utf-8", headers=headers)


@router.get(
    "/api/files/{file_id}/previews/{number}.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 304: {"description": "Unchanged."}},
)
async def show_previews(
    file_id: str,
    number: Annotated[int, Path(ge=0, le=10_000)],
    request: Request,
    runtime: CurrentRuntime,
    caller: Streamer,
    v: Annotated[str | None, Query(max_length=40, description="Version, as listed.")] = None,
) -> Response:
    """Answer one sheet of pictures as JPEG; under the version listed it never changes."""
    sheet = await preview_sheet(runtime, file_id, number)
    headers = {
        "ETag": f'"{sheet.version}-{number}"',
        "Cache-Control": FOR_EVER if v == sheet.version else ASK_AGAIN,
        "Vary": VARY,
    }
    if _is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(sheet.content, media_type="image/jpeg", headers=headers)


def _is_known(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match")
    return known is not None and failed_precondition({"if-none-match": known}, etag, 0) is not None
