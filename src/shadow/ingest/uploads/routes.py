"""HTTP of uploads: tus 1.0.0 at `/api/uploads`, and the list of one's own."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import asdict
from email.utils import format_datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from starlette.requests import ClientDisconnect

from shadow.ingest.submission_settings import UploadSettings
from shadow.ingest.uploads.errors import MethodMissing, SenderSilent, UploadRefused
from shadow.ingest.uploads.headers import (
    ALGORITHMS,
    BYTES_OF_UPLOAD,
    EXTENSIONS,
    VERSION,
    check_type,
    check_version,
    checksum,
    has_bytes,
    metadata,
    number,
)
from shadow.ingest.uploads.receiving import (
    Announced,
    Continuation,
    State,
    create_upload,
    list_uploads,
    receive,
    remove_upload,
    state_of,
)
from shadow.ingest.uploads.schemas import UploadList, UploadOut
from shadow.kit.errors import ShadowError
from shadow.runtime.access import Role
from shadow.runtime.problems import TITLES, problem
from shadow.runtime.web import CurrentRuntime, Member

router = APIRouter(tags=["ingest"])
BODY_LIMITS: Final = {r"/api/uploads(?:/[0-9a-f]{1,64})?": 1 << 50}
"""Uploads are as large as their announcement says, which has limits of its own."""
HEADERS: Final = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
UploadId = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$")]
PROTOCOL: Final = "Part of the tus protocol, version 1.0.0: see tus.io."


@router.options("/api/uploads", status_code=204, response_class=Response, name="describe_uploads")
async def describe(caller: Member, runtime: CurrentRuntime) -> Response:
    """Tell what this server can do of the tus protocol."""
    said = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(runtime.settings.group(UploadSettings).max_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=204, headers={**HEADERS, **said})


@router.post(
    "/api/uploads",
    status_code=201,
    response_class=Response,
    name="create_upload",
    responses={201: {"description": "`Location` is where the bytes go."}},
)
async def create(caller: Member, runtime: CurrentRuntime, request: Request) -> Response:
    """Begin an upload of `Upload-Length` bytes.

    `Upload-Metadata` may hold `filename`, `title` and `storage`. The first bytes, or all of them,
    may come along as in the requests that go on with it.
    """

    async def answer() -> Response:
        check_version(request.headers)
        told = metadata(request.headers)
        submits = caller.role < Role.moderator
        state = await create_upload(
            runtime,
            Announced(
                user_id=caller.user_id, name=told.get("filename") or told.get("name") or "upload",
                size=number(request.headers, "Upload-Length"), title=told.get("title"),
                storage=None if submits else told.get("storage") or None, submits=submits,
            ),
        )  # fmt: skip
        if has_bytes(request.headers):
            first = Continuation(0, _body(request), checksum(request.headers))
            state = await _with_first(runtime, state, first, caller.user_id)
        return _answer(201, state, Location=f"/api/uploads/{state.id}")

    return await _told(answer())


@router.head(
    "/api/uploads/{upload_id}", status_code=200, response_class=Response, name="show_upload"
)
async def show(
    upload_id: UploadId, caller: Member, runtime: CurrentRuntime, request: Request
) -> Response:
    """Tell how much of an upload is there: `Upload-Offset`."""

    async def answer() -> Response:
        check_version(request.headers)
        state = await state_of(runtime, upload_id, user_id=caller.user_id)
        return _answer(200, state)

    return await _told(answer())


@router.patch(
    "/api/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    name="continue_upload",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BYTES_OF_UPLOAD: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    responses={204: {"description": "`Shadow-Job` is the job's id once the file is whole."}},
)
async def go_on(
    upload_id: UploadId, caller: Member, runtime: CurrentRuntime, request: Request
) -> Response:
    """Send bytes of an upload from `Upload-Offset` on. The last of them starts the job."""

    async def answer() -> Response:
        check_version(request.headers)
        check_type(request.headers)
        more = Continuation(
            number(request.headers, "Upload-Offset"), _body(request), checksum(request.headers)
        )
        state = await receive(runtime, upload_id, more, user_id=caller.user_id)
        return _answer(204, state)

    return await _told(answer())


@router.delete(
    "/api/uploads/{upload_id}", status_code=204, response_class=Response, name="remove_upload"
)
async def remove(
    upload_id: UploadId, caller: Member, runtime: CurrentRuntime, request: Request
) -> Response:
    """Give an upload up; its bytes are deleted."""

    async def answer() -> Response:
        check_version(request.headers)
        await remove_upload(runtime, upload_id, user_id=caller.user_id)
        return Response(status_code=204, headers=HEADERS)

    return await _told(answer())


@router.post(
    "/api/uploads/{upload_id}", response_class=Response, name="override_method",
    include_in_schema=False,
)  # fmt: skip
async def override(
    upload_id: UploadId, caller: Member, runtime: CurrentRuntime, request: Request
) -> Response:
    """Do what `X-HTTP-Method-Override` says, for senders that can do no more than POST."""
    meant = {"PATCH": go_on, "DELETE": remove, "HEAD": show}
    act = meant.get(request.headers.get("x-http-method-override", "").strip().upper())

    async def refuse() -> Response:
        raise MethodMissing("POST needs X-HTTP-Method-Override: PATCH, DELETE or HEAD here.")

    return await (act(upload_id, caller, runtime, request) if act else _told(refuse()))


@router.get("/api/uploads", name="list_uploads")
async def list_own(caller: Member, runtime: CurrentRuntime) -> UploadList:
    """List one's own uploads that are not part of the library yet."""
    found = await list_uploads(runtime, user_id=caller.user_id)
    return UploadList(items=[UploadOut(**asdict(one)) for one in found])


async def _with_first(
    runtime: CurrentRuntime, state: State, first: Continuation, user_id: int
) -> State:
    """Take the bytes that came with the announcement; refused, nobody would know of the upload."""
    try:
        return await receive(runtime, state.id, first, user_id=user_id)
    except ShadowError:
        await remove_upload(runtime, state.id, user_id=user_id)
        raise


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise SenderSilent("The connection broke. Go on whenever you can.") from None


async def _told(work: Awaitable[Response]) -> Response:
    """Answer refusals with the statuses that the protocol asks for."""
    try:
        return await work
    except UploadRefused as error:
        refused = problem(
            error.status, title=TITLES[error.kind], detail=error.detail, code=error.code
        )
        refused.headers.update({**HEADERS, "Tus-Version": VERSION})
        if error.retry_after is not None:
            refused.headers["Retry-After"] = str(error.retry_after)
        return refused


def _answer(status: int, state: State, **more: str) -> Response:
    headers = {
        **HEADERS,
        "Upload-Offset": str(state.received),
        "Upload-Length": str(state.size),
        "Upload-Expires": format_datetime(state.expires_at, usegmt=True),
        **more,
    }
    if state.job_id is not None:
        headers["Shadow-Job"] = state.job_id
    return Response(status_code=status, headers=headers)
