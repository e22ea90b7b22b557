"""Data centres in other processes, as benchmarks use them; and how fast a plain client reads."""

import asyncio
import json
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from telethon import TelegramClient
from telethon.crypto import rsa as telethon_rsa
from telethon.sessions import StringSession
from telethon.tl import functions, types

from tests.support.telegram_dc import Generated, Options
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.process import ServedCentres, served
from tests.support.telegram_dc.strings import API_ID
from tests.telegram_dc.conftest import TOKEN

MIB = 1 << 20
ROOT = Path(__file__).parents[2]
CHANNEL = -1001234567890


async def bot_of(dc: ServedCentres, home: int) -> Any:
    """Log a Telethon client in as the bot."""
    telethon_rsa.add_key(dc.public_pem, old=False)
    TelegramClient._config = None
    host, _, port = dc.addresses[str(home)].partition(":")
    session = StringSession()
    session.set_dc(home, host, int(port))
    client = TelegramClient(session, API_ID, API_HASH, receive_updates=False)
    await client.start(bot_token=TOKEN)
    return client


async def read(client: Any, document: Any, pieces: int, in_flight: int) -> str:
    """Fetch the first MiBs of a document in 1 MiB pieces, some at a time; gives their SHA-256."""
    at = types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )
    got: dict[int, bytes] = {}
    numbers = iter(range(pieces))

    async def worker() -> None:
        for number in numbers:
            request = functions.upload.GetFileRequest(at, number * MIB, MIB)
            got[number] = (await client._sender.send(request)).bytes

    await asyncio.gather(*[worker() for _ in range(in_flight)])
    whole = sha256()
    for number in range(pieces):
        whole.update(got[number])
    return whole.hexdigest()


async def test_a_process_serves_and_says_how_fast_a_plain_client_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with served(Options(dcs=2, home=2)) as dc:
        await dc.do("add_bot", token=TOKEN)
        channel = await dc.do("add_channel", channel=CHANNEL)
        put = {"channel": channel, "content": {"size": 4 << 30}, "name": "film.mkv"}
        stored = await dc.do("put_document", **put)
        client = await bot_of(dc, 2)
        document = (await client.get_messages(channel, ids=stored["message"])).document
        assert document.size == 4 << 30
        film = Generated(4 << 30)
        wanted = sha256(b"".join(film.read(n * MIB, MIB) for n in range(48))).hexdigest()
        for delay in (0.0, 0.03):
            await dc.do("faults", delay=delay)
            began, used = time.monotonic(), await dc.do("cpu_seconds")
            assert await read(client, document, 48, 8) == wanted
            speed = 48 / (time.monotonic() - began)
            cpu = (await dc.do("cpu_seconds") - used) * 1024 / 48
            with capsys.disabled():
                line = f"{speed:.0f} MiB/s, 8 x 1 MiB in flight; server {cpu:.1f} CPU s/GiB"
                sys.stdout.write(f"\n  round trip {delay * 1000:.0f} ms: {line}\n")
        counted = await dc.counters()
        assert counted["bytes_sent"][str(stored["document"])] == 96 * MIB
        assert counted["calls"]["upload.getFile"] == 96
        await dc.do("faults", delay=0)
        await dc.do("flood", method="upload.getFile", seconds=5, times=1)
        with pytest.raises(Exception, match="5 seconds"):
            await read(client, document, 1, 1)
        with pytest.raises(RuntimeError, match="no command"):
            await dc.do("nonsense")
        await client.disconnect()


async def test_one_process_for_each_dc_share_a_folder(tmp_path: Path) -> None:
    options = Options(dcs=2, home=2, folder=tmp_path)
    async with served(options, split=True) as dc:
        await dc.do("add_bot", token=TOKEN)
        channel = await dc.do("add_channel", channel=CHANNEL)
        content = {"size": 3 * MIB + 5, "seed": 9}
        put = {"channel": channel, "content": content, "name": "far.mkv", "dc": 1}
        stored = await dc.do("put_document", **put)
        client = await bot_of(dc, 2)
        message = await client.get_messages(channel, ids=stored["message"])
        got = await client.download_media(message, file=bytes)
        assert got == Generated(3 * MIB + 5, 9).read(0, 4 * MIB)
        sent = await client.send_file(channel, b"up" * 300_000)
        assert (
            await dc.do("digest", channel=channel, message=sent.id)
            == sha256(b"up" * 300_000).hexdigest()
        )
        by_dc = (await dc.counters())["calls_by_dc"]
        assert by_dc["1 auth.importAuthorization"] == 1
        assert by_dc["1 upload.getFile"] >= 4
        assert by_dc["2 upload.saveFilePart"] > 1
        await dc.everywhere("revoke", account=1001)
        with pytest.raises(Exception, match=r"revoked|terminated|authorization"):
            await client.download_media(message, file=bytes)
        await client.disconnect()


def test_the_command_line_keeps_what_its_folder_has(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.telegram_dc", f"--folder={tmp_path}"]
    command += [f"--bot={TOKEN}", f"--channel={CHANNEL}", "--document=film.mkv=5000000000"]
    said = []
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout
            said.append(json.loads(process.stdout.readline()))
            process.terminate()
        assert process.returncode == 0
    assert said[0]["documents"] == said[1]["documents"]
    assert said[0]["documents"][0]["channel"] == CHANNEL
    assert (said[0]["public_key"], said[0]["bots"]) == (said[1]["public_key"], [TOKEN])
