"""HTTP: a file's bytes, and links that open them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shadow.catalog.service import open_file
from shadow.runtime.access import Role
from shadow.runtime.web import AccessRule, Allow, CurrentRuntime, Reading, Streamer
from shadow.streaming.gateway.answering import CACHING, internal_answer
from shadow.streaming.gateway.secrets import HEADER, asks, fetches, same
from shadow.streaming.limits import LinkLimits
from shadow.streaming.locations import Locations
from shadow.streaming.responder import RangeResponse, joined_headers
from shadow.streaming.schemas import SignIn, SignOut
from shadow.streaming.service import check_file_link, link_secret, sign_file
from shadow.streaming.settings import StreamingSettings
from shadow.streaming.signing import is_signed

router = APIRouter(tags=["streaming"])
stream_router = APIRouter(tags=["streaming"])
"""What processes answer that only stream, too."""


class AllowSigned(AccessRule):
    """Let in who holds a link signed for this very file, else who may stream.

    A signature that is there is judged by itself: a spoiled one is refused, cookie or not. A
    gateway that fetches for somebody who was let in needs neither.
    """

    def __init__(self) -> None:
        self._otherwise = Allow(Role.guest, "stream")

    async def __call__(self, request: Request, runtime: CurrentRuntime) -> None:
        """Return when the caller may stream. Raises `LinkInvalid`, `LinkExpired` or as `Allow`."""
        if same(request.headers.get(HEADER), fetches(runtime.secret_key)):
            return
        query = request.scope["query_string"].decode("latin-1")
        if not is_signed(query):
            await self._otherwise(request, runtime)
            return
        check_file_link(
            request.path_params["file_id"],
            query,
            secret=link_secret(runtime.settings.group(StreamingSettings), runtime.secret_key),
            now=runtime.clock(),
        )


async def link_limits(request: Request, runtime: CurrentRuntime) -> LinkLimits:
    """Return the counts that live as long as the application."""
    state = request.app.state
    if not hasattr(state, "link_limits"):
        state.link_limits = LinkLimits(
            runtime.settings.group(StreamingSettings).links_per_minute,
            redis_url=runtime.settings.core.redis_url,
        )
    limits: LinkLimits = state.link_limits
    return limits


async def known_locations(request: Request, runtime: CurrentRuntime) -> Locations:
    """Return what is remembered of where files are, one memory for each application."""
    state = request.app.state
    if not hasattr(state, "locations"):
        state.locations = Locations(runtime.database)
    locations: Locations = state.locations
    return locations


@router.post("/sign")
async def sign(
    asked: SignIn,
    caller: Streamer,
    runtime: CurrentRuntime,
    session: Reading,
    limits: Annotated[LinkLimits, Depends(link_limits)],
) -> SignOut:
    """Sign a link to a file: it needs no credential until it expires."""
    await limits.count(caller.user_id)
    settings = runtime.settings.group(StreamingSettings)
    url = await sign_file(
        session,
        file_id=asked.file_id,
        settings=settings,
        secret=link_secret(settings, runtime.secret_key),
        now=runtime.clock(),
    )
    return SignOut(url=url)


@stream_router.get(
    "/stream/{file_id}",
    response_class=Response,
    dependencies=[Depends(AllowSigned())],
    responses={
        206: {"description": "The ranges asked for."},
        304: {"description": "The file is the one you have."},
        410: {"description": "The link's time is over."},
        412: {"description": "The file is not the one you have."},
        416: {"description": "Nothing asked for lies within the file."},
    },
)
@stream_router.head(
    "/stream/{file_id}", dependencies=[Depends(AllowSigned())], include_in_schema=False
)
async def stream(
    file_id: str,
    request: Request,
    runtime: CurrentRuntime,
    locations: Annotated[Locations, Depends(known_locations)],
) -> Response:
    """Send the bytes of a file, by range; needs a signed link, a cookie or a token."""
    gateway = request.headers.get(HEADER)
    if same(gateway, asks(runtime.secret_key)):
        file = await locations.locate_now(file_id)
        asked = joined_headers(request.scope["headers"])
        told = await internal_answer(runtime, file, request.method, asked)
        return Response(headers=told)
    fetched = same(gateway, fetches(runtime.secret_key))
    file = await (locations.locate_now(file_id) if fetched else locations.locate(file_id))
    return RangeResponse(
        lambda: open_file(runtime, file.bytes),
        media_type=file.media_type,
        headers=(("cache-control", CACHING), ("content-disposition", file.disposition)),
    )
