"""A process that scans until it is killed: arguments DATA_DIR, database URL, library folder."""

import asyncio
import sys
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.ingest import service as ingest
from shadow.runtime.logging import configure_logging


def tell(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


async def main(data_dir: str, url: str, library: str) -> None:
    settings = read_settings(
        {"data_dir": Path(data_dir), "database_url": url, "library": {"paths": [library]}}
    )
    configure_logging(level="error", style="json")
    async with open_runtime(settings) as runtime:
        tell("open")
        job = await runtime.jobs.wait(await ingest.start_scan(runtime))
        tell(job.state)


asyncio.run(main(*sys.argv[1:]))
