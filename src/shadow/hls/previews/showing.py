"""What players are told of a film's preview pictures."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.hls.indexing import signature_of
from shadow.hls.models import PreviewSheets


@dataclass(frozen=True, slots=True)
class PreviewFacts:
    """Where the list of pictures is, seconds between them, and their size in pixels."""

    url: str
    interval: float
    width: int
    height: int


async def preview_facts(session: AsyncSession, file_row: File) -> PreviewFacts | None:
    """Return what a player has to know of a file's preview pictures, None while there are none."""
    sheets = await sheets_of(session, file_row)
    if sheets is None or not sheets.count:
        return None
    url = f"/api/files/{file_row.public_id}/previews/index.vtt"
    return PreviewFacts(url, sheets.interval, sheets.width, sheets.height)


async def sheets_of(session: AsyncSession, file_row: File) -> PreviewSheets | None:
    """Return the row of a file's sheets, unless it is of a file that was replaced."""
    query = select(PreviewSheets).where(
        PreviewSheets.file_id == file_row.id,
        PreviewSheets.signature == signature_of(file_row),
    )
    return await session.scalar(query)


def index_vtt(sheets: PreviewSheets) -> str:
    """List the pictures as WebVTT: each cue names a sheet and the rectangle in it (`#xywh`).

    Addresses are relative to the list's own.
    """
    version = version_of(sheets.signature)
    cues = ["WEBVTT\n"]
    for number in range(sheets.count):
        sheet, place = divmod(number, sheets.columns * sheets.rows)
        row, column = divmod(place, sheets.columns)
        box = (column * sheets.width, row * sheets.height, sheets.width, sheets.height)
        begin, end = number * sheets.interval, (number + 1) * sheets.interval
        where = ",".join(map(str, box))
        cues.append(
            f"{timestamp(begin)} --> {timestamp(end)}\n{sheet}.jpg?v={version}#xywh={where}\n"
        )
    return "\n".join(cues)


def version_of(signature: str) -> str:
    """Return a short name of a file's content, for addresses that may be kept for ever."""
    return hashlib.sha256(signature.encode()).hexdigest()[:12]


def timestamp(seconds: float) -> str:
    """Return a WebVTT time with hours."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    whole, fraction = divmod(milliseconds, 1000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{whole:02d}.{fraction:03d}"
