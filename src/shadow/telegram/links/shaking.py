"""The making of an authorisation key with a data centre, over a connection of its own."""

from contextlib import suppress
from typing import Final

from shadow.telegram.errors import LinkLost, TelegramUnavailable
from shadow.telegram.links.exchange import StepRefused, agree
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import Link, Place

TRIES: Final = 3
"""A data centre may ask for another try, and one number in thousands is not factored."""


async def make_key(place: Place) -> AuthKey:
    """Agree on a new key with a data centre: three round trips.

    Raises:
        LinkLost: it cannot be reached, or does not answer.
        TelegramUnavailable: it is not the data centre whose public key we have.
    """
    for _ in range(TRIES - 1):
        with suppress(StepRefused):
            return await _made(place)
    try:
        return await _made(place)
    except StepRefused as error:
        raise TelegramUnavailable(
            f"Data centre {place.dc} could not prove that it is Telegram's: {error}."
        ) from None


async def _made(place: Place) -> AuthKey:
    link = await Link(place, None).connect()
    try:
        agreed = await agree(link.plain)
    except (LinkLost, StepRefused):
        raise
    except Exception as error:  # what came is not even written as it should be
        raise StepRefused(f"an answer cannot be read ({type(error).__name__})") from None
    finally:
        link.close()
    return AuthKey(place.dc, agreed.key, agreed.salt, agreed.offset)
