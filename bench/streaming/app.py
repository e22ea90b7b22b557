"""The responder by itself: one file at every path, served as the real routes serve it."""

import os

from starlette.types import Receive, Scope, Send

from shadow.plugins.storage_local.storage import LocalStorage
from shadow.streaming.responder import RangeResponse

PATH = os.fsencode(os.environ["BENCH_FILE"])
STORAGE = LocalStorage(lambda: [os.path.dirname(PATH)])


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        response = RangeResponse(lambda: STORAGE.open(PATH), media_type="video/x-matroska")
        await response(scope, receive, send)
    else:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
