"""Streaming as the composition root sees it."""

from fastapi import APIRouter

from shadow.runtime.slices import Slice
from shadow.streaming import progress_routes, routes
from shadow.streaming.settings import StreamingSettings

router = APIRouter()
router.include_router(routes.router)
router.include_router(progress_routes.router)
SLICE = Slice("streaming", router=router, settings=StreamingSettings)
