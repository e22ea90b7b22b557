"""How often sign-in may be tried: a moving window per address, per name, and per both.

Every way of signing in with something guessable counts here, before any look-up, so the answer says
nothing about who exists. The address is that of the connection; headers that a client sends are
never looked at.
"""

import ipaddress
import math
import time
from typing import cast

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from shadow.accounts.errors import LimitsUnavailable, TooManyAttempts
from shadow.accounts.settings import AccountsSettings
from shadow.kit.ids import fingerprint

log = structlog.get_logger(__name__)


class SignInLimits:
    """The counts of one server, or of all that share a Redis."""

    def __init__(self, settings: AccountsSettings, *, redis_url: str = "") -> None:
        """Count in memory, or in the Redis at `redis_url`.

        Raises:
            LimitsUnavailable: the address is wrong, or no Redis client is installed.
        """
        self._limiter = MovingWindowRateLimiter(_storage(redis_url))
        self._pair = RateLimitItemPerMinute(
            settings.login_attempts_per_minute, namespace="sign-in-pair"
        )
        self._address = RateLimitItemPerMinute(
            settings.address_attempts_per_minute, namespace="sign-in-address"
        )
        self._account = RateLimitItemPerMinute(
            settings.account_attempts_per_minute, namespace="sign-in-account"
        )

    async def count(self, *, address: str, account: str | None = None) -> None:
        """Count one attempt from `address` (an IP address), for the name key `account` if any.

        Raises:
            TooManyAttempts: with the seconds to wait; the attempt must not be looked at.
            LimitsUnavailable: Redis does not answer.
        """
        network = address_key(address)
        checks: list[tuple[RateLimitItemPerMinute, tuple[str, ...]]] = [(self._address, (network,))]
        if account is not None:
            person = fingerprint(account)
            checks += [(self._pair, (network, person)), (self._account, (person,))]
        try:
            for limit, key in checks:
                if not await self._limiter.hit(limit, *key):
                    stats = await self._limiter.get_window_stats(limit, *key)
                    raise TooManyAttempts(max(1, math.ceil(stats.reset_time - time.time())))
        except StorageError as error:
            raise LimitsUnavailable(
                "Sign-in is closed because Redis does not answer. Check SHADOW_REDIS_URL.",
                retry_after=5,
            ) from error

    async def forgive(self, *, address: str, account: str) -> None:
        """Forget the attempts from this address for this name: the password was right.

        What the address tried for other names stays counted, or owning one account would allow
        guessing at all others.
        """
        try:
            await self._limiter.clear(self._pair, address_key(address), fingerprint(account))
        except StorageError:
            log.warning("accounts.attempts_not_forgiven")


def address_key(address: str) -> str:
    """Return what an address counts as: itself, or its /64 network for IPv6.

    One customer of a provider holds a whole /64.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket has no address
        return "local"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


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
