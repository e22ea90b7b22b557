"""The making of an authorisation key (core.telegram.org/mtproto/auth_key), by Telethon's code."""

from shadow.telegram.errors import LinkLost, TelegramUnavailable
from shadow.telegram.library import TLObject, TLRequest, handshake
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import Link, Place


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
    link = await Link(place, None).connect()
    try:
        made, offset = await handshake.do_authentication(_PlainSender(link))
    except LinkLost:
        raise
    except Exception as error:  # Telethon checks each step by assertions and errors of its own
        raise TelegramUnavailable(
            f"Data centre {place.dc} could not prove that it is Telegram's: {type(error).__name__}."
        ) from None
    finally:
        link.close()
    key = bytes(made.key)
    return AuthKey(place.dc, key.rjust(256, b"\0"), offset=offset)
