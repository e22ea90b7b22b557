"""HTTP of packs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from shadow.runtime.web import CurrentRuntime, Reading, Streamer
from shadow.streaming.packs.choosing import season_pack
from shadow.streaming.packs.sending import PackResponse

router = APIRouter(tags=["streaming"])
PATH = "/api/titles/{title_id}/seasons/{number}/pack.{kind}"


@router.get(PATH, response_class=Response, name="season_pack")
@router.head(PATH, include_in_schema=False)
async def pack(
    title_id: Annotated[str, Path(max_length=7)],
    number: Annotated[int, Path(ge=0, le=100_000)],
    kind: Literal["zip", "7z"],
    caller: Streamer,
    runtime: CurrentRuntime,
    session: Reading,
) -> Response:
    """Download a season as one archive, made while it is sent; its length is told ahead.

    Files are stored as they are. A ZIP holds checksums; a 7z holds none, because they would have
    to be known before the files are read.
    """
    return PackResponse(runtime, await season_pack(session, title_id=title_id, season=number), kind)
