"""A real server whose films lie in Telegram, and people who watch and compare every byte."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.hosting import hosting
from tests.support.media import film
from tests.support.postgres import free_port
from tests.support.programs import run
from tests.support.server import Server, start_server
from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.strings import API_ID

TOKENS = ("1001:token-of-the-first", "1002:token-of-the-second")
FILES, BACKUP = -1001234567890, -1001234567891
MIB = 1 << 20
SIZE = 12 * MIB + 4099
"""Bytes of a film: no multiple of anything that Telegram or the cache count in."""
SEEKS = 3
LONGEST_SEEK = 3 * MIB
BROKEN = (httpx.TransportError, httpx.RemoteProtocolError)
PASSWORD = "an engine of analysis"


class Refused(Exception):
    """The server answered with an error, as it should when it cannot do better."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.text)
        self.status = answer.status_code
        self.retry_after = answer.headers.get("retry-after")


def padded_film(number: int) -> bytes:
    """A film of `SIZE` bytes: a box of noise behind it, which players pass by."""
    played = film(f"Film {number}.mp4", seconds=4 + number).read_bytes()
    noise = random.Random(number).randbytes(SIZE - len(played) - 8)
    return played + (len(noise) + 8).to_bytes(4, "big") + b"free" + noise


@dataclass
class Cinema:
    """The server, and what its films must be, by the id of the file."""

    dc: DataCentres
    folder: Path
    settings: Mapping[str, str]
    server: Server
    port: int
    token: str
    films: dict[str, bytes] = field(default_factory=dict)
    served: int = 0
    """Bytes that came and were right."""
    survives_breaks: bool = False
    """Whether people connect again when the connection breaks: only where it is meant to break."""

    async def restart(self) -> None:
        """Kill the server and start it where it was."""
        self.server.kill()
        self.server = await asyncio.to_thread(self._start)

    def _start(self) -> Server:
        return start_server(self.folder, port=self.port, **self.settings)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.server.url, headers={"authorization": f"Bearer {self.token}"}, timeout=90
        )

    async def clear_cache(self) -> None:
        async with self.client() as client:
            (await client.delete("/api/storages/cache")).raise_for_status()

    async def watch(self, viewer: int) -> None:
        """Read a film as a player does, some of it and then all, and compare every byte."""
        file_id = sorted(self.films)[viewer % len(self.films)]
        chance = random.Random(viewer)
        async with self.client() as client:
            for _ in range(SEEKS):
                start = chance.randrange(SIZE - 1)
                stop = min(SIZE, start + chance.randrange(1, LONGEST_SEEK))
                await self._read(client, file_id, start, stop)
            await self._read(client, file_id, 0, SIZE)

    async def _read(self, client: httpx.AsyncClient, file_id: str, start: int, stop: int) -> None:
        at = start
        while at < stop:
            try:
                async for block in self._answer(client, file_id, at, stop):
                    assert block == self.films[file_id][at : at + len(block)], "wrong bytes"
                    at += len(block)
                    self.served += len(block)
            except BROKEN:
                if not self.survives_breaks:
                    raise
                await asyncio.sleep(0.2)
        assert at == stop, "more bytes than were promised"

    @staticmethod
    async def _answer(
        client: httpx.AsyncClient, file_id: str, start: int, stop: int
    ) -> AsyncIterator[bytes]:
        asked = {"range": f"bytes={start}-{stop - 1}"}
        async with client.stream("GET", f"/stream/{file_id}", headers=asked) as answer:
            if answer.status_code != 206:
                await answer.aread()
                raise Refused(answer)
            assert int(answer.headers["content-length"]) == stop - start
            async for block in answer.aiter_bytes():
                yield block

    async def bring(self, films: Mapping[str, bytes]) -> None:
        """Leech films into Telegram, and learn the ids of their files."""
        async with hosting(dict(films)) as host, self.client() as client:
            for name in films:
                asked = await client.post("/api/jobs/leech", json={"url": host.url(name)})
                asked.raise_for_status()
            await until_done(client)
            found = (await client.get("/api/library/media-files?limit=50")).json()["items"]
        for one in found:
            (name,) = [name for name in films if name.partition(".")[0] in one["path"]]
            self.films[one["id"]] = films[name]
        assert len(self.films) == len(films)


async def until_done(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        jobs = (await client.get("/api/jobs")).raise_for_status().json()["items"]
        if all(job["state"] in ("done", "failed") for job in jobs):
            assert [job["error"] for job in jobs if job["error"]] == []
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the films were not brought")


def command(folder: Path, *arguments: str, given: str = "") -> str:
    """Run `shadow` and return what it printed."""
    done = run("shadow", *arguments, "--data-dir", folder, given=given.encode())
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@asynccontextmanager
async def opened_cinema(dc: DataCentres, folder: Path, **more: str) -> AsyncIterator[Cinema]:
    """Start a server with two bots and an admin's token; nothing is in it yet."""
    for token in TOKENS:
        dc.add_bot(token)
    for channel in (FILES, BACKUP):
        dc.add_channel(channel)
    settings = {
        **dc.client_settings(),
        "SHADOW_TELEGRAM__API_ID": str(API_ID),
        "SHADOW_TELEGRAM__API_HASH": API_HASH,
        "SHADOW_TELEGRAM__WORKER_TOKENS": ",".join(TOKENS),
        "SHADOW_TELEGRAM__CHANNEL_LOGS": str(FILES),
        "SHADOW_TELEGRAM__CHANNEL_BACKUP": str(BACKUP),
        "SHADOW_TELEGRAM__WARM_UP_HOURS": "0",
        "SHADOW_STORAGE__DEFAULT": "telegram",
        "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
        "SHADOW_HLS__PREVIEWS": "off",
        **more,
    }

    def prepared() -> str:
        command(folder, "user", "add", "ada", "--role", "admin", "--password-stdin", given=PASSWORD)
        return command(folder, "token", "create", "ada")

    token = await asyncio.to_thread(prepared)
    port = free_port()
    server = await asyncio.to_thread(start_server, folder, port=port, **settings)
    cinema = Cinema(dc, folder, settings, server, port, token)
    try:
        yield cinema
    finally:
        cinema.server.process.terminate()
        await asyncio.to_thread(cinema.server.process.wait, 15)
