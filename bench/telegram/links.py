"""One process reading `upload.getFile` in pieces of 1 MiB, 8 in flight: our links and Telethon's.

`python -m bench.telegram.links [MiB]`. The data centre is another process on loopback; the sum of
the bytes is checked. CPU seconds are this process's own. Then again with what Telegram gives one
connection, over one and over four.
"""

import asyncio
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import uvloop
from pydantic import SecretStr
from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.network import ConnectionTcpFull, MTProtoSender
from telethon.sessions import StringSession
from telethon.tl import functions, types
from telethon.tl.alltlobjects import LAYER
from tests.support.telegram_dc import Options
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.process import ServedCentres, served
from tests.support.telegram_dc.strings import API_ID

from shadow.kit.clock import utc_now
from shadow.telegram.links.places import data_centres
from shadow.telegram.links.pool import FileLinks, Traffic
from shadow.telegram.sessions.keyring import Application, Keyring
from shadow.telegram.sessions.logins import Credential, Login

MIB = 1 << 20
HOME = 1
TOKEN = "1001:token-of-the-first"
CHANNEL = -1001234567890
IN_FLIGHT = 8
CAPPED = 48
Piece = Callable[[int], Awaitable[Any]]


class _Nowhere:
    async def save(self, login: Login, credential: Credential) -> bool:
        return True


async def measured(title: str, piece: Piece, mib: int, expected: str) -> None:
    """Read that much of the film through `piece` and print a line of the table."""
    numbers = iter(range(mib))
    ready: dict[int, Any] = {}
    whole = sha256()
    at = 0
    ours = 0.0

    async def worker() -> None:
        nonlocal at, ours
        for number in numbers:
            ready[number] = (await piece(number)).bytes
            while at in ready:
                begun = time.thread_time()
                whole.update(ready.pop(at))
                ours += time.thread_time() - begun
                at += 1

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[worker() for _ in range(IN_FLIGHT)])
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu - ours  # the check of the bytes is not what is measured
    assert not expected or whole.hexdigest() == expected, "the bytes are wrong"
    print(f"| {title} | {mib / seconds:.0f} | {cpu / mib * 1024:.1f} |", flush=True)


def keyring(dc: ServedCentres) -> Keyring:
    """Make the keys of the bot, as a session has them."""
    places = data_centres({int(number): address for number, address in dc.addresses.items()})
    application = Application(API_ID, SecretStr(API_HASH), places, utc_now)
    credential = Credential("bench", bot=True, account="bot-1001", token=SecretStr(TOKEN))
    store: Any = _Nowhere()
    return Keyring(application, credential, Login("bot-1001", 0, bot=True), store)


async def senders(client: Any, dc: ServedCentres, count: int) -> list[Any]:
    """Open raw connections of Telethon under the client's key."""
    host, _, port = dc.addresses[str(HOME)].partition(":")
    opened = []
    logs: Any = defaultdict(lambda: logging.getLogger("telethon"))
    for _ in range(count):
        sender = MTProtoSender(client.session.auth_key, loggers=logs)
        connection = ConnectionTcpFull(host, int(port), HOME, loggers=logs)
        await sender.connect(connection)
        query = functions.help.GetConfigRequest()
        begun = functions.InitConnectionRequest(API_ID, "bench", "1", "1", "en", "", "en", query)
        await sender.send(functions.InvokeWithLayerRequest(LAYER, begun))
        opened.append(sender)
    return opened


async def telethon_bot(dc: ServedCentres) -> Any:
    """Log a plain Telethon client in as the bot."""
    host, _, port = dc.addresses[str(HOME)].partition(":")
    session = StringSession()
    session.set_dc(HOME, host, int(port))
    client: Any = TelegramClient(session, API_ID, API_HASH, receive_updates=False)
    await client.start(bot_token=TOKEN)
    return client


async def located(ask: Callable[[Any], Awaitable[Any]], message: int) -> Any:
    """Find the film's location in the eyes of who asks."""
    channel = types.InputChannel(-CHANNEL - 10**12, 0)
    found = await ask(
        functions.channels.GetMessagesRequest(channel, [types.InputMessageID(message)])
    )
    document = found.messages[0].media.document
    return types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )


async def ours(dc: ServedCentres, message: int, mib: int, expected: str) -> None:
    """Measure our own links, over one connection and over four."""
    keys = keyring(dc)
    for most in (1, 4):
        links = FileLinks(keys, HOME, most=most, traffic=Traffic())
        at = await located(links.send, message)

        async def piece(number: int, links: FileLinks = links, at: Any = at) -> Any:
            return await links.send(functions.upload.GetFileRequest(at, number * MIB, MIB))

        await measured(f"shadow, {most} connections", piece, mib, expected)
        links.close()


async def theirs(dc: ServedCentres, message: int, mib: int, expected: str) -> None:
    """Measure raw senders of Telethon, one and four."""
    client = await telethon_bot(dc)
    at = await located(client, message)
    for count in (1, 4):
        opened = await senders(client, dc, count)

        async def piece(number: int, opened: list[Any] = opened) -> Any:
            sender = opened[number % len(opened)]
            return await sender.send(functions.upload.GetFileRequest(at, number * MIB, MIB))

        await measured(f"Telethon's raw senders, {count} connections", piece, mib, expected)
        for sender in opened:
            await sender.disconnect()
    await client.disconnect()


async def main() -> None:
    """Print the table."""
    mib = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    async with served(Options(dcs=1, home=HOME)) as dc:
        rsa.add_key(dc.public_pem, old=False)
        await dc.do("add_bot", token=TOKEN)
        await dc.do("add_channel", channel=CHANNEL)
        content = {"size": mib * MIB}
        film = await dc.do("put_document", channel=CHANNEL, content=content, name="film.mkv")
        expected = await dc.do("digest", channel=CHANNEL, message=film["message"])
        print(f"\n| {mib} MiB in pieces of 1 MiB, {IN_FLIGHT} in flight | MiB/s | CPU s/GiB |")
        print("| --- | ---: | ---: |", flush=True)
        await ours(dc, film["message"], mib, expected)
        await theirs(dc, film["message"], mib, expected)
        capped = min(mib, CAPPED)
        print(f"\n| {capped} MiB, 30 ms away, 5.5 MB/s a connection | MiB/s | CPU s/GiB |")
        print("| --- | ---: | ---: |", flush=True)
        await dc.do("faults", delay=0.03, bytes_per_second=5_500_000.0)
        await ours(dc, film["message"], capped, "")


uvloop.run(main())
