"""Bring a provider's pictures into the artwork store: the web client never loads them elsewhere."""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import select

from shadow.catalog.artwork import Placement, image_row, keep, store_image, wanted
from shadow.catalog.artwork_rules import MAX_BYTES, PictureRefused
from shadow.catalog.models import Image
from shadow.catalog.patching import WantedImage
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.http import OutgoingClient

log = structlog.get_logger(__name__)
AT_ONCE = 6
PREVIEW_SECONDS = 8.0


async def fetch_images(runtime: Runtime, images: Sequence[WantedImage]) -> int:
    """Fetch the pictures that would change something; return how many are shown now.

    A picture that cannot be had is left out and logged: the next refresh tries it again.
    """
    named = [Placement(one.owner, one.owner_id, one.column, "provider", one.url) for one in images]
    async with runtime.database.session() as session:
        missing = await wanted(session, named)
    if not missing:
        return 0
    gate = asyncio.Semaphore(AT_ONCE)
    async with runtime.http.client(max_bytes=MAX_BYTES) as client:

        async def one(placement: Placement) -> bool:
            async with gate:
                try:
                    content = await _download(client, placement.source)
                    return await store_image(runtime, placement, content)
                except (ShadowError, OSError) as error:
                    log.warning("catalog.image_not_fetched", reason=str(error))
                    return False

        return sum(await asyncio.gather(*(one(placement) for placement in missing)))


async def preview_images(runtime: Runtime, urls: Sequence[str]) -> dict[str, str]:
    """Fetch pictures that belong to nothing yet; return the public id of each that came in time."""
    async with runtime.http.client(max_bytes=MAX_BYTES, total_seconds=PREVIEW_SECONDS) as client:

        async def one(url: str) -> tuple[str, str] | None:
            try:
                return url, await _preview(runtime, client, url)
            except (ShadowError, OSError) as error:
                log.info("catalog.preview_not_fetched", reason=str(error))
                return None

        found = await asyncio.gather(*(one(url) for url in dict.fromkeys(urls)))
    return dict(pair for pair in found if pair)


async def _preview(runtime: Runtime, client: OutgoingClient, url: str) -> str:
    known = select(Image.public_id).where(Image.source == url, Image.origin == "provider")
    async with runtime.database.session() as session:
        public_id = await session.scalar(known.limit(1))
    if public_id is not None:
        return public_id
    kept = await keep(runtime, await _download(client, url))
    async with runtime.database.transaction() as session:
        row_id = await image_row(session, kept, origin="provider", source=url, now=runtime.clock())
        return (await session.get_one(Image, row_id)).public_id


async def _download(client: OutgoingClient, url: str) -> bytes:
    answer = await client.get(url)
    if answer.status_code != 200:
        raise PictureRefused(f"“{answer.url.host}” answered with status {answer.status_code}.")
    return answer.content
