"""A process that logs in and holds its sessions until it is killed; prints a line when it does.

`python -m tests.telegram.sessions.holder FOLDER`; the settings come on standard input as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.telegram.service import Swarm


async def hold() -> None:
    group = json.load(sys.stdin)
    settings = read_settings({"data_dir": Path(sys.argv[1]), "telegram": group})
    async with open_runtime(settings) as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
        print("holding", session.login.slot, flush=True)  # noqa: T201 -- what the test waits for
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hold())
