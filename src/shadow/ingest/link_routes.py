"""HTTP of links: what a torrent or magnet link offers, before it is fetched."""

from fastapi import APIRouter, Request

from shadow.ingest.offering import Offer, offered_by_link, offered_by_torrent
from shadow.ingest.schemas import LinkIn, OfferedFile, OfferedList, TorrentOut
from shadow.ingest.torrent_files import MOST_BYTES
from shadow.runtime.web import CurrentRuntime, Editor

router = APIRouter(tags=["ingest"])
BODY_LIMITS = {r"/api/links/torrent": MOST_BYTES}
TORRENT = "application/x-bittorrent"


@router.post("/api/links/files", name="list_link_files")
async def list_files(body: LinkIn, caller: Editor, runtime: CurrentRuntime) -> OfferedList:
    """List the files of a magnet link for choice; none where there is nothing to choose from."""
    offer = await offered_by_link(runtime, body.url)
    return OfferedList(items=_items(offer))


@router.post(
    "/api/links/torrent",
    name="keep_torrent",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {TORRENT: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def keep_torrent(request: Request, caller: Editor, runtime: CurrentRuntime) -> TorrentOut:
    """Keep a torrent file of 10 MiB at most; the magnet link answered is then fetched with it."""
    offer = await offered_by_torrent(runtime, await request.body())
    return TorrentOut(url=offer.url, name=offer.name, items=_items(offer))


def _items(offer: Offer) -> list[OfferedFile]:
    return [OfferedFile(number=one.number, path=one.path, size=one.size) for one in offer.files]
