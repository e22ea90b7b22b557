"""A torrent seeded by a real aria2 on loopback, with a tracker that knows nobody else."""

import asyncio
import hashlib
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support.wire import Asked, plain, serving

PIECE = 16 << 10


def bencode(value: Any) -> bytes:
    """Write BitTorrent's notation (BEP 3)."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, Mapping):
        pairs = sorted((key.encode() if isinstance(key, str) else key, value[key]) for key in value)
        return b"d" + b"".join(bencode(key) + bencode(one) for key, one in pairs) + b"e"
    return b"l" + b"".join(bencode(one) for one in value) + b"e"


def make_torrent(
    name: str, files: Mapping[str, bytes], *, announce: str = "", piece: int = PIECE
) -> bytes:
    """Return the torrent of a folder of files; of one file when its name is that of the torrent."""
    whole = b"".join(files.values())
    info: dict[str, Any] = {
        "name": name,
        "piece length": piece,
        "pieces": b"".join(
            hashlib.sha1(whole[at : at + piece]).digest() for at in range(0, len(whole), piece)
        ),
    }
    if list(files) == [name]:
        info["length"] = len(whole)
    else:
        info["files"] = [
            {"length": len(content), "path": path.split("/")} for path, content in files.items()
        ]
    return bencode({"info": info} | ({"announce": announce} if announce else {}))


@dataclass
class Swarm:
    """A torrent, where it is tracked, and the process that seeds it."""

    torrent: bytes
    info_hash: str
    tracker: str
    seeder: asyncio.subprocess.Process

    @property
    def magnet(self) -> str:
        return f"magnet:?xt=urn:btih:{self.info_hash}&dn=Film&tr={quote(self.tracker, safe='')}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def seeded(
    folder: Path, name: str, files: Mapping[str, bytes], *, speed: str = "0"
) -> AsyncIterator[Swarm]:
    """Seed files on loopback until the block ends; `speed` caps the seeder, as aria2 says it."""
    port = free_port()

    async def announce(asked: Asked, writer: asyncio.StreamWriter) -> None:
        peers = socket.inet_aton("127.0.0.1") + port.to_bytes(2, "big")
        writer.write(plain(200, bencode({"interval": 60, "peers": peers})))

    async with serving(announce) as tracker:
        url = f"{tracker.url}/announce"
        content = make_torrent(name, files, announce=url)
        place = folder / "seed"
        for path, held in files.items():
            file = place / name if list(files) == [name] else place / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(held)
        meta = folder / "seed.torrent"
        meta.write_bytes(content)
        seeder = await asyncio.create_subprocess_exec(
            str(shutil.which("aria2c")),
            *("--no-conf", "--quiet", "--seed-ratio=0.0", "--enable-dht=false"),
            *("--bt-enable-lpd=false", "--check-integrity=true", f"--listen-port={port}"),
            *(f"--max-upload-limit={speed}", f"--dir={place}", str(meta)),
        )
        start = content.index(b"4:info") + len(b"4:info")
        info_hash = hashlib.sha1(content[start:-1]).hexdigest()
        try:
            await _listening(port)
            yield Swarm(content, info_hash, url, seeder)
        finally:
            if seeder.returncode is None:
                seeder.kill()
            await seeder.wait()


async def _listening(port: int) -> None:
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    raise AssertionError("the seeder does not listen")
