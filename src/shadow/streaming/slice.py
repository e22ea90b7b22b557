"""Streaming as the composition root sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter

from shadow.catalog.events import FilesGone
from shadow.catalog.ports import PublicLinks
from shadow.runtime.context import Runtime
from shadow.runtime.slices import Slice
from shadow.streaming import progress_routes, routes
from shadow.streaming.gateway.purging import cache_sweep_open, on_files_gone
from shadow.streaming.gateway.settings import GatewaySettings
from shadow.streaming.packs.routes import router as packs_router
from shadow.streaming.service import public_link
from shadow.streaming.settings import StreamingSettings

router = APIRouter()
router.include_router(routes.router)
router.include_router(routes.stream_router)
router.include_router(progress_routes.router)
router.include_router(packs_router)


@asynccontextmanager
async def public_links_open(runtime: Runtime) -> AsyncIterator[PublicLinks]:
    """Let lower and neighbouring slices have public addresses of files."""
    yield PublicLinks(lambda file_id: public_link(runtime, file_id))


SLICE = Slice(
    "streaming",
    router=router,
    stream_router=routes.stream_router,
    settings=StreamingSettings,
    more_settings={"gateway": GatewaySettings},
    parts=(public_links_open, cache_sweep_open),
    handlers={FilesGone: (on_files_gone,)},
)
