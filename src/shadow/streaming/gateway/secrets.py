"""How nginx and the server know each other: a header that nginx overwrites in every request.

It has one of two values. With `asks` nginx passes on what a person asked for and can send files by
itself; with `fetches` it wants bytes of a file that the person may have, as was decided before.
"""

import hashlib
import hmac
from typing import Final

HEADER: Final = "x-shadow-gateway"


def asks(secret_key: bytes) -> str:
    """Return the header's value in requests of people."""
    return _derived(secret_key, b"shadow gateway asks")


def fetches(secret_key: bytes) -> str:
    """Return the header's value in requests of nginx itself."""
    return _derived(secret_key, b"shadow gateway fetches")


def same(sent: str | None, expected: str) -> bool:
    """Compare a header with a secret, in a time that tells nothing of it."""
    return hmac.compare_digest((sent or "").encode("latin-1", "replace"), expected.encode())


def _derived(secret_key: bytes, purpose: bytes) -> str:
    return hmac.new(secret_key, purpose, hashlib.sha256).hexdigest()
