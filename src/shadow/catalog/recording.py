"""Record a batch of found files: titles, seasons, episodes, files and streams, idempotently.

What is decided for each file, and why:
- Same path, same content, same facts: nothing is written.
- Same path, other content (replaced in place, an upgrade): the row keeps id, public id and title,
  unless its name is now understood as something else.
- A file that moved (`moves`): the row keeps id, public id, title and episodes. Its new name counts
  only if it says enough to be trusted (`DOUBTFUL_BELOW`). Then another kind places it anew; other
  episode numbers link it anew; another title renames the title, provided that nobody and no
  provider has touched that, that at least half of its files move along, and that the name is free.
- A file that cannot be read keeps what it was, if it was known, and belongs to nothing otherwise.
- A removed file stays removed while its content is the same, wherever it moves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shadow.catalog.bulk import Row, chunks, insert_ignoring, table_of, update_rows
from shadow.catalog.events import FilesRecorded
from shadow.catalog.extras import attach_extras
from shadow.catalog.found import ArtworkFound, FoundFile, RecordedBatch
from shadow.catalog.identity import insert_with_public_ids
from shadow.catalog.indexing import learn_words
from shadow.catalog.models import File, FileEpisode, Stream
from shadow.catalog.patching import apply_patch
from shadow.catalog.placing import (
    EpisodePlace,
    KnownTitle,
    Titles,
    ensure_episodes,
    known_titles,
    write_titles,
)
from shadow.catalog.presence import refresh_titles
from shadow.catalog.understood import (
    DOUBTFUL_BELOW,
    Identity,
    episodes_of,
    facts_key,
    file_columns,
    identity_of,
    stream_rows,
)
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.events import publish

RENAMING_SHARE: Final = 0.5
"""Part of a skeleton title's files that has to move to one new name for the title to take it."""


class HeldFile(NamedTuple):
    """What a row of `files` holds, as far as recording compares it."""

    id: int
    storage: str
    title_id: int | None
    season_number: int | None
    path_key: bytes
    root_id: int | None
    size: int
    mtime_ns: int
    head_tail: str
    state: str
    understood: str
    facts_key: str


@dataclass(slots=True)
class Work:
    """One found file on its way into the tables."""

    found: FoundFile
    columns: Row
    streams: list[Row]
    known: HeldFile | None
    moved: bool
    identity: Identity
    title: KnownTitle | None = None
    title_id: int | None = None
    season: int | None = None
    file_id: int | None = None
    relinks: bool = False
    """Its episodes are to be linked anew."""
    episodes: list[EpisodePlace] = field(default_factory=list)

    @property
    def is_main(self) -> bool:
        """Tell whether it makes a title rather than belonging to one."""
        return bool(self.columns["role"] == "main")

    @property
    def is_changed(self) -> bool:
        """Tell whether its row or its place has to be written."""
        if self.known is None:
            return True
        unplaced = self.known.title_id is None and self.columns["state"] == "present"
        compared = self.known._asdict()
        for name in ("id", "title_id", "season_number"):  # decided by placing, not by the file
            del compared[name]
        return (unplaced and self.is_main) or any(
            held != self.columns[name] for name, held in compared.items()
        )


async def record_files(
    session: AsyncSession, batch: Sequence[FoundFile], *, clock: Clock = utc_now
) -> RecordedBatch:
    """Bring the catalogue up to date with these files; about 200 at a time is quick.

    Idempotent by storage and path: recording the same again writes nothing. The session must be
    of `Database.transaction()`; writes go past its identity map, so hold no loaded rows in it.
    Publishes `FilesRecorded` when anything changed.
    """
    works = await _load(session, batch)
    pending = [work for work in works if work.is_changed]
    new: tuple[int, ...] = ()
    touched: set[int] = set()
    if pending:
        now = clock()
        new = await _place(session, pending, now)
        await _write_files(session, pending, now)
        await _write_streams(session, pending)
        await _link_episodes(session, pending)
        touched = {work.title_id for work in pending if work.title_id is not None}
        touched |= {work.known.title_id for work in pending if work.known and work.known.title_id}
        touched |= await attach_extras(
            session, [work.file_id for work in pending if work.relinks or not work.title_id], new
        )
        await _apply_patches(session, pending, clock)
        await refresh_titles(session, touched, now=now)
        publish(session, FilesRecorded(new, tuple(sorted(touched))))
    return _outcome(works, pending, new, touched)


