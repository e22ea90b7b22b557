"""Short public ids and unguessable secrets."""

import hashlib
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
PUBLIC_ID_LENGTH = 7


def new_public_id() -> str:
    """Return 7 random characters of `[a-zA-Z0-9]` (41 bits; the caller checks for collisions)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def is_public_id(text: str) -> bool:
    """Tell whether `text` has the shape of a public id."""
    return len(text) == PUBLIC_ID_LENGTH and text.isascii() and text.isalnum()


def new_secret() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return the SHA-256 of a secret in hex: what is stored in its place."""
    return hashlib.sha256(secret.encode()).hexdigest()
