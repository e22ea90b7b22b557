"""The library folders in force, without asking the database at each seek of each player."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

FRESH_SECONDS: Final = 5.0
"""How long files of a folder that was taken out of the library may still be opened."""


class KnownFolders:
    """Remembers the folders for a few seconds."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[Sequence[bytes]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take how to ask for the folders, and a clock of seconds."""
        self._ask = ask
        self._clock = clock
        self._asked_at = float("-inf")
        self._folders: Sequence[bytes] = ()

    @property
    def known(self) -> Sequence[bytes]:
        """The folders as they were when last asked for."""
        return self._folders

    async def current(self) -> Sequence[bytes]:
        """Return the folders as they were a few seconds ago at most."""
        if self._clock() - self._asked_at > FRESH_SECONDS:
            return await self.anew()
        return self._folders

    async def anew(self) -> Sequence[bytes]:
        """Ask again and return the folders: a folder just added counts at once."""
        asked_at = self._clock()
        self._folders = await self._ask()
        self._asked_at = asked_at
        return self._folders
