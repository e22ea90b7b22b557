"""The artwork store: pictures under their content hash in the data folder, and what shows them."""

import asyncio
import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote_from_bytes

from sqlalchemy import null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.artwork_rules import MAX_BYTES, PictureRefused, looks_like_picture
from shadow.catalog.events import TitlesChanged
from shadow.catalog.identity import insert_with_public_ids
from shadow.catalog.models import Episode, Image, Person, Season, Title
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed

Owner = Literal["title", "season", "episode", "person"]
Column = Literal["poster_id", "backdrop_id", "still_id", "photo_id"]
Origin = Literal["local", "embedded", "generated", "provider", "person"]
RANK: Final[dict[str, int]] = {
    "generated": 0,
    "embedded": 1,
    "provider": 2,
    "local": 3,
    "person": 4,
}
"""A picture gives way to one of equal or higher rank: what lies beside the file was put there on
purpose, a provider's is better than a frame, and a person's own choice is never overwritten."""
LOCKS: Final = {"poster_id": "poster", "backdrop_id": "backdrop"}
_OWNERS: Final[dict[str, type[Title | Season | Episode | Person]]] = {
    "title": Title,
    "season": Season,
    "episode": Episode,
    "person": Person,
}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture belongs and where it is from.

    `owner_id` is a database id. `source` names the version of the picture: a URL, or what
    `local_source` makes of a file; the same source is not fetched or decoded twice.
    """

    owner: Owner
    owner_id: int
    column: Column
    origin: Origin
    source: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture in the store. `colour` is its dominant one, `#rrggbb`."""

    sha256: str
    width: int
    height: int
    colour: str


def artwork_path(data_dir: Path, sha256: str) -> Path:
    """Return where a picture of this content hash lies."""
    return data_dir / "artwork" / sha256[:2] / sha256[2:4] / sha256


def local_source(path: bytes, seen: os.stat_result) -> str:
    """Return the source of a file on disk: its path, size and time."""
    return f"file:{quote_from_bytes(path)}#{seen.st_size}-{seen.st_mtime_ns}"


async def wanted(session: AsyncSession, placements: Sequence[Placement]) -> list[Placement]:
    """Return those of the placements that would change something, for any number of them.

    Left out are those whose picture is shown already, gives way to a better one, or is locked.
    """
    kept: list[Placement] = []
    for owner, column in sorted({(one.owner, one.column) for one in placements}):
        some = [one for one in placements if (one.owner, one.column) == (owner, column)]
        shown = await _shown(session, owner, column, {one.owner_id for one in some})
        kept += [one for one in some if one.owner_id in shown and _wins(one, *shown[one.owner_id])]
    return kept


async def store_image(runtime: Runtime, placement: Placement, content: bytes) -> bool:
    """Keep a picture and show it in its place; False when a better one or a lock is there.

    Idempotent: the same content is one file and one row. Holds no transaction while it decodes.

    Raises:
        PictureRefused: it is no JPEG, PNG or WebP, over 30 MB or 50 million pixels, or broken.
    """
    kept = await keep(runtime, content)
    async with runtime.database.transaction() as session:
        return await place(session, placement, kept, runtime)


async def store_local(runtime: Runtime, placement: Placement, path: bytes) -> bool:
    """Keep the picture file at this exact path and show it in its place, see `store_image`.

    Raises:
        PictureRefused: as there, or the file cannot be read.
    """
    return await store_image(runtime, placement, await asyncio.to_thread(_read, path))


