"""Streaming as the composition root sees it."""

from fastapi import APIRouter

from shadow.runtime.slices import Slice
from shadow.streaming import routes
from shadow.streaming.settings import StreamingSettings

router = APIRouter()
router.include_router(routes.router)
SLICE = Slice("streaming", router=router, settings=StreamingSettings)
