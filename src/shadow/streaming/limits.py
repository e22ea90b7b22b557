"""How often a person may have links signed: a moving window of a minute."""

import math
import time
from typing import cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from shadow.streaming.errors import TooManyLinks


class LinkLimits:
    """The counts of one server, or of all that share a Redis."""

    def __init__(self, per_minute: int, *, redis_url: str = "") -> None:
        """Allow `per_minute` links a person, counted in memory or in the Redis at `redis_url`."""
        address = f"async+{redis_url}" if redis_url else "async+memory://"
        options = {"implementation": "redispy"} if redis_url else {}
        self._limiter = MovingWindowRateLimiter(
            cast(Storage, storage_from_string(address, **options))
        )
        self._limit = RateLimitItemPerMinute(per_minute, namespace="signed-links")

    async def count(self, user_id: int) -> None:
        """Count one link for this person.

        Raises:
            TooManyLinks: with the seconds until one may ask again.
        """
        if await self._limiter.hit(self._limit, str(user_id)):
            return
        window = await self._limiter.get_window_stats(self._limit, str(user_id))
        raise TooManyLinks(
            f"You may have {self._limit.amount} links signed a minute. Wait a little.",
            retry_after=max(1, math.ceil(window.reset_time - time.time())),
        )