async def keep(runtime: Runtime, content: bytes) -> Kept:
    """Put a picture into the store, whole or not at all, after a look at it in a worker."""
    if len(content) > MAX_BYTES or not looks_like_picture(content[:12]):
        raise PictureRefused("Only JPEG, PNG and WebP pictures of up to 30 MB are taken.")
    sha256 = hashlib.sha256(content).hexdigest()
    path = artwork_path(runtime.settings.core.data_dir, sha256)
    fresh = await asyncio.to_thread(_write_aside, path, content)
    try:
        seen = await runtime.workers.call("shadow.catalog.images:inspect", str(fresh))
        await asyncio.to_thread(fresh.replace, path)
    except (TaskFailed, TaskTimedOut, WorkerCrashed) as error:
        raise PictureRefused(f"The picture cannot be decoded: {error.detail}") from error
    finally:
        await asyncio.to_thread(fresh.unlink, missing_ok=True)
    return Kept(sha256, seen["width"], seen["height"], seen["colour"])


async def place(session: AsyncSession, placement: Placement, kept: Kept, runtime: Runtime) -> bool:
    """Show a kept picture in its place, unless a better one or a lock is there."""
    if not await wanted(session, [placement]):
        return False
    image_id = await image_row(
        session,
        kept,
        origin=placement.origin,
        source=placement.source,
        now=runtime.clock(),
    )
    owner = _OWNERS[placement.owner]
    await session.execute(
        update(owner).where(owner.id == placement.owner_id).values({placement.column: image_id})
    )
    title_id = await _title_of(session, placement)
    if title_id is not None:
        publish(session, TitlesChanged((title_id,)))
    return True


async def image_row(
    session: AsyncSession, kept: Kept, *, origin: Origin, source: str, now: datetime
) -> int:
    """Return the database id of the row for a kept picture, made if it is not there."""
    key = (kept.sha256, origin, source)
    same = select(Image.id).where(
        Image.sha256 == kept.sha256, Image.origin == origin, Image.source == source
    )
    known = await session.scalar(same.limit(1))
    if known is not None:
        return known
    row = {
        "sha256": kept.sha256,
        "origin": origin,
        "source": source,
        "width": kept.width,
        "height": kept.height,
        "colour": kept.colour,
        "added_at": now,
    }
    made = await insert_with_public_ids(session, Image, [row], ("sha256", "origin", "source"))
    return made[key]


async def _shown(
    session: AsyncSession, owner: Owner, column: Column, ids: Iterable[int]
) -> dict[int, tuple[str | None, str | None, Sequence[str]]]:
    """Return, by owner, the origin and source of the picture it shows, and its locks."""
    model = _OWNERS[owner]
    locked = Title.locked if model is Title else null()
    query = (
        select(model.id, Image.origin, Image.source, locked)
        .select_from(model)
        .outerjoin(Image, Image.id == getattr(model, column))
    )
    found: dict[int, tuple[str | None, str | None, Sequence[str]]] = {}
    listed = sorted(ids)
    for start in range(0, len(listed), 500):
        rows = await session.execute(query.where(model.id.in_(listed[start : start + 500])))
        found |= {row[0]: (row[1], row[2], row[3] or ()) for row in rows}
    return found


def _wins(
    placement: Placement, origin: str | None, source: str | None, locked: Sequence[str]
) -> bool:
    if placement.origin != "person" and LOCKS.get(placement.column) in locked:
        return False
    if origin is None:
        return True
    if (origin, source) == (placement.origin, placement.source):
        return False
    return RANK[placement.origin] >= RANK[origin]


async def _title_of(session: AsyncSession, placement: Placement) -> int | None:
    if placement.owner == "title":
        return placement.owner_id
    if placement.owner == "person":
        return None
    model = Season if placement.owner == "season" else Episode
    return await session.scalar(select(model.title_id).where(model.id == placement.owner_id))


def _write_aside(path: Path, content: bytes) -> Path:
    """Write content durably beside its final path, under a name of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _read(path: bytes) -> bytes:
    try:
        # Non-blocking: a pipe by the name of a poster must not hang the scan.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode) or seen.st_size > MAX_BYTES:
                raise PictureRefused("It is no ordinary file of up to 30 MB.")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureRefused(f"The picture cannot be read: {error.strerror}.") from error
