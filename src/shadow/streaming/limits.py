"""How often a person may have links signed: a moving window of a minute."""

import math
import time
from typing import cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from shadow.streaming.errors import LimitsUnavailable, TooManyLinks


class LinkLimits:
    """The counts of one server, or of all that share a Redis."""

    def __init__(self, per_minute: int, *, redis_url: str = "") -> None:
        """Allow `per_minute` links a person, counted in memory or in the Redis at `redis_url`.

        Raises:
            LimitsUnavailable: the address is wrong, or no Redis client is installed.
        """
        self._limiter = MovingWindowRateLimiter(_storage(redis_url))
        self._limit = RateLimitItemPerMinute(per_minute, namespace="signed-links")

    async def count(self, user_id: int) -> None:
        """Count one link for this person.

        Raises:
            TooManyLinks: with the seconds until one may ask again.
            LimitsUnavailable: Redis does not answer.
        """
        try:
            if await self._limiter.hit(self._limit, str(user_id)):
                return
            window = await self._limiter.get_window_stats(self._limit, str(user_id))
        except StorageError as error:
            raise LimitsUnavailable(
                "Links cannot be signed because Redis does not answer. Check SHADOW_REDIS_URL.",
                retry_after=5,
            ) from error
        raise TooManyLinks(
            f"You may have {self._limit.amount} links signed a minute. Wait a little.",
            retry_after=max(1, math.ceil(window.reset_time - time.time())),
        )


def _storage(redis_url: str) -> Storage:
    try:
        if redis_url:
            found = storage_from_string(
                f"async+{redis_url}", implementation="redispy", wrap_exceptions=True
            )
        else:
            found = storage_from_string("async+memory://")
    except (ConfigurationError, ValueError) as error:
        raise LimitsUnavailable(f"SHADOW_REDIS_URL cannot be used: {error}") from error
    return cast(Storage, found)
