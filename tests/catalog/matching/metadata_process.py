"""A process that looks titles up until it is killed: arguments DIR and how many films to record.

Where TMDB is comes from the environment, as for the server.
"""

import asyncio
import sys
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.catalog.recording import record_files
from shadow.runtime.logging import configure_logging
from tests.catalog.finding import found
from tests.catalog.matching.lookups import lookups_ended


def film_name(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"Werk {letters[number // 26]}{letters[number % 26]}werk"


async def main(folder: str, films: int) -> None:
    async with open_runtime(read_settings({"data_dir": Path(folder)})) as runtime:
        if films:
            files = [found(f"{film_name(number)} (2000).mkv") for number in range(films)]
            async with runtime.database.transaction() as session:
                await record_files(session, files, clock=runtime.clock)
        await lookups_ended(runtime)


if __name__ == "__main__":
    configure_logging(level="error", style="json")
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
