"""Give out subtitles: as WebVTT whole or for one segment, as ASS, as pictures, with their fonts.

Times count from the container's start, which is what a browser calls 0 when it plays the file
itself. HLS counts from the first picture (T0, see `segments.plan`), so that segments and whatever
is asked for with `hls=True` are moved by the difference. Files beside the film are taken to be
timed from its first picture either way.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Stream
from shadow.catalog.service import bytes_of, lies_here
from shadow.hls.errors import RenditionMissing, SubtitleMissing
from shadow.hls.indexing import signature_of
from shadow.hls.known_files import file_named
from shadow.hls.lending import Lend, at_path, lend
from shadow.hls.models import SubtitleFile
from shadow.hls.segments.plan import Plan
from shadow.hls.subtitles.ass import moved
from shadow.hls.subtitles.beside import idx_beside
from shadow.hls.subtitles.cues import Cue, NotCues, webvtt, webvtt_part
from shadow.hls.subtitles.entries import Entry, Font, Part
from shadow.hls.subtitles.keeping import kept_path
from shadow.hls.subtitles.pictures import moved_idx, moved_sup
from shadow.hls.subtitles.store import SubtitleStore, TextFile
from shadow.hls.subtitles.tracks import beside_files, is_text
from shadow.runtime.context import Runtime

TRACK_ID: Final = re.compile(r"e?(\d{1,4})|x([A-Za-z0-9]{7})")
BLOCK: Final = 1 << 20
NO_SUBTITLE: Final = "There is no such subtitle in this file."


class Playable(Protocol):
    """A file that is played, such as `hls.files.IndexedFile`."""

    @property
    def public_id(self) -> str:
        """Return the id that its address has."""
        ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """A track inside a media file."""

    lend: Lend
    file_key: str
    index: int


@dataclass(frozen=True, slots=True)
class Alone:
    """A subtitle file of its own. `format` as `SubtitleFile.format` has it."""

    text: TextFile
    format: str
    beside: bool


Located = Embedded | Alone


async def locate(runtime: Runtime, file_id: str, track_id: str) -> Located:
    """Return where a subtitle is: `e3` or `3` inside the file, `xAbc1234` on its own.

    Raises:
        FileMissing: there is no such file.
        SubtitleMissing: it has no such subtitle.
    """
    found = TRACK_ID.fullmatch(track_id)
    if found is None:
        raise SubtitleMissing(NO_SUBTITLE)
    async with runtime.database.session() as session:
        row = await file_named(session, file_id)
        if found[1] is None:
            return await _alone(runtime, session, row, found[2])
        stream = await session.get(Stream, (row.id, int(found[1])))
    if stream is None or stream.type != "subtitle":
        raise SubtitleMissing(NO_SUBTITLE)
    return Embedded(lend(runtime, bytes_of(row)), signature_of(row), stream.index)


async def _alone(runtime: Runtime, session: AsyncSession, row: File, public_id: str) -> Alone:
    query = select(Stream.fps).where(Stream.file_id == row.id, Stream.type == "video").limit(1)
    rate = await session.scalar(query) or 0.0
    kept = await session.scalar(
        select(SubtitleFile).where(
            SubtitleFile.public_id == public_id, SubtitleFile.file_id == row.id
        )
    )
    if kept is not None and kept.sha256 is not None:
        path = bytes(kept_path(runtime, kept.sha256))
        return Alone(TextFile(path, kept.sha256, kept.language, rate), kept.format, beside=False)
    for one in await beside_files(session, row):
        if one.public_id == public_id:
            text = TextFile(one.path, one.stamp, one.said.language, rate)
            return Alone(text, one.format, beside=True)
    raise SubtitleMissing(NO_SUBTITLE)


async def whole_vtt(runtime: Runtime, located: Located, *, shift: int = 0) -> str:
    """Return a text subtitle as a WebVTT file, moved by `shift` ms.

    Raises:
        SubtitleMissing: it is not text.
        TaskFailed: it cannot be read; its code says why.
    """
    cues = await _cues(runtime, located)
    return await asyncio.to_thread(webvtt, cues, shift=shift)


async def whole_ass(runtime: Runtime, located: Located, *, shift: int = 0) -> str:
    """Return an ASS subtitle with its styles, as UTF-8 text, moved by `shift` ms.

    Raises as `whole_vtt`.
    """
    entry, index = await _text_entry(runtime, located)
    if not entry.has(index, "ass"):
        raise SubtitleMissing("This subtitle has no styles. Ask for it as .vtt.")
    script = await asyncio.to_thread(entry.text, index, "ass")
    return await asyncio.to_thread(moved, script, shift)


def moved_pictures(path: Path, part: Part, shift: int) -> Iterator[bytes]:
    """Yield a picture subtitle's `sup` or `idx` with its times moved by `shift` ms; it blocks."""
    with path.open("rb") as file:
        if part == "idx":
            yield moved_idx(file.read(), shift)
        else:
            yield from moved_sup(iter(partial(file.read, BLOCK), b""), shift)


