"""HTTP: playlists and segments. Everything here is opened by the token in its address."""

import asyncio
import re
import time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from shadow.hls.cache import Kept
from shadow.hls.errors import RenditionMissing
from shadow.hls.lanes import Urgency
from shadow.hls.renditions import INIT, Rendition, may_copy
from shadow.hls.sending import SegmentResponse, Text, TextResponse, open_kept
from shadow.hls.serving import Hls
from shadow.hls.subtitles.showing import vtt_segment
from shadow.hls.tokens import Claims
from shadow.runtime.web import AccessRule, CurrentRuntime

router = APIRouter(tags=["hls"])
PLAYLIST: Final = "application/vnd.apple.mpegurl"
VTT: Final = "text/vtt"
SUBTITLE: Final = re.compile(r"s(e\d{1,4}|x[A-Za-z0-9]{7})")
PIECE: Final = re.compile(r"(0|[1-9]\d{0,6})\.(m4s|vtt)")
WATCH_SECONDS: Final = 0.5
"""How often a player who waits is looked after: one that went away waits no longer."""
ATTEMPTS: Final = 3
"""A segment may be swept by another server process between finding and opening it."""


class AllowTokenHolder(AccessRule):
    """Let in who holds a token of this very file; returns what it says."""

    async def __call__(self, request: Request, runtime: CurrentRuntime) -> Claims:
        """Return the token's claims. Raises `TokenMissing`, `TokenInvalid`, `TokenExpired`."""
        asked = request.path_params
        return await runtime.part(Hls).access.check(asked["file_id"], asked["token"])


Holder = Annotated[Claims, Depends(AllowTokenHolder())]
BASE: Final = "/hls/{file_id}/{token}"


@router.get(f"{BASE}/master.m3u8", response_class=Response)
@router.head(f"{BASE}/master.m3u8", include_in_schema=False)
async def show_master(
    file_id: str, claims: Holder, runtime: CurrentRuntime, request: Request
) -> Response:
    """Send the list of all renditions that the token gives."""
    hls = runtime.part(Hls)
    file = await hls.files.get(file_id)
    hls.warm(encodes=not may_copy(file, claims.grant))
    return _text(await hls.playlists.master(file, claims.grant), request, PLAYLIST, age=0)


@router.get(f"{BASE}/{{name}}/index.m3u8", response_class=Response)
@router.head(f"{BASE}/{{name}}/index.m3u8", include_in_schema=False)
async def show_playlist(
    file_id: str,
    name: str,
    claims: Holder,
    runtime: CurrentRuntime,
    request: Request,
    v: str | None = None,
) -> Response:
    """Send the complete list of a rendition's segments."""
    hls = runtime.part(Hls)
    file = await hls.files.get(file_id)
    hls.playlists.check_version(file, v)
    if SUBTITLE.fullmatch(name):
        text = await hls.playlists.subtitles(file)
    else:
        text = await hls.playlists.media(file, claims.grant, name)
    return _text(text, request, PLAYLIST, age=_age(claims))


@router.get(f"{BASE}/{{name}}/{{piece}}", response_class=Response)
@router.head(f"{BASE}/{{name}}/{{piece}}", include_in_schema=False)
async def send_segment(
    name: str,
    piece: str,
    claims: Holder,
    runtime: CurrentRuntime,
    request: Request,
    v: str | None = None,
) -> Response:
    """Send a segment: `init.mp4`, `{k}.m4s` or `{k}.vtt`. It is made if nobody asked before."""
    hls = runtime.part(Hls)
    file = await hls.files.get(claims.file_id)
    hls.playlists.check_version(file, v)
    number, ending = _piece(piece)
    subtitle = SUBTITLE.fullmatch(name)
    if subtitle is not None:
        if ending != "vtt" or number >= len(file.plan.boundaries) - 1:
            raise RenditionMissing("There is nothing at this address.")
        content = await vtt_segment(runtime, file, subtitle[1], number, file.plan)
        text = await asyncio.to_thread(Text.of, content)
        return _text(text, request, VTT, age=0)
    rendition = hls.playlists.rendition(file, claims.grant, name)
    if ending == "vtt" or number >= rendition.count:
        raise RenditionMissing("There is nothing at this address.")
    return await _segment(hls, rendition, number, claims, request)


async def _segment(
    hls: Hls, rendition: Rendition, number: int, claims: Claims, request: Request
) -> Response:
    viewer = request.path_params["token"]
    for _ in range(ATTEMPTS):
        kept = hls.maker.known(rendition, number)
        making = None
        if kept is None:
            work = hls.maker.get(rendition, number, viewer=viewer, urgency=Urgency.now)
            making = asyncio.create_task(work)
        if number != INIT:
            hls.ahead.follow(viewer, rendition, number)
        if making is not None:
            kept = await while_connected(request, making)
        if kept is None:
            break
        file = open_kept(kept)
        if file is not None:
            return SegmentResponse(
                file,
                kept.size,
                etag=rendition.key(number),
                media_type=rendition.media_type,
                age=_age(claims),
            )
        hls.maker.forget(rendition, number)
    return Response(status_code=503, headers={"Retry-After": "1"})


async def while_connected(request: Request, making: asyncio.Task[Kept]) -> Kept | None:
    """Return what is made; None once the player is gone, which then no longer waits for it."""
    try:
        while True:
            done, _ = await asyncio.wait({making}, timeout=WATCH_SECONDS)
            if done:
                return making.result()
            if await request.is_disconnected():
                return None
    finally:
        making.cancel()


def _piece(name: str) -> tuple[int, str]:
    """Return the number and the ending of a segment's file name."""
    if name == "init.mp4":
        return INIT, "mp4"
    found = PIECE.fullmatch(name)
    if found is None:
        raise RenditionMissing("There is nothing at this address.")
    return int(found[1]), found[2]


def _text(text: Text, request: Request, media_type: str, *, age: int) -> Response:
    return TextResponse(
        text,
        media_type=media_type,
        age=age,
        accepts=request.headers.get("accept-encoding", ""),
        has=request.headers.get("if-none-match", ""),
    )


def _age(claims: Claims) -> int:
    """Return for how many seconds a browser may keep what the token opened."""
    return max(0, claims.expires - int(time.time()))