async def _load(session: AsyncSession, batch: Sequence[FoundFile]) -> list[Work]:
    unique = {(found.storage, found.path): found for found in batch}
    columns = {key: file_columns(found) for key, found in unique.items()}
    keys = [row["path_key"] for row in columns.values()]
    held = await _held_files(session, File.path_key, keys)
    by_path = {(row.storage, row.path_key): row for row in held}
    moved_ids = [found.moved_from for found in unique.values() if found.moved_from is not None]
    by_id = {row.id: row for row in await _held_files(session, File.id, moved_ids)}
    works = []
    for key, found in unique.items():
        row_columns, streams = columns[key], stream_rows(found)
        known = by_path.get((found.storage, row_columns["path_key"]))
        moved = known is None and found.moved_from in by_id
        if moved and found.moved_from is not None:
            known = by_id.pop(found.moved_from)  # one row moves to one place
        row_columns["facts_key"] = facts_key(row_columns, streams)
        row_columns["state"] = _state(found, known)
        works.append(Work(found, row_columns, streams, known, moved, identity_of(found)))
    return works


async def _held_files(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Sequence[Any]
) -> list[HeldFile]:
    table = table_of(File)
    held: list[HeldFile] = []
    for piece in chunks(values):
        rows = await session.execute(
            select(*(table.c[name] for name in HeldFile._fields)).where(column.in_(piece))
        )
        held += [HeldFile(*row) for row in rows]
    return held


def _state(found: FoundFile, known: HeldFile | None) -> str:
    removed = known is not None and known.state == "removed"
    if known and removed and (known.size, known.head_tail) == found.signature:
        return "removed"
    return "failed" if found.error else "present"


async def _place(session: AsyncSession, pending: list[Work], now: datetime) -> tuple[int, ...]:
    """Decide and write titles and episodes of the main files; return the ids of new titles."""
    mains = [work for work in pending if work.is_main]
    held = {work.known.title_id for work in mains if work.known and work.known.title_id}
    loaded = await known_titles(session, {work.identity.name_key for work in mains}, held)
    titles = Titles(loaded)
    by_id = {title.id: title for title in loaded}
    shares = await _moving_shares(session, mains)
    # Names with a year first: a name without one then knows what there is to join.
    for work in sorted(mains, key=lambda one: one.identity.year is None):
        known = work.known
        work.title = by_id.get(known.title_id) if known else None
        work.season = known.season_number if known else None
        if work.columns["state"] == "failed":
            continue
        _place_one(work, titles, shares)
    await write_titles(session, titles, now)
    for work in mains:
        work.title_id = work.title.id if work.title else None
    for work in pending:
        if not work.is_main and work.known:
            work.title_id = work.known.title_id
            work.relinks = work.known.understood != work.columns["understood"]
    await learn_words(session, [one.title for one in (*titles.new, *titles.changed.values())])
    return tuple(sorted(title.id for title in titles.new if title.id is not None))


def _place_one(work: Work, titles: Titles, shares: dict[tuple[int, str], float]) -> None:
    known, held, identity = work.known, work.title, work.identity
    work.relinks = known is None or held is None or known.understood != work.columns["understood"]
    if held is None or (work.relinks and not work.moved):
        work.title = titles.place(identity)
    elif work.relinks:
        _place_moved(work, held, titles, shares)
    if work.relinks:
        work.season = episodes_of(work.found.parsed)[0]


def _place_moved(
    work: Work, held: KnownTitle, titles: Titles, shares: dict[tuple[int, str], float]
) -> None:
    identity = work.identity
    if identity.confidence < DOUBTFUL_BELOW:
        work.relinks = False
    elif identity.kind != held.kind:
        work.title = titles.place(identity)
    elif identity.name_key != held.name_key and held.skeleton:
        share = shares.get((held.id or 0, identity.match_key), 0.0)
        if share >= RENAMING_SHARE:
            titles.rename(held, identity)


async def _moving_shares(session: AsyncSession, mains: list[Work]) -> dict[tuple[int, str], float]:
    """Return which part of a title's files moves to one new name, by (title id, match key)."""
    moving = Counter(
        (work.known.title_id, work.identity.match_key)
        for work in mains
        if work.moved and work.known and work.known.title_id is not None
    )
    sizes: dict[int, int] = {}
    for piece in chunks(list({title_id for title_id, _ in moving})):
        counted = await session.execute(
            select(File.title_id, func.count())
            .where(File.title_id.in_(piece), File.role == "main", File.state != "removed")
            .group_by(File.title_id)
        )
        sizes.update({row[0] or 0: row[1] for row in counted})
    return {key: count / max(sizes.get(key[0], 1), 1) for key, count in moving.items()}


