"""Stretches of a film that a viewer may want to skip: as chapters tell, or as a person set them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.hls.chapter_names import MarkerKind, Stretch, stretches
from shadow.hls.errors import MarkersRefused
from shadow.hls.models import Marker

KINDS: tuple[MarkerKind, ...] = get_args(MarkerKind)
LONGEST_DAYS = 2.0 * 86_400
"""Where a file does not tell its length."""


@dataclass(frozen=True, slots=True)
class MarkerFact:
    """A stretch of a film in seconds from its start, and who said so."""

    kind: MarkerKind
    start: float
    end: float
    origin: Literal["chapters", "person"]


async def markers_of(session: AsyncSession, file_row: File) -> list[MarkerFact]:
    """Return what of a file may be skipped, in order. A person's word replaces the chapters'."""
    query = select(Marker).where(Marker.file_id == file_row.id)
    rows = list(await session.scalars(query.order_by(Marker.start)))
    if rows:
        return [
            MarkerFact(kind, row.start, row.end, "person")
            for row in rows
            for kind in KINDS
            if kind == row.kind and row.end > row.start
        ]
    chapters = file_row.probe_facts.get("chapters", [])
    found = stretches(chapters, file_row.duration or 0.0)
    return [MarkerFact(one.kind, one.start, one.end, "chapters") for one in found]


async def set_markers(
    session: AsyncSession, *, file_row: File, markers: Sequence[Stretch] | None
) -> list[MarkerFact]:
    """Replace a file's markers by a person's; None goes back to what the chapters tell.

    A kind that is left out is then known not to be there, whatever a chapter is called.

    Raises:
        MarkersRefused: a kind comes twice, or a stretch does not lie within the file.
    """
    for one in markers or ():
        _check(one, file_row.duration or LONGEST_DAYS)
    given = {one.kind: one for one in markers or ()}
    if len(given) != len(markers or ()):
        raise MarkersRefused("A file has one stretch of each kind at most.")
    await session.execute(delete(Marker).where(Marker.file_id == file_row.id))
    if markers is not None:
        for kind in KINDS:  # an empty stretch says that there is none
            one = given.get(kind, Stretch(kind, 0.0, 0.0))
            session.add(
                Marker(
                    file_id=file_row.id, kind=kind, start=one.start, end=one.end, origin="person"
                )
            )
    await session.flush()
    return await markers_of(session, file_row)


def _check(one: Stretch, duration: float) -> None:
    if not (math.isfinite(one.start) and math.isfinite(one.end)):
        raise MarkersRefused("A time is not a number.")
    if not 0 <= one.start < one.end <= duration + 1:
        raise MarkersRefused("A stretch begins before it ends, and within the file.")
