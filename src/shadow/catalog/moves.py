"""Recognise moved and renamed files by their content, so that they keep id, title and progress."""

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.found import MoveCandidate, Signature


async def find_moved(
    session: AsyncSession, signatures: Collection[Signature]
) -> dict[Signature, tuple[MoveCandidate, ...]]:
    """Return the known files that have the content of new ones, whatever their state.

    Those that are not `missing` have moved only if nothing is at their old path any more, which
    the caller looks up. Empty files are like any other empty file and give no candidates.
    """
    raise NotImplementedError


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
    raise NotImplementedError