async def pictures_path(runtime: Runtime, located: Located, part: Part) -> Path:
    """Return where a picture subtitle lies: `sup`, or `sub` with its `idx`.

    Raises:
        SubtitleMissing: it is not of that kind.
        TaskFailed: the file cannot be read.
        StorageError: what lies beside the film cannot be opened.
    """
    wrong = SubtitleMissing(f"This subtitle is not to be had as .{part}.")
    if isinstance(located, Embedded):
        entry = await runtime.part(SubtitleStore).embedded(
            located.lend, located.file_key, "pictures"
        )
        if not entry.has(located.index, part):
            raise wrong
        return entry.path(located.index, part)
    if located.format != ("sub" if part == "idx" else part):
        raise wrong
    path = idx_beside(located.text.path) if part == "idx" else located.text.path
    await _check(runtime, path, beside=located.beside)
    return Path(os.fsdecode(path))


async def fonts_of(runtime: Runtime, file_id: str) -> Entry:
    """Return the fonts that a file carries. Raises `FileMissing`, or `TaskFailed`."""
    async with runtime.database.session() as session:
        row = await file_named(session, file_id)
    how = lend(runtime, bytes_of(row))
    return await runtime.part(SubtitleStore).embedded(how, signature_of(row), "fonts")


def font_path(entry: Entry, number: int) -> tuple[Font, Path]:
    """Return one of a file's fonts and where it lies. Raises `SubtitleMissing`."""
    for font in entry.manifest.fonts:
        if font.number == number:
            return font, entry.folder / f"{number}.font"
    raise SubtitleMissing("There is no such font in this file.")


async def hls_shift(runtime: Runtime, located: Located, plan: Plan) -> int:
    """Return by how many ms the times of a subtitle are moved in HLS."""
    if isinstance(located, Alone):
        return 0
    # The fonts' entry tells the container's start as well, without reading the whole file.
    entry = await runtime.part(SubtitleStore).embedded(located.lend, located.file_key, "fonts")
    return entry.manifest.origin - _first_ms(plan)


def _first_ms(plan: Plan) -> int:
    return round(plan.origin * 1000)


async def keep_texts(runtime: Runtime, file: File) -> None:
    """Read a file's text tracks into the cache, if it has any that are not there.

    For background work: best right after something else has read the whole file. Nothing has read
    one that lies far away, so it is left until somebody asks.

    Raises:
        TaskFailed: the file cannot be read; nothing is kept.
    """
    store, key = runtime.part(SubtitleStore), signature_of(file)
    if not lies_here(bytes_of(file)) or store.is_kept(key, "text"):
        return
    async with runtime.database.session() as session:
        query = select(Stream.codec).where(Stream.file_id == file.id, Stream.type == "subtitle")
        codecs = (await session.scalars(query)).all()
    if any(is_text(codec) for codec in codecs):
        await store.embedded(at_path(file.path), key, "text")


async def vtt_segment(
    runtime: Runtime, file: Playable, subtitle_id: str, k: int, plan: Plan
) -> bytes:
    """Return segment `k` of a subtitle's HLS rendition: WebVTT in the time of the playlist.

    A cue stands in every segment that it touches (RFC 8216, 3.5).

    Raises:
        RenditionMissing: there is no such segment.
        SubtitleMissing: there is no such text subtitle.
        TaskFailed: it cannot be read.
    """
    if not 0 <= k < len(plan.boundaries) - 1:
        raise RenditionMissing("There is no such segment.")
    start, end = (round(one * 1000) for one in plan.boundaries[k : k + 2])
    if k == len(plan.boundaries) - 2:
        end += 3_600_000  # what outlasts the picture is shown with its end
    located = await locate(runtime, file.public_id, subtitle_id)
    entry, index = await _text_entry(runtime, located)
    shift = entry.manifest.origin - _first_ms(plan) if isinstance(located, Embedded) else 0
    return await asyncio.to_thread(_part, entry, index, (start, end), shift)


def _part(entry: Entry, index: int, span: tuple[int, int], shift: int) -> bytes:
    return webvtt_part(_read(entry, index), *span, shift=shift).encode()


async def _cues(runtime: Runtime, located: Located) -> list[Cue]:
    entry, index = await _text_entry(runtime, located)
    return await asyncio.to_thread(_read, entry, index)


def _read(entry: Entry, index: int) -> list[Cue]:
    try:
        return entry.cues(index)
    except (NotCues, OSError) as error:
        raise SubtitleMissing("This subtitle went from the cache. Ask for it again.") from error


async def _text_entry(runtime: Runtime, located: Located) -> tuple[Entry, int]:
    store = runtime.part(SubtitleStore)
    if isinstance(located, Embedded):
        entry = await store.embedded(located.lend, located.file_key, "text")
        index = located.index
    elif located.format in {"sup", "sub"}:
        raise SubtitleMissing("This subtitle is made of pictures, not of text.")
    else:
        await _check(runtime, located.text.path, beside=located.beside)
        entry, index = await store.standing_alone(located.text), 0
    if not entry.has(index, "cues"):
        raise SubtitleMissing("This subtitle is made of pictures, or holds no text.")
    return entry, index


async def _check(runtime: Runtime, path: bytes, *, beside: bool) -> None:
    """Let the storage refuse what it would not open: a link out of the library, a pipe."""
    if beside:
        await runtime.plugins.get("storage", "local").stat(path)
