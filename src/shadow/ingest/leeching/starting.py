"""Take a link, an upload or a submission and start the job for it, once."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from shadow.ingest.forwards.indexing import start_post
from shadow.ingest.forwards.links import leads_to_telegram, read_post
from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.leeching.workflow import LEECH
from shadow.ingest.models import Submission, Upload
from shadow.ingest.quarantine import KEY as SUBMISSION_KEY
from shadow.ingest.quarantine import check_room
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


async def start_leech(
    runtime: Runtime, order: Order, *, user_id: int | None = None, submits: bool = False
) -> str:
    """Start bringing what a link leads to; return the job's id.

    The same link twice at once is one job. A message of a Telegram channel is catalogued where it
    lies, in whatever storage new files are kept. With `submits` it ends in quarantine, and is one
    job only for the same person.

    Raises:
        LinkRefused: it is no link that could be fetched.
        PluginMissing, StorageReadOnly: the storage takes no new files.
        TooMuchWaiting: the person has proposed as much as they may.
    """
    url = order.url.strip()
    post = read_post(url)
    if post is not None and not submits:
        return await start_post(runtime, post, user_id=user_id)
    identity, host = read_link(url)
    writable(runtime, order.storage or default_storage(runtime))
    files = sorted(set(order.files))
    arguments = await _arguments(runtime, order, user_id=user_id, submits=submits)
    arguments |= {"url": url, "files": files, "about": order.title or words_of(url)}
    whose = user_id if submits else ""
    told = f"{identity}\n{files}\n{order.storage}\n{whose}"
    key = hashlib.sha256(told.encode()).hexdigest()[:40]
    return await runtime.jobs.start(
        LEECH.name, arguments, key=key, priority=order.priority, source=host, user_id=user_id,
        at_home=submits,
    )  # fmt: skip


async def start_upload(runtime: Runtime, upload: Upload) -> str:
    """Start the job that makes a title of an upload that is whole; once, however often it is asked.

    Raises:
        TooMuchWaiting: it would be a submission, and the person has proposed as much as they may.
    """
    order = Order("", upload.title, storage=upload.storage)
    arguments = await _arguments(runtime, order, user_id=upload.user_id, submits=upload.submits)
    arguments |= {"upload": upload.id, "name": upload.name, "about": upload.title or upload.name}
    return await runtime.jobs.start(
        LEECH.name, arguments, key=f"upload:{upload.id}", user_id=upload.user_id, at_home=True
    )


async def start_submission(
    runtime: Runtime, submission: Submission, *, title: str | None = None
) -> str:
    """Start the job that brings a submission into the library."""
    year = f" ({submission.year})" if submission.year else ""
    order = Order("", title or f"{submission.title}{year}")
    arguments = await _arguments(runtime, order, user_id=submission.user_id, submits=False)
    arguments |= {"submission": submission.public_id, "about": order.title}
    return await runtime.jobs.start(
        LEECH.name, arguments, key=f"{SUBMISSION_KEY}{submission.public_id}",
        user_id=submission.user_id, at_home=True,
    )  # fmt: skip


async def _arguments(
    runtime: Runtime, order: Order, *, user_id: int | None, submits: bool
) -> dict[str, Any]:
    most: int | None = None
    if submits:
        async with runtime.database.session() as session:
            most = await check_room(session, runtime, user_id)
    title = (order.title or "").strip()[:MOST_TITLE] or None
    return {
        "url": "", "title": title, "storage": order.storage, "files": [], "user_id": user_id,
        "submits": submits, "most_bytes": most,
    }  # fmt: skip


def read_link(url: str) -> tuple[str, str]:
    """Return what makes two links one, and the host that is burdened; empty for a swarm.

    Raises:
        LinkRefused: it is no link that could be fetched.
    """
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
    if leads_to_telegram(url):
        raise LinkRefused(
            "Of Telegram, the link of a message in a channel can be given, by moderators: "
            "https://t.me/c/CHANNEL/MESSAGE."
        )
    if not split.hostname:
        raise LinkRefused("This link names no host. Copy it again.")
    return url.partition("#")[0], split.hostname if port is None else f"{split.hostname}:{port}"


def words_of(url: str) -> str | None:
    """Return what a link calls its content, for people: the file's name, or a magnet's."""
    split = urlsplit(url)
    if split.scheme == "magnet":
        return next(iter(parse_qs(split.query).get("dn", [])), None)
    if split.scheme == "external":
        return unquote(split.query)
    return unquote(split.path.rstrip("/").rpartition("/")[2]) or None
