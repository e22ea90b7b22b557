"""A process that scans until it is killed: arguments DATA_DIR, database URL, library folder."""

import asyncio
import sys
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.ingest import service as ingest
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import Settings


def tell(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def settings_of(data_dir: Path, url: str, library: Path) -> Settings:
    return read_settings(
        {"data_dir": data_dir, "database_url": url, "library": {"paths": [str(library)]}}
    )


async def main(data_dir: str, url: str, library: str) -> None:
    configure_logging(level="error", style="json")
    async with open_runtime(settings_of(Path(data_dir), url, Path(library))) as runtime:
        tell("open")
        job = await runtime.jobs.wait(await ingest.start_scan(runtime))
        tell(job.state)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
