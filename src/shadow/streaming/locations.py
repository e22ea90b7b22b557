"""Remember for a moment where files are: a player asks for one file many times a second."""

import asyncio
import time
from collections import OrderedDict
from typing import Final

from shadow.runtime.database import Database
from shadow.streaming.service import StoredFile, locate_file

SECONDS: Final = 1.0
"""How long an answer is used; a file that a person takes out streams no longer than this on."""
MOST: Final = 1024


class Locations:
    """Answer `locate_file` from memory for a second; many who ask at once share one query."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: OrderedDict[str, tuple[float, asyncio.Task[StoredFile]]] = OrderedDict()

    async def locate(self, file_id: str) -> StoredFile:
        """Return where a file's bytes are.

        Raises:
            FileMissing: there is no such file, or it is not where it was.
        """
        now = time.monotonic()
        until, asking = self._held.get(file_id, (0.0, None))
        if asking is None or until < now:
            asking = asyncio.create_task(self._ask(file_id))
            self._held[file_id] = (now + SECONDS, asking)
            self._held.move_to_end(file_id)
            if len(self._held) > MOST:
                self._held.popitem(last=False)
        return await asyncio.shield(asking)  # one who goes away leaves it to the others

    async def locate_now(self, file_id: str) -> StoredFile:
        """Return where a file's bytes are at this very moment: one taken out a moment ago is gone.

        Raises:
            FileMissing: there is no such file, or it is not where it was.
        """
        async with self._database.session() as session:
            return await locate_file(session, file_id=file_id)

    async def _ask(self, file_id: str) -> StoredFile:
        try:
            async with self._database.session() as session:
                return await locate_file(session, file_id=file_id)
        except BaseException:
            self._held.pop(file_id, None)  # only what is there is remembered
            raise
