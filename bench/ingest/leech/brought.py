"""`python -m bench.ingest.leech.brought ENGINE FOLDER [tee]`: bring each link that comes on stdin.

Prints one JSON line for each: `seconds` and `added`, the bytes resident beyond those before.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvloop

from bench.ingest.leech.worker import Memory, bring, given_settings, worker
from shadow.runtime.context import Runtime


async def main(engine: str, folder: str, also: str = "") -> None:
    data_dir = Path(folder)
    more: dict[str, Any] = {"ingest": {"policy": (engine,)}}
    if also:
        more |= {"storage": {"also": "rclone"}, "rclone": {"remote": "far:", "allow_local": True}}
    async with worker(data_dir, **given_settings(**more)) as runtime:
        if also:
            await add_remote(runtime, data_dir / "far")
        while url := (await asyncio.to_thread(sys.stdin.readline)).strip():
            async with Memory() as memory:
                seconds = await bring(runtime, url)
            print(json.dumps({"seconds": seconds, "added": memory.added}), flush=True)


async def add_remote(runtime: Runtime, far: Path) -> None:
    """Let rclone's remote be a folder of this machine."""
    far.mkdir()
    storage = runtime.plugins.get("storage", "rclone")
    await storage.create_remote("far", "alias", {"remote": str(far)})


uvloop.run(main(*sys.argv[1:]))
