"""Recognise moved and renamed files by their content, so that they keep id, title and progress.

A new path is a known file that moved when exactly one known file with the same content (size and
hash of both ends) is not at its old path any more. Where several are gone, a file of the same name
is preferred, then one of the same folder; if that leaves several still, none is chosen, for a
wrong guess would hand one person's progress to another film. A known file moves to one path only.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.bulk import chunks
from shadow.catalog.found import MoveCandidate, Signature
from shadow.catalog.models import File


async def find_moved(
    session: AsyncSession, signatures: Collection[Signature]
) -> dict[Signature, tuple[MoveCandidate, ...]]:
    """Return the known files that have the content of new ones, whatever their state.

    Those that are not `missing` have moved only if nothing is at their old path any more, which
    the caller looks up. Empty files are like any other empty file and give no candidates.
    """
    wanted = {one for one in signatures if one.size > 0 and one.head_tail}
    found: dict[Signature, tuple[MoveCandidate, ...]] = {}
    for piece in chunks(sorted({signature.head_tail for signature in wanted})):
        rows = await session.execute(
            select(
                *(File.id, File.storage, File.path, File.root_id, File.state),
                *(File.size, File.head_tail),
            ).where(File.head_tail.in_(piece))
        )
        for row in rows:
            signature = Signature(row.size, row.head_tail)
            if signature in wanted:
                candidate = MoveCandidate(row.id, row.storage, row.path, row.root_id, row.state)
                found[signature] = (*found.get(signature, ()), candidate)
    return found


def choose_moves(
    found: Mapping[bytes, Signature],
    candidates: Mapping[Signature, Collection[MoveCandidate]],
    gone: Collection[int],
) -> dict[bytes, int]:
    """Decide which new paths are known files that moved: path to file id (`moved_from`).

    Args:
        found: the content of each path that is new to the catalogue.
        candidates: what `find_moved` gave.
        gone: ids of candidates that are not at their old path; `missing` ones count as gone.
    """
    paths: dict[Signature, list[bytes]] = {}
    for path, signature in sorted(found.items()):
        paths.setdefault(signature, []).append(path)
    chosen: dict[bytes, int] = {}
    for signature, unpaired in paths.items():
        new = unpaired
        left = [
            candidate
            for candidate in candidates.get(signature, ())
            if candidate.state == "missing" or candidate.id in gone
        ]
        for same in (_same_name, _same_folder, _anything):
            chosen |= _pair(new, left, same)
            new = [path for path in new if path not in chosen]
            left = [candidate for candidate in left if candidate.id not in chosen.values()]
    return chosen


def _same_name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


def _same_folder(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _anything(path: bytes) -> bytes:
    return b""


def _pair(
    new: list[bytes], left: list[MoveCandidate], alike: Callable[[bytes], bytes]
) -> dict[bytes, int]:
    counted = Counter(alike(candidate.path) for candidate in left)
    alone = {
        alike(candidate.path): candidate.id
        for candidate in left
        if counted[alike(candidate.path)] == 1
    }
    pairs: dict[bytes, int] = {}
    for path in new:  # of several copies, the first by name is the one that moved
        candidate = alone.pop(alike(path), None)
        if candidate is not None:
            pairs[path] = candidate
    return pairs
