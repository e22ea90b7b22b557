"""A smoothed rate: exponential moving average with a stated half-life."""

import math
import time
from dataclasses import dataclass, field

HALF_LIFE_SECONDS = 3.0
"""After this time a past speed weighs half: calm to read, and a stall shows within seconds."""


@dataclass(slots=True)
class Speed:
    """Amounts noted over time, as a smoothed amount a second."""

    half_life: float = HALF_LIFE_SECONDS
    per_second: float | None = None
    _last: tuple[float, float] | None = field(default=None)
    _amount: float = 0.0

    def note(self, amount: float, *, now: float | None = None) -> None:
        """Note the whole amount done so far (not the difference). `now` is monotonic seconds."""
        moment = time.monotonic() if now is None else now
        self._amount = amount
        if self._last is None or amount < self._last[1]:
            self._last = (moment, amount)
            return
        elapsed = moment - self._last[0]
        if elapsed < 0.05:
            return
        rate = (amount - self._last[1]) / elapsed
        keep = math.exp(-math.log(2) * elapsed / self.half_life)
        before = rate if self.per_second is None else self.per_second
        self.per_second = keep * before + (1 - keep) * rate
        self._last = (moment, amount)

    def seconds_until(self, total: float | None) -> float | None:
        """Estimate the seconds left until `total`, or None while that cannot be said."""
        if total is None or not self.per_second:
            return None
        return max(0.0, (total - self._amount) / self.per_second)
