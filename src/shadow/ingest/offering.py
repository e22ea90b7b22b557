"""What links offer for choice, found out without fetching it."""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from typing import Final

from shadow.ingest.fetching import list_files
from shadow.ingest.leeching.starting import read_link
from shadow.ingest.places import torrents_dir
from shadow.ingest.ports import Link, Offered, SourceUnavailable
from shadow.ingest.torrent_files import keep_torrent, kept_torrent, magnet_of
from shadow.runtime.context import Runtime

SECONDS: Final = 90.0
"""A magnet link asks peers first, who may be slow to find."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A link, its name where it has one, and its files by number."""

    url: str
    name: str
    files: tuple[Offered, ...]


async def offered_by_link(runtime: Runtime, url: str) -> Offer:
    """Return the files that a link offers; none where there is no choice.

    Raises:
        LinkRefused: it is no link that could be fetched.
        SourceUnavailable, SourceRefused: it cannot be found out.
    """
    url = url.strip()
    identity, _ = read_link(url)
    torrent = await asyncio.to_thread(kept_torrent, runtime, url)
    link = Link(url, torrent=str(torrent) if torrent else None)
    key = hashlib.sha256(f"offer\n{identity}".encode()).hexdigest()
    folder = torrents_dir(runtime) / f".{key[:32]}"
    try:
        async with asyncio.timeout(SECONDS):
            files = await list_files(runtime, link, folder, key=key)
    except TimeoutError:
        raise SourceUnavailable(
            "Nobody who has this torrent could be found in time. Try again later."
        ) from None
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return Offer(url, "", files)


async def offered_by_torrent(runtime: Runtime, content: bytes) -> Offer:
    """Keep a torrent file and return its magnet link and its files.

    Raises:
        LinkRefused: it is no torrent file that can be fetched.
    """
    torrent = await asyncio.to_thread(keep_torrent, runtime, content)
    files = tuple(
        Offered(one.number, one.path, one.size) for one in torrent.files if not one.padding
    )
    return Offer(magnet_of(torrent), torrent.name, files)
