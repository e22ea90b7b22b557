"""Hash and probe what was chosen."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from shadow.ingest.leeching.choosing import Media
from shadow.ingest.leeching.errors import NothingToPlay
from shadow.ingest.probing import MediaRefused, facts_to_json, probe_in
from shadow.ingest.signatures import head_tail
from shadow.kit.hashing import oshash
from shadow.runtime.jobs import JobContext
from shadow.runtime.media_file import open_regular
from shadow.storage.service import sha256_of


class Hashes(TypedDict):
    """Of a whole file: SHA-256 and OpenSubtitles' hash, lower-case hex."""

    sha256: str
    oshash: str | None


class Probed(TypedDict):
    """What a file holds (`MediaFacts` as JSON) and the hash of its ends; or why it is no use."""

    facts: dict[str, Any]
    head_tail: str
    error: str | None


async def hash_files(ctx: JobContext, sandbox: Path, media: Sequence[Media]) -> list[Hashes]:
    """Return the hashes of chosen files, in order."""
    total = sum(one["piece"]["size"] for one in media)
    before = 0
    found = []
    for one in media:
        path = sandbox / one["piece"]["path"]

        def told(*, bytes_done: int, bytes_total: int, before: int = before) -> None:
            ctx.progress(bytes_done=before + bytes_done, bytes_total=total)

        sha256 = one["piece"].get("sha256") or await sha256_of(path, told)
        found.append(Hashes(sha256=sha256, oshash=await asyncio.to_thread(oshash, path)))
        before += one["piece"]["size"]
    return found


async def probe_files(ctx: JobContext, sandbox: Path, media: Sequence[Media]) -> list[Probed]:
    """Return the facts of chosen files, in order.

    Raises:
        NothingToPlay: none of them can be read as media.
    """
    found = []
    for number, one in enumerate(media, 1):
        ctx.progress(items_done=number, items_total=len(media))
        try:
            found.append(await _probe(ctx, sandbox / one["piece"]["path"]))
        except MediaRefused as error:
            ctx.note(f"“{one['piece']['name']}”: {error.detail}", level="warning")
            found.append(Probed(facts={}, head_tail="", error=error.detail))
    if all(one["error"] for one in found):
        raise NothingToPlay(f"“{media[0]['piece']['name']}” cannot be played: {found[0]['error']}")
    return found


async def _probe(ctx: JobContext, path: Path) -> Probed:
    facts = await probe_in(ctx.runtime.workers, bytes(path))
    if not any(stream.type in ("video", "audio") for stream in facts.streams):
        raise MediaRefused("It holds neither picture nor sound.", code="runtime.not_media")
    ends = await asyncio.to_thread(_head_tail, path)
    return Probed(facts=facts_to_json(facts), head_tail=ends, error=None)


def _head_tail(path: Path) -> str:
    descriptor = open_regular(bytes(path))
    try:
        return head_tail(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
