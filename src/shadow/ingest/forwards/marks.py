"""What stands for the content of a forwarded document on the blocklist: its id in Telegram.

Its SHA-256 would take a transfer to know. The same document forwarded again has the same id; the
same content uploaded anew has not, and is not recognised.
"""

import hashlib
import re
from typing import Final

STORAGE: Final = "telegram"
_KEY: Final = re.compile(rb"Forwarded/([0-9]+)/[^/]+")
"""See `telegram.forwards`."""


def mark_of(storage: str, key: bytes) -> str | None:
    """Return the mark of a forwarded object, shaped like the blocklist's hashes; None of others."""
    found = _KEY.fullmatch(key) if storage == STORAGE else None
    if found is None:
        return None
    return hashlib.sha256(b"telegram document " + found[1]).hexdigest()
