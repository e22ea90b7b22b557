"""Kurigram, of the Pyrogram family: a second client, so that Telethon is not its own judge.

Apart from the Telethon clients because it takes seconds to import. Its AES-IGE is cryptg's here:
its own is Python (half a MiB/s) or TgCrypto, which installs a package named `tests`.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cryptg
import pyrogram
import rsa
from pyrogram.connection import Connection
from pyrogram.connection import transport as transports
from pyrogram.crypto import aes as pyrogram_aes
from pyrogram.crypto import rsa as pyrogram_rsa

from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.crypto import rsa_fingerprint
from tests.support.telegram_dc.server import DataCentres
from tests.support.telegram_dc.strings import API_ID

pyrogram_aes.ige256_encrypt = cryptg.encrypt_ige  # type: ignore[assignment] # names only differ
pyrogram_aes.ige256_decrypt = cryptg.decrypt_ige  # type: ignore[assignment] # names only differ


@contextlib.asynccontextmanager
async def kurigram_client(
    dc: DataCentres, folder: Path, *, token: str | None = None, session: str | None = None,
    transport: str = "TCPAbridged",
) -> AsyncIterator[Any]:  # fmt: skip
    """Run a Kurigram client, logged in by a bot token or a session string.

    Its addresses and keys of Telegram are constants; a connection factory, one of its own
    parameters, sends it to the DC of the same number here. It begins at DC 2: make that the home.
    """
    public = rsa.PublicKey.load_pkcs1(dc.public_pem.encode())
    fingerprint = rsa_fingerprint(public)
    pyrogram_rsa.server_public_keys[fingerprint] = pyrogram_rsa.PublicKey(public.n, public.e)

    def connection(*, dc_id: int, server_address: str, port: int, **given: Any) -> Connection:
        if not server_address.startswith("127."):
            at = dc.addresses[dc_id]
            server_address, port = at.host, at.port
        return Connection(dc_id=dc_id, server_address=server_address, port=port, **given)

    client = pyrogram.Client(
        f"test-{secrets.token_hex(4)}",
        api_id=API_ID,
        api_hash=API_HASH,
        bot_token=token,
        session_string=session,
        workdir=str(folder),
        in_memory=True,
        no_updates=True,
        connection_factory=connection,  # type: ignore[arg-type] # it is only ever called
        protocol_factory=getattr(transports, transport),
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()
        for left in client.sessions.values():  # it leaves its sessions on other DCs running
            await left.stop()
