"""Torrent files that people give: kept by info hash, so that a magnet link of it needs no peers."""

import os
import secrets
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.places import torrents_dir
from shadow.kit.torrents import Torrent, TorrentInvalid, read_magnet, read_torrent
from shadow.runtime.context import Runtime

MOST_BYTES: Final = 10 << 20
KEPT_SECONDS: Final = 30 * 86_400.0


def keep_torrent(runtime: Runtime, content: bytes) -> Torrent:
    """Keep a torrent file and return what it says. Blocks.

    Raises:
        LinkRefused: it is none that can be fetched.
    """
    try:
        torrent = read_torrent(content)
    except TorrentInvalid as error:
        raise LinkRefused(str(error)) from error
    target = torrents_dir(runtime) / f"{torrent.info_hash}.torrent"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(content)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return torrent


def magnet_of(torrent: Torrent) -> str:
    """Return the magnet link of a torrent."""
    return f"magnet:?xt=urn:btih:{torrent.info_hash}&dn={quote(torrent.name, safe='')}"


def kept_torrent(runtime: Runtime, url: str) -> Path | None:
    """Return the torrent file of a magnet link, if somebody gave it. Blocks."""
    if not url.lower().startswith("magnet:"):
        return None
    try:
        path = torrents_dir(runtime) / f"{read_magnet(url).info_hash}.torrent"
    except TorrentInvalid:
        return None
    return path if path.is_file() else None


def sweep_torrents(runtime: Runtime) -> None:
    """Delete torrent files that were given long ago. Blocks."""
    before = time.time() - KEPT_SECONDS
    for path in torrents_dir(runtime).glob("*"):
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
