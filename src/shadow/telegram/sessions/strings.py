"""Session strings of Telethon and of the Pyrogram family: told apart by their length.

All are big-endian and URL-safe base64. A string is a whole log-in: no message here repeats any of
one.
"""

import base64
import binascii
import struct
from dataclasses import dataclass, field

from shadow.telegram.errors import CredentialsInvalid

TELETHON = {263: ">B4sH256s", 275: ">B16sH256s"}
PYROGRAM = {263: ">B?256sI?", 267: ">B?256sQ?", 271: ">BI?256sQ?"}
LAST_DC = 5


@dataclass(frozen=True)
class SessionString:
    """What a session string tells; a user id of 0 and an api id of 0 mean that it does not."""

    dc: int
    key: bytes = field(repr=False)
    user_id: int = 0
    bot: bool = False
    api_id: int = 0


def read_session_string(text: str) -> SessionString:
    """Read a session string of any of the five forms.

    Raises:
        CredentialsInvalid: it is none of them, or tells of what cannot be.
    """
    text = text.strip()
    telethon = text.startswith("1") and len(text) in (353, 369)
    packed = _decoded(text[1:] if telethon else text)
    forms = TELETHON if telethon else PYROGRAM
    if len(packed) not in forms:
        raise CredentialsInvalid(
            "A session string has the wrong length: it was cut off, or is of an unknown kind."
        )
    values = struct.unpack(forms[len(packed)], packed)
    if telethon:
        return _checked(SessionString(values[0], values[3]))
    test = values[-4]
    if test:
        raise CredentialsInvalid("A session string is for Telegram's test servers.")
    dc, key, user_id, bot = values[0], values[-3], values[-2], values[-1]
    return _checked(SessionString(dc, key, user_id, bot, values[1] if len(values) == 6 else 0))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CredentialsInvalid("A session string holds characters that none has.") from None


def _checked(found: SessionString) -> SessionString:
    if not 1 <= found.dc <= LAST_DC:
        raise CredentialsInvalid("A session string names a data centre that does not exist.")
    if not any(found.key):
        raise CredentialsInvalid("A session string holds no key.")
    return found
