"""What Telegram asked to wait for: per account, data centre and method, never per connection."""

import time

from shadow.telegram.errors import TelegramFlood


class Floods:
    """One account's waits. Asking is cheap; what is over is forgotten."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, int], tuple[float, bool]] = {}

    def remember(self, method: str, dc: int, flood: TelegramFlood) -> None:
        """Note that a method must not be called at a data centre for so long."""
        until = time.monotonic() + flood.seconds
        known = self._waits.get((method, dc))
        if known is None or known[0] < until:
            self._waits[method, dc] = (until, flood.premium)

    def left(self, method: str, dc: int) -> float:
        """Return how many seconds are left to wait; 0 when the method may be called."""
        wait = self._waits.get((method, dc))
        if wait is None:
            return 0.0
        left = wait[0] - time.monotonic()
        if left <= 0:
            del self._waits[method, dc]
        return max(0.0, left)

    def check(self, method: str, dc: int) -> None:
        """Raise TelegramFlood while a method must not be called at a data centre."""
        wait = self._waits.get((method, dc))
        if wait is None:
            return
        left = self.left(method, dc)
        if left:
            raise TelegramFlood(left, method=method, premium=wait[1])

    def all(self) -> list[tuple[str, int, float]]:
        """Return method, data centre and seconds left of every wait."""
        waits = [(method, dc, self.left(method, dc)) for method, dc in list(self._waits)]
        return [wait for wait in waits if wait[2] > 0]

    def worst(self) -> float:
        """Return the longest wait that is left, in seconds."""
        return max((seconds for _, _, seconds in self.all()), default=0.0)
