"""A worker that brings links until it is killed: arguments DATA_DIR, database URL, STORE folder."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import Settings

QUICK: dict[str, Any] = {"beat_seconds": 0.2, "dead_seconds": 1.5, "heavy": 8, "per_source": 8}


def settings_of(data_dir: Path, url: str, store: Path) -> Settings:
    """Workers of one swarm: data folders of their own, one database, one store."""
    return read_settings(
        {
            "data_dir": data_dir,
            "database_url": url,
            "jobs": QUICK,
            "storage": {"local_root": str(store)},
            "network": {"allow_private": ("127.0.0.0/8",)},
            "ingest": {"policy": ("http",)},
            "hls": {"previews": "off"},
        }
    )


async def main(data_dir: str, url: str, store: str) -> None:
    async with open_runtime(settings_of(Path(data_dir), url, Path(store))):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(*sys.argv[1:]))
