"""Password hashing: argon2id with the second recommended parameters of RFC 9106 (64 MiB, 3 passes).

A hash takes about 0.1 s of processor time and 64 MiB, so it runs in a thread, two at a time: a
hundred people signing in at once wait their turn and cost 128 MiB, not 6.4 GiB.
"""

import asyncio
import secrets
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shadow.accounts.errors import PasswordInvalid

MIN_LENGTH, MAX_LENGTH = 8, 1024
HASHER = PasswordHasher()
# Of the process and not of a runtime: it is the memory of the process that is bounded.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a new password, as PHC text.

    Raises:
        PasswordInvalid: it has fewer than 8 or more than 1024 characters.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PasswordInvalid
    return await _hash(password)


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Tell whether this is the password; never for an empty one.

    Without a hash the same work is done in vain: the time says nothing about who exists.
    """
    expected = password_hash or _unmatchable()
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_THREADS, _verify, expected, _canonical(password))
    return matches and password_hash is not None and password != ""


async def renewed_hash(password_hash: str, password: str) -> str | None:
    """Return a hash with today's parameters for a password that matched, or None if it has them."""
    if not HASHER.check_needs_rehash(password_hash):
        return None
    return await _hash(password)


async def _hash(password: str) -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, HASHER.hash, _canonical(password))


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> bytes:
    # NFC as RFC 8265 says: keyboards differ in whether "é" is one character or two.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _unmatchable() -> str:
    salt, tail = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (HASHER.salt_len, HASHER.hash_len)
    )
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${tail}"
