"""What an `rpc_error` means to who called (core.telegram.org/api/errors)."""

import re

from shadow.kit.errors import ShadowError
from shadow.telegram.errors import LinkLost, TelegramFlood, TelegramRefused
from shadow.telegram.links.wire import RpcFailed

WAIT = re.compile(r"(FLOOD|FLOOD_PREMIUM|SLOWMODE|TAKEOUT_INIT_DELAY)_?(?:WAIT)?_(\d+)")
UNCLEAN = re.compile(r"[^A-Za-z0-9_. -]")
LONGEST_WAIT = 7 * 86_400


class KeyRefused(LinkLost):
    """The key is not logged in, or no more: `name` is Telegram's word for it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Telegram ended a log-in: {name}.")
        self.name = name


def outcome(failed: RpcFailed, method: str) -> ShadowError:
    """Turn an error answer into what is raised for it."""
    name = UNCLEAN.sub("", failed.name)[:80] or "UNKNOWN"
    wait = WAIT.fullmatch(name)
    if wait:
        seconds = max(1, min(int(wait[2]), LONGEST_WAIT))  # 0 would be asking again at once
        return TelegramFlood(seconds, method=method, premium="PREMIUM" in wait[1])
    if failed.status == 401 or name.startswith("AUTH_KEY_"):
        return KeyRefused(name)
    if failed.status == 420:
        return TelegramFlood(5, method=method)
    # RANDOM_ID_DUPLICATE comes with 500 too, but says that a message was made before.
    if (failed.status >= 500 and name != "RANDOM_ID_DUPLICATE") or failed.status < 0:
        return LinkLost(f"Telegram failed inside at {method}: {name}.")
    return TelegramRefused(name, status=failed.status, method=method)
