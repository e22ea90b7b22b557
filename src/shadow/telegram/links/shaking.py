"""The making of an authorisation key (core.telegram.org/mtproto/auth_key), by Telethon's code."""

from contextlib import suppress
from typing import Final

from shadow.telegram.errors import LinkLost, TelegramUnavailable
from shadow.telegram.library import TLObject, TLRequest, handshake
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import Link, Place

TRIES: Final = 3
"""Telethon drops a key's leading zeros and then refuses its proof: one handshake of 256."""


class _Refused(Exception):
    """A step of the handshake is not as it should be."""


class _PlainSender:
    """What Telethon's handshake sends through."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def send(self, request: TLRequest) -> TLObject:
        return await self._link.plain(request)


async def make_key(place: Place) -> AuthKey:
    """Agree on a new key with a data centre: three round trips.

    Raises:
        LinkLost: it cannot be reached, or does not answer.
        TelegramUnavailable: it is not the data centre whose public key we have.
    """
    for _ in range(TRIES - 1):
        with suppress(_Refused):
            return await _made(place)
    try:
        return await _made(place)
    except _Refused as error:
        raise TelegramUnavailable(
            f"Data centre {place.dc} could not prove that it is Telegram's: {error}."
        ) from None


async def _made(place: Place) -> AuthKey:
    link = await Link(place, None).connect()
    try:
        made, offset = await handshake.do_authentication(_PlainSender(link))
    except LinkLost:
        raise
    except Exception as error:  # Telethon checks each step by assertions and errors of its own
        raise _Refused(type(error).__name__) from None
    finally:
        link.close()
    key = bytes(made.key)
    return AuthKey(place.dc, key.rjust(256, b"\0"), offset=offset)
