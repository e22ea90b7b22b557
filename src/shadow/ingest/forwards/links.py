"""Links to messages of Telegram channels."""

import re
from typing import Final, NamedTuple

_LINK: Final = re.compile(
    r"(?:https?://)?(?:t|telegram)\.me/c/([1-9][0-9]{0,11})(?:/[0-9]{1,10})?/([1-9][0-9]{0,9})/?(?:\?.*)?",
    re.IGNORECASE,
)
_PUBLIC: Final = re.compile(r"(?:https?://)?(?:t|telegram)\.me/", re.IGNORECASE)


class Post(NamedTuple):
    """A message: `channel` as bots write it (-100…)."""

    channel: int
    message_id: int


def read_post(url: str) -> Post | None:
    """Return the message that `https://t.me/c/CHANNEL/MESSAGE` names, None for any other link."""
    found = _LINK.fullmatch(url.strip())
    return None if found is None else Post(int(f"-100{found[1]}"), int(found[2]))


def leads_to_telegram(url: str) -> bool:
    """Tell whether a link leads to Telegram at all, whatever it names there."""
    return _PUBLIC.match(url.strip()) is not None
