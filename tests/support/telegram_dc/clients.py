"""Unmodified clients, pointed at local data centres by nothing but address, key and transport."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from telethon import TelegramClient
from telethon.crypto import rsa as telethon_rsa
from telethon.network import ConnectionTcpFull, MTProtoSender
from telethon.sessions import StringSession
from telethon.tl import functions
from telethon.tl.alltlobjects import LAYER

from tests.support.telegram_dc.centre import Address
from tests.support.telegram_dc.server import DataCentres
from tests.support.telegram_dc.strings import API_ID

API_HASH = "0123456789abcdef0123456789abcdef"


def trust(dc: DataCentres) -> None:
    """Let Telethon know the server's key, and forget other servers' addresses."""
    telethon_rsa.add_key(dc.public_pem, old=False)
    TelegramClient._config = None


def telethon_client(
    dc: DataCentres, *, session: str = "", transport: Any = ConnectionTcpFull, home: int = 0,
    **options: Any,
) -> Any:  # fmt: skip
    """Make a Telethon client, not yet connected; it raises flood waits at once."""
    trust(dc)
    kept = StringSession(session)
    if not session:
        at = dc.addresses[home or dc.options.home]
        kept.set_dc(home or dc.options.home, at.host, at.port)
    defaults = {
        "receive_updates": False,
        "flood_sleep_threshold": 0,
        "request_retries": 1,
        "connection_retries": 2,
        "retry_delay": 0.1,
    }
    return TelegramClient(kept, API_ID, API_HASH, connection=transport, **{**defaults, **options})


@contextlib.asynccontextmanager
async def telethon_bot(dc: DataCentres, token: str, **options: Any) -> AsyncIterator[Any]:
    """Run a Telethon client logged in as a bot."""
    client = telethon_client(dc, **options)
    await client.start(bot_token=token)
    try:
        yield client
    finally:
        await client.disconnect()


async def file_sender(client: Any, at: Address) -> MTProtoSender:
    """Open one more connection under a client's key, as one does for files only."""
    sender = MTProtoSender(client.session.auth_key, loggers=client._log)
    place = (at.host, at.port, client.session.dc_id)
    await sender.connect(ConnectionTcpFull(*place, loggers=client._log))
    query = functions.help.GetConfigRequest()
    started = functions.InitConnectionRequest(API_ID, "test", "1", "1", "en", "", "en", query)
    await sender.send(functions.InvokeWithLayerRequest(LAYER, started))
    return sender
