"""A server that keeps its files in a local Telegram, for tests that drive a browser."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.media import film
from tests.support.postgres import free_port
from tests.support.server import Server, start_server
from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.strings import API_ID

TOKENS = ("1001:first-token", "1002:second-token")
FILES, BACKUP = -1001234567890, -1001234567891


def large_film(name: str, seconds: int = 20, mebibytes: int = 12) -> bytes:
    """Make a film that Telegram takes in parts. Its last box is one that players pass by."""
    played = film(name, seconds=seconds).read_bytes()
    filling = (mebibytes << 20) - len(played)
    return played + filling.to_bytes(4, "big") + b"free" + bytes(range(256)) * (filling // 256)


@asynccontextmanager
async def telegram() -> AsyncIterator[DataCentres]:
    """Two data centres with two bots, admins of two channels."""
    async with DataCentres() as dc:
        for token in TOKENS:
            dc.add_bot(token)
        for channel in (FILES, BACKUP):
            dc.add_channel(channel)
        yield dc


@dataclass
class Cinema:
    """A server that keeps its files in Telegram, and can be started again."""

    folder: Path
    settings: dict[str, str]
    port: int
    server: Server

    def restart(self) -> None:
        """Kill the server and start it where it was."""
        self.server.kill()
        self.server = start_server(self.folder, port=self.port, **self.settings)


@contextmanager
def running_cinema(dc: DataCentres, folder: Path, **more: str) -> Iterator[Cinema]:
    """Run a server that keeps its files in Telegram, in two channels."""
    settings = {
        **dc.client_settings(),
        "SHADOW_TELEGRAM__API_ID": str(API_ID),
        "SHADOW_TELEGRAM__API_HASH": API_HASH,
        "SHADOW_TELEGRAM__WORKER_TOKENS": ",".join(TOKENS),
        "SHADOW_TELEGRAM__CHANNEL_LOGS": str(FILES),
        "SHADOW_TELEGRAM__CHANNEL_BACKUP": str(BACKUP),
        "SHADOW_STORAGE__DEFAULT": "telegram",
        "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
        "SHADOW_HLS__PREVIEWS": "off",
        **more,
    }
    port = free_port()
    cinema = Cinema(folder, settings, port, start_server(folder, port=port, **settings))
    try:
        yield cinema
    finally:
        cinema.server.process.terminate()
        cinema.server.process.wait(15)
