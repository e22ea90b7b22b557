"""How many parts a document may have: Telegram says so, and changes its mind."""

import time
from typing import Final

from shadow.telegram.errors import TelegramRefused
from shadow.telegram.library import TLObject, functions
from shadow.telegram.sessions.session import Session

DEFAULTS: Final = {False: 4000, True: 8000}
NAMES: Final = {False: "upload_max_fileparts_default", True: "upload_max_fileparts_premium"}
KEPT_SECONDS: Final = 3600.0
LEAST: Final = 1
MOST: Final = 100_000


class Limits:
    """What Telegram's app configuration allows, asked once an hour."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._read_at = float("-inf")

    async def most_parts(self, session: Session) -> int:
        """Return how many parts of 512 KiB a document of this account may have.

        Raises:
            TelegramUnavailable: what `Session.call` raises.
        """
        if time.monotonic() - self._read_at > KEPT_SECONDS:
            try:
                answer = await session.call(functions.help.GetAppConfigRequest(hash=0))
                self._known = _numbers(getattr(answer, "config", None))
            except TelegramRefused:  # not every account may ask
                self._known = {}
            self._read_at = time.monotonic()
        found = self._known.get(NAMES[session.premium], DEFAULTS[session.premium])
        return min(max(found, LEAST), MOST)


def _numbers(config: TLObject) -> dict[str, int]:
    pairs = getattr(config, "value", None) or []
    numbers = {pair.key: getattr(pair.value, "value", None) for pair in pairs}
    return {key: int(value) for key, value in numbers.items() if isinstance(value, float | int)}
