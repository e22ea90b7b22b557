"""`python -m bench.ingest.leech.packed FOLDER URL…`: bring episodes, send their season as a zip.

Prints JSON: `seconds`, `bytes`, and `added`, the bytes resident beyond those before.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from bench.ingest.leech.worker import Memory, bring, worker
from shadow.streaming.packs.choosing import season_pack
from shadow.streaming.packs.sending import PackResponse


async def main(folder: str, *urls: str) -> None:
    async with worker(Path(folder), ingest={"policy": ("aria2",)}) as runtime:
        for url in urls:
            await bring(runtime, url)
        jobs = (await runtime.jobs.list(limit=50)).items
        title_id = next(job.title_id for job in jobs if job.kind == "leech" and job.title_id)
        sent = 0

        async def send(message: dict[str, Any]) -> None:
            nonlocal sent
            sent += len(message.get("body", b""))

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

        async with runtime.database.session() as session:
            pack = await season_pack(session, title_id=title_id, season=1)
        answer: Any = PackResponse(runtime, pack, "zip")
        started = time.monotonic()
        async with Memory() as memory:
            await answer({"type": "http", "method": "GET", "headers": []}, receive, send)
        seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "bytes": sent, "added": memory.added}))


uvloop.run(main(*sys.argv[1:]))
