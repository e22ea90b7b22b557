"""A player asks for preview pictures: they are shown, or their making begins."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from shadow.catalog.models import File
from shadow.hls.indexing import signature_of
from shadow.hls.known_files import file_named
from shadow.hls.models import PreviewSheets
from shadow.hls.previews.errors import NoPreviews
from shadow.hls.previews.folders import sheet_path
from shadow.hls.previews.jobs import start_previews
from shadow.hls.previews.layout import COLUMNS, ROWS
from shadow.hls.previews.showing import index_vtt, sheets_of, version_of
from shadow.hls.settings import HlsSettings
from shadow.runtime.context import Runtime


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of pictures. `version` names the content that the address may be kept for."""

    content: bytes
    version: str


async def previews_index(runtime: Runtime, file_id: str) -> tuple[str, str]:
    """Return the list of a file's pictures as WebVTT, and the version of its content.

    Where they are still to be made, that begins, before all others'.

    Raises:
        FileMissing: there is no such file.
        NoPreviews: they are not there; the message says whether they will be.
    """
    async with runtime.database.session() as session:
        file = await file_named(session, file_id)
        sheets = await sheets_of(session, file)
    if sheets is not None and sheets.count:
        return index_vtt(sheets), version_of(sheets.signature)
    await _want(runtime, file, sheets)
    raise NoPreviews("The preview pictures are being made. Ask again soon.", retry_after=15)


async def want_previews(runtime: Runtime, file: File) -> None:
    """Begin to make a file's pictures, before all others', if there are none and can be some.

    For when somebody starts to play it; cheap, and silent about why not.
    """
    async with runtime.database.session() as session:
        sheets = await sheets_of(session, file)
    if sheets is None or not sheets.count:
        with suppress(NoPreviews):
            await _want(runtime, file, sheets)


async def preview_sheet(runtime: Runtime, file_id: str, number: int) -> Sheet:
    """Return one sheet of a file's pictures.

    Raises:
        FileMissing: there is no such file.
        NoPreviews: there is no such sheet.
    """
    async with runtime.database.session() as session:
        file = await file_named(session, file_id)
        sheets = await sheets_of(session, file)
    if sheets is not None and 0 <= number * sheets.columns * sheets.rows < sheets.count:
        data_dir = runtime.settings.core.data_dir
        path = sheet_path(data_dir, file.id, sheets.signature, number)
        content = await asyncio.to_thread(_read, path)
        if content is not None:
            return Sheet(content, version_of(sheets.signature))
        await _forget(runtime, sheets)
    raise NoPreviews("There is no such sheet of preview pictures.")


async def _want(runtime: Runtime, file: File, sheets: PreviewSheets | None) -> None:
    if sheets is not None and sheets.error:
        raise NoPreviews(sheets.error)
    if runtime.settings.group(HlsSettings).previews == "off":
        raise NoPreviews("Preview pictures are switched off in the settings.")
    if file.state != "present":
        raise NoPreviews("No preview pictures can be made of this file.")
    if sheets is None:
        await _ask(runtime, file)
    await start_previews(runtime)


async def _ask(runtime: Runtime, file: File) -> None:
    """Note that somebody wants the pictures of a file: a row without pictures and error."""
    asked = PreviewSheets(
        file_id=file.id, signature=signature_of(file), interval=0.0, width=0, height=0,
        columns=COLUMNS, rows=ROWS, count=0, error=None, made_at=runtime.clock(),
    )  # fmt: skip
    try:
        async with runtime.database.transaction() as session:
            await session.merge(asked)
    except IntegrityError:  # somebody else asked at the same moment, or the file is gone
        return


async def _forget(runtime: Runtime, sheets: PreviewSheets) -> None:
    """Drop the row of sheets that somebody deleted by hand: they are made anew."""
    async with runtime.database.transaction() as session:
        known = await session.get(PreviewSheets, sheets.file_id)
        if known is not None and known.signature == sheets.signature:
            await session.delete(known)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