async def _write_files(session: AsyncSession, pending: list[Work], now: datetime) -> None:
    def columns_of(work: Work) -> Row:
        return {
            **work.columns,
            "title_id": work.title_id,
            "season_number": work.season,
            "updated_at": now,
        }

    fresh = [work for work in pending if work.known is None]
    ids = await insert_with_public_ids(
        session,
        File,
        [{**columns_of(work), "added_at": now} for work in fresh],
        ("path_key", "storage"),
    )
    for work in pending:
        known_id = work.known.id if work.known else None
        work.file_id = known_id or ids[work.columns["path_key"], work.found.storage]
    await update_rows(
        session,
        File,
        [
            {**columns_of(work), "id": work.file_id}
            for work in sorted(pending, key=lambda one: one.file_id or 0)
            if work.known is not None
        ],
    )
    await _forget_hashes(session, pending)


async def _forget_hashes(session: AsyncSession, pending: list[Work]) -> None:
    """Drop what was computed over the whole of contents that were replaced."""
    replaced = [
        work.known.id
        for work in pending
        if work.known and (work.known.size, work.known.head_tail) != work.found.signature
    ]
    for piece in chunks(sorted(replaced)):
        await session.execute(
            update(table_of(File)).where(File.id.in_(piece)).values(sha256=None, oshash=None)
        )


async def _write_streams(session: AsyncSession, pending: list[Work]) -> None:
    replaced = [
        work
        for work in pending
        if work.known is None or work.known.facts_key != work.columns["facts_key"]
    ]
    stale = sorted(work.file_id for work in replaced if work.known and work.file_id)
    for piece in chunks(stale):
        await session.execute(delete(table_of(Stream)).where(Stream.file_id.in_(piece)))
    rows = [{"file_id": work.file_id, **row} for work in replaced for row in work.streams]
    # A watcher and a scan may record the same new file at once: the second one's rows are equal.
    await insert_ignoring(session, table_of(Stream), rows)


async def _link_episodes(session: AsyncSession, pending: list[Work]) -> None:
    linked = [work for work in pending if work.relinks and work.title_id is not None]
    stale = sorted(work.file_id for work in linked if work.known and work.file_id)
    for piece in chunks(stale):
        await session.execute(delete(table_of(FileEpisode)).where(FileEpisode.file_id.in_(piece)))
    for work in linked:
        season, pairs = episodes_of(work.found.parsed)
        if season is None or work.title is None or work.title.kind != "show":
            continue
        work.episodes = [
            EpisodePlace(work.title_id or 0, season, number, absolute, work.found.parsed.date)
            for number, absolute in pairs
        ]
    places = [place for work in linked for place in work.episodes]
    if not places:
        return
    ids = await ensure_episodes(session, places)
    rows = [
        {
            "file_id": work.file_id,
            "episode_id": ids[place.title_id, place.season, place.number],
            "position": position,
        }
        for work in linked
        for position, place in enumerate(work.episodes)
    ]
    await insert_ignoring(session, table_of(FileEpisode), rows)


async def _apply_patches(session: AsyncSession, pending: list[Work], clock: Clock) -> None:
    for work in pending:
        if work.found.patch is not None and work.title_id is not None:
            await apply_patch(session, work.title_id, work.found.patch, clock=clock)


def _outcome(
    works: list[Work], pending: list[Work], new: tuple[int, ...], touched: set[int]
) -> RecordedBatch:
    counts = Counter(
        "moved" if work.moved else "added" if work.known is None else "updated" for work in pending
    )
    artwork = []
    for work in works:
        file_id = work.file_id or (work.known.id if work.known else None)
        title_id = work.title_id or (work.known.title_id if work.known else None)
        cover = work.found.facts is not None and work.found.facts.cover
        if file_id and title_id and (work.found.artwork or cover):
            artwork.append(ArtworkFound(title_id, file_id, work.found.artwork, has_cover=cover))
    return RecordedBatch(
        added=counts["added"],
        updated=counts["updated"],
        moved=counts["moved"],
        unchanged=len(works) - len(pending),
        failed=sum(1 for work in works if work.columns["state"] == "failed"),
        new_title_ids=new,
        title_ids=tuple(sorted(touched)),
        file_ids={work.found.path: work.file_id or work.known.id for work in works},  # type: ignore[union-attr]  # one of both is set
        artwork=tuple(artwork),
    )
