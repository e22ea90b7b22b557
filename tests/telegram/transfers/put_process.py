"""A process that puts one film into Telegram, to be killed: settings as JSON, size, name."""

import asyncio
import json
import sys
from typing import Any

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.job_engine import Role
from shadow.telegram import service as telegram
from tests.support.storages import blocks
from tests.support.telegram_dc import Generated


async def main(given: dict[str, Any], size: int, name: str) -> None:
    film = bytes(Generated(size).read(0, size))
    async with open_runtime(read_settings(given), role=Role.looks) as runtime:
        await telegram.put_object(runtime, name, blocks(film, 1 << 20), size=size)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
