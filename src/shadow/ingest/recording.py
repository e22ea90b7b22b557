"""Hand examined files to the catalogue in batches, moves recognised, folders remembered."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.catalog.service import (
    FoundFile,
    MoveCandidate,
    RecordedBatch,
    apply_patch,
    choose_moves,
    find_moved,
    record_files,
)
from shadow.ingest.comparing import Remembered
from shadow.ingest.examined import FolderWork, Outcome
from shadow.ingest.memory import GONE, UNSURE, remember
from shadow.ingest.picture_queue import queue_pictures
from shadow.runtime.context import Runtime


@dataclass(slots=True)
class Tally:
    """What one root's scan came to, in files. `failures` are (shown path, reason)."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    examined: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


class Recorder:
    """Records what a scan of one root found. `roots` maps every root's id to its path."""

    def __init__(self, runtime: Runtime, root_id: int, roots: Mapping[int, bytes]) -> None:
        self.tally = Tally()
        self.vanished: dict[bytes, Remembered] = {}
        """Folders that lost files, as they are to be remembered once the walk is over."""
        self._runtime = runtime
        self._root_id = root_id
        self._roots = roots
        self._alive: dict[int | None, bool] = {}

    async def record(self, outcomes: list[Outcome], works: Iterable[FolderWork]) -> None:
        """Record these outcomes and remember those of the folders that are complete with them."""
        kept = [one for outcome in outcomes if (one := self._keep(outcome))]
        done: dict[bytes, Remembered] = {}
        for work in works:
            if work.pending == 0:
                self._finish(work, done)
        if not kept and not done:
            return
        found = await self._with_moves(kept)
        async with self._runtime.database.transaction() as session:
            if found:
                batch = await record_files(session, found)
                self._count(batch, kept)
                await _apply_changed_patches(session, batch, kept)
                await queue_pictures(session, batch)
            await remember(session, self._root_id, done)

    async def flag_vanished(self, folders: Iterable[bytes]) -> None:
        """Note which folders lost files or are gone, for the sweep after all roots are read."""
        flagged = {**self.vanished, **dict.fromkeys(folders, GONE)}
        if flagged:
            async with self._runtime.database.transaction() as session:
                await remember(session, self._root_id, flagged, sweep=True)

    def _keep(self, outcome: Outcome) -> Outcome | None:
        work = outcome.order.work
        work.pending -= 1
        self.tally.examined += 1
        if outcome.transient:
            work.clean = False
        known = work.known.get(outcome.file.name)
        lost_sight = outcome.transient and known is not None and known.state == "present"
        if outcome.trouble and (outcome.found is None or lost_sight):
            self.tally.failures.append((outcome.shown_path, outcome.trouble))
        # What cannot be read for the moment keeps what is known of it.
        return None if outcome.found is None or lost_sight else outcome

    def _finish(self, work: FolderWork, done: dict[bytes, Remembered]) -> None:
        listing = work.listing
        kept = listing.now if work.clean else Remembered(UNSURE, listing.now.sidecars)
        if work.vanished:
            self.vanished[listing.folder] = kept
        elif work.clean:
            done[listing.folder] = kept

    def _count(self, batch: RecordedBatch, kept: list[Outcome]) -> None:
        failed = [one for one in kept if one.found and one.found.error]
        new = sum(one.file.name not in one.order.work.known for one in failed)
        changed = sum(one.changed_since_known for one in failed)
        self.tally.added += max(0, batch.added - new)
        self.tally.updated += max(0, batch.updated - changed)
        self.tally.moved += batch.moved

    async def _with_moves(self, kept: list[Outcome]) -> list[FoundFile]:
        found = [outcome.found for outcome in kept if outcome.found]
        new = {
            one.found.path: one.found.signature
            for one in kept
            if one.found and one.found.head_tail and one.file.name not in one.order.work.known
        }
        if not new:
            return found
        async with self._runtime.database.session() as session:
            candidates = await find_moved(session, set(new.values()))
        if not candidates:
            return found
        every = [one for several in candidates.values() for one in several]
        for known in every:  # back at its own old place: that is no move
            new.pop(known.path, None)
        gone = await asyncio.to_thread(self._gone, every)
        moves = choose_moves(new, candidates, gone)
        return [
            replace(one, moved_from=moves[one.path]) if one.path in moves else one for one in found
        ]

    def _gone(self, candidates: list[MoveCandidate]) -> list[int]:
        return [
            one.id
            for one in candidates
            if one.state == "missing" or (self._is_alive(one.root_id) and is_gone(one.path))
        ]

    def _is_alive(self, root_id: int | None) -> bool:
        """Tell whether a root is there: a file of an unmounted disk has not moved."""
        if root_id not in self._alive:
            path = self._roots.get(root_id) if root_id is not None else None
            self._alive[root_id] = path is None or has_entries(path)
        return self._alive[root_id]


async def _apply_changed_patches(
    session: AsyncSession, batch: RecordedBatch, kept: list[Outcome]
) -> None:
    """Write what changed `.nfo` files say of files that did not change themselves."""
    patches = {
        batch.file_ids[one.found.path]: one.found.patch
        for one in kept
        if one.found and one.found.patch and one.order.work.listing.sidecars_changed
    }
    if not patches:
        return
    query = select(File.id, File.title_id).where(File.id.in_(patches))
    for file_id, title_id in (await session.execute(query)).all():
        if title_id is not None:
            await apply_patch(session, title_id, patches[file_id])


def is_gone(path: bytes) -> bool:
    """Tell whether surely nothing is at a path; what cannot be looked at may still be there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def has_entries(path: bytes) -> bool:
    """Tell whether a folder can be read and holds anything: an empty mount point does not."""
    try:
        with os.scandir(path) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
