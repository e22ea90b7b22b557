"""Take a link from a person and start the job for it, once."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.leeching.workflow import LEECH
from shadow.kit.torrents import TorrentInvalid, read_magnet
from shadow.runtime.context import Runtime
from shadow.storage.service import default_storage, writable

SCHEMES = ("http", "https", "ftp", "magnet")
EXTERNAL = re.compile(r"external:([a-z0-9][a-z0-9_-]{0,31})\?[^#]+")
"""A program of the operator's and what it is to look for, percent-encoded (`source_external`)."""
MOST_URL = 8192
MOST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for.

    `title` is what they call it, with the year in brackets if they know it. `priority` goes from
    -50 to 50. `storage` is the name of one, None for the default. `files` are the numbers of a
    torrent's files from 1, none for all.
    """

    url: str
    title: str | None = None
    priority: int = 0
    storage: str | None = None
    files: Sequence[int] = ()


async def start_leech(runtime: Runtime, order: Order, *, user_id: int | None = None) -> str:
    """Start bringing what a link leads to; return the job's id.

    The same link twice at once is one job.

    Raises:
        LinkRefused: it is no link that could be fetched.
        PluginMissing, StorageReadOnly: the storage takes no new files.
    """
    url = order.url.strip()
    identity, host = _read(url)
    writable(runtime, order.storage or default_storage(runtime))
    files = sorted(set(order.files))
    title = (order.title or "").strip()[:MOST_TITLE] or None
    arguments = {
        "url": url, "title": title, "storage": order.storage, "files": files, "user_id": user_id,
    }  # fmt: skip
    key = hashlib.sha256(f"{identity}\n{files}\n{order.storage}".encode()).hexdigest()[:40]
    return await runtime.jobs.start(
        LEECH.name, arguments, key=key, priority=order.priority, source=host, user_id=user_id
    )


def _read(url: str) -> tuple[str, str]:
    """Return what makes two links one, and the host that is burdened; empty for a swarm."""
    if len(url) > MOST_URL or any(ord(letter) < 33 or ord(letter) == 127 for letter in url):
        raise LinkRefused("This is no link: it holds spaces or line breaks, or is far too long.")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise LinkRefused("This link is malformed. Copy it again.") from None
    if split.scheme == "external":
        if EXTERNAL.fullmatch(url) is None:
            raise LinkRefused("Such links look like external:NAME?WORDS, the words encoded.")
        return url, f"external:{split.path}"
    if split.scheme not in SCHEMES:
        raise LinkRefused("Only http, https, ftp and magnet links can be fetched.")
    if split.scheme == "magnet":
        try:
            return f"magnet:{read_magnet(url).info_hash}", ""
        except TorrentInvalid as error:
            raise LinkRefused(f"This magnet link cannot be used: {error}.") from error
    if not split.hostname:
        raise LinkRefused("This link names no host. Copy it again.")
    return url.partition("#")[0], split.hostname if port is None else f"{split.hostname}:{port}"
