"""Streaming as the composition root sees it."""

from shadow.runtime.slices import Slice
from shadow.streaming.routes import router
from shadow.streaming.settings import StreamingSettings

SLICE = Slice("streaming", router=router, settings=StreamingSettings)
