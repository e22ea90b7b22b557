"""The responder by itself: one file at every path, served as the real routes serve it."""

import os
from pathlib import Path

from starlette.types import Receive, Scope, Send

from shadow.plugins.storage_local.storage import LocalStorage
from shadow.streaming.responder import RangeResponse

PATH = os.fsencode(os.environ["BENCH_FILE"])


async def roots() -> list[bytes]:
    return [os.fsencode(Path(os.fsdecode(PATH)).parent)]


STORAGE = LocalStorage(roots)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        response = RangeResponse(lambda: STORAGE.open(PATH), media_type="video/x-matroska")
        await response(scope, receive, send)
    else:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
