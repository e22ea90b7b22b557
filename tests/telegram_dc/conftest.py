"""Two data centres, a bot and a channel with one film, which every test here may use."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from telethon.tl.functions.upload import GetFileRequest
from telethon.tl.types import InputDocumentFileLocation

from tests.support.telegram_dc import Account, DataCentres, Generated, Options, Stored
from tests.support.telegram_dc.clients import telethon_bot

TOKEN = "1001:token-of-the-first"
OTHER = "1002:token-of-the-second"
FILM = Generated(3 * (1 << 20) + 77)


@dataclass
class Place:
    """What the tests find: the film is on the home DC, which is 2; `far` is on DC 1."""

    bot: Account
    channel: int
    film: Stored
    far: Stored


@pytest.fixture
async def dc() -> AsyncIterator[DataCentres]:
    async with DataCentres(Options(dcs=2, home=2)) as opened:
        yield opened


@pytest.fixture
async def place(dc: DataCentres) -> Place:
    bot = dc.add_bot(TOKEN)
    channel = dc.add_channel(-1001234567890, username="films")
    film = dc.put_document(channel, FILM, "film.mkv", mime="video/x-matroska", text="A film")
    return Place(bot, channel, film, dc.put_document(channel, FILM, "far.mkv", dc=1))


@pytest.fixture
async def client(dc: DataCentres, place: Place) -> AsyncIterator[Any]:
    """Telethon, logged in as the bot."""
    async with telethon_bot(dc, TOKEN) as opened:
        yield opened


Location = Callable[[Any, Stored], Awaitable[InputDocumentFileLocation]]


@pytest.fixture
def location() -> Location:
    async def fresh(client: Any, stored: Stored) -> InputDocumentFileLocation:
        """Fetch a document's location as the account of this client sees it."""
        document = (await client.get_messages(stored.channel, ids=stored.message)).document
        return InputDocumentFileLocation(
            document.id, document.access_hash, document.file_reference, ""
        )

    return fresh


@pytest.fixture
def first_piece() -> Callable[[InputDocumentFileLocation], GetFileRequest]:
    return lambda location: GetFileRequest(location, 0, 4096)
