"""Subtitles that people upload or providers give: checked, kept under their hash, removed."""

import asyncio
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.hls.errors import (
    CacheFull,
    LanguageUnknown,
    SubtitleFixed,
    SubtitleMissing,
    SubtitleNotYours,
    SubtitleTooLarge,
    TooManySubtitles,
)
from shadow.hls.models import SubtitleFile
from shadow.hls.subtitles.names import said_by_name
from shadow.hls.subtitles.store import EXAMINE, READ_SECONDS, SubtitleStore
from shadow.hls.subtitles.tracks import Origin
from shadow.kit.ids import new_public_id
from shadow.kit.languages import language_tag
from shadow.runtime.access import Principal, Role
from shadow.runtime.context import Runtime

MOST_BYTES: Final = 10 << 20
"""Of an uploaded subtitle; the longest films in ASS, signs and all, have 5 MB."""
UPLOADS: Final = {r"/api/files/[A-Za-z0-9]{1,20}/subtitles": MOST_BYTES + (64 << 10)}
"""The address that takes so much, a form's own lines included."""
MOST_A_FILE: Final = 60
"""Subtitles that people may give one film."""


@dataclass(frozen=True, slots=True)
class Given:
    """A subtitle that a person or a provider gives. What is None is read from its name.

    `source_key` makes it one of a provider's (`opensubtitles:123`), else its content does.
    """

    name: str
    content: bytes
    language: str | None = None
    title: str | None = None
    forced: bool | None = None
    sdh: bool | None = None
    origin: Origin = "uploaded"
    source_key: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A subtitle that was examined and lies in the data folder, not yet noted for a file."""

    given: Given
    sha256: str
    format: str


def kept_path(runtime: Runtime, sha256: str) -> Path:
    """Return where a kept subtitle of this hash lies."""
    return runtime.settings.core.data_dir / "subtitles" / sha256


async def check(runtime: Runtime, given: Given) -> Checked:
    """Examine a subtitle in a worker and keep its bytes.

    Raises:
        SubtitleTooLarge: it has more than 10 MiB.
        LanguageUnknown: the language is no tag.
        TaskFailed: it is no subtitle; `hls.subtitle_unreadable`, the message says why.
        CacheFull: the disk is full.
    """
    if len(given.content) > MOST_BYTES:
        raise SubtitleTooLarge(f"A subtitle has at most {MOST_BYTES >> 20} MiB.")
    language = _language(given)
    sha256 = hashlib.sha256(given.content).hexdigest()
    path = kept_path(runtime, sha256)
    part = path.with_name(f".{sha256}.{secrets.token_hex(4)}")
    try:
        await asyncio.to_thread(_write, part, given.content)
        found = await runtime.part(SubtitleStore).pool.call(
            EXAMINE, bytes(part), language or "", timeout=READ_SECONDS
        )
        await asyncio.to_thread(part.replace, path)
    except OSError as error:
        raise CacheFull("The disk of the data folder is full or cannot be written.") from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return Checked(given, sha256, str(found["format"])[:8])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


async def note(
    session: AsyncSession, runtime: Runtime, file: File, checked: Checked, *, user_id: int | None
) -> SubtitleFile:
    """Note a checked subtitle for a file; the same one again is the one that is there.

    Raises:
        TooManySubtitles: the file has 60 already; the bytes are not kept then.
    """
    given = checked.given
    key = given.source_key or f"sha256:{checked.sha256}"
    same = select(SubtitleFile).where(
        SubtitleFile.file_id == file.id, SubtitleFile.source_key == key
    )
    if (there := await session.scalar(same)) is not None:
        await _drop_unused(session, runtime, checked.sha256)  # of a provider, with other content
        return there
    count = select(func.count()).where(SubtitleFile.file_id == file.id)
    if (await session.scalar(count) or 0) >= MOST_A_FILE:
        await _drop_unused(session, runtime, checked.sha256)
        raise TooManySubtitles("This film has too many subtitles. Remove some first.")
    said = said_by_name(given.name)
    row = SubtitleFile(
        public_id=new_public_id(),
        file_id=file.id,
        origin=given.origin,
        source_key=key,
        format=checked.format,
        path=None,
        sha256=checked.sha256,
        language=_language(given),
        title=(given.title or "").strip()[:400] or None,
        forced=said.forced if given.forced is None else given.forced,
        sdh=said.sdh if given.sdh is None else given.sdh,
        user_id=user_id,
        added_at=runtime.clock(),
    )
    session.add(row)
    await session.flush()
    return row


def _language(given: Given) -> str | None:
    if given.language is None:
        return said_by_name(given.name).language
    tag = language_tag(given.language)
    if tag is None:
        raise LanguageUnknown("The language must be a tag such as “de” or “pt-BR”.")
    return tag


async def remove(
    session: AsyncSession, runtime: Runtime, file: File, track_id: str, caller: Principal
) -> None:
    """Remove a subtitle that was uploaded or found; its bytes too, when no other file has it.

    Raises:
        SubtitleMissing: there is no such subtitle.
        SubtitleFixed: it is inside the film or lies beside it.
        SubtitleNotYours: the caller neither added it nor is an editor.
    """
    query = select(SubtitleFile).where(
        SubtitleFile.file_id == file.id, SubtitleFile.public_id == track_id.removeprefix("x")
    )
    row = await session.scalar(query) if track_id.startswith("x") else None
    if row is None and track_id.startswith("x"):
        raise SubtitleMissing("There is no such subtitle, or it lies beside the film's own file.")
    if row is None:
        raise SubtitleFixed("This subtitle is inside the film's own file and stays there.")
    if row.user_id != caller.user_id and caller.role < Role.moderator:
        raise SubtitleNotYours("Only who added a subtitle, or an editor, may remove it.")
    sha256 = row.sha256
    await session.delete(row)
    await session.flush()
    if sha256 is not None:
        await _drop_unused(session, runtime, sha256)


async def _drop_unused(session: AsyncSession, runtime: Runtime, sha256: str) -> None:
    """Remove the bytes of a subtitle that no file has."""
    having = select(func.count()).where(SubtitleFile.sha256 == sha256)
    if not await session.scalar(having):
        path = kept_path(runtime, sha256)
        await asyncio.to_thread(path.unlink, missing_ok=True)
