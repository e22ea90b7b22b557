"""Which subtitles a file has: inside it, beside it, uploaded, found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Stream
from shadow.hls.models import SubtitleFile
from shadow.hls.subtitles.beside import BesideFile, files_beside

Format = Literal["vtt", "ass", "pgs", "vobsub", "other"]
Origin = Literal["embedded", "beside", "uploaded", "found"]
CODECS: Final[dict[str, Format]] = {
    "ass": "ass",
    "ssa": "ass",
    "hdmv_pgs_subtitle": "pgs",
    "pgssub": "pgs",
    "dvd_subtitle": "vobsub",
    "dvdsub": "vobsub",
    **dict.fromkeys(("dvb_subtitle", "dvbsub", "dvb_teletext", "xsub", "arib_caption"), "other"),
}
"""Codecs as the probe names them; every other one is text that becomes WebVTT."""
KINDS: Final[dict[str, Format]] = {"ass": "ass", "sup": "pgs", "sub": "vobsub"}
ENDINGS: Final[dict[Format, str]] = {"vtt": "vtt", "ass": "ass", "pgs": "sup", "vobsub": "sub"}
"""What the address of a track ends in, by format."""
SDH_TITLE: Final = re.compile(r"\b(?:SDH|CC|hearing[ -]impaired)\b", re.IGNORECASE)
FORCED_TITLE: Final = re.compile(r"\bforced\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """One subtitle of a file.

    `id` is `e` and the stream's number for those inside the file, `x` and a public id for files
    of their own. `format` is how a client that can draw it gets it; those with `text` are to be
    had as WebVTT too. `other` pictures can only be drawn into the film by the server.
    """

    id: str
    index: int | None
    language: str | None
    title: str | None
    format: Format
    text: bool
    forced: bool
    sdh: bool
    default: bool
    origin: Origin


async def subtitle_tracks(session: AsyncSession, file_id: int) -> list[SubtitleTrack]:
    """Return the subtitles of a file (database id), those inside it first; none if it is unknown.

    The disk is looked at for what lies beside the file, three seconds at most.
    """
    file = await session.get(File, file_id)
    if file is None:
        return []
    query = select(Stream).where(Stream.file_id == file_id, Stream.type == "subtitle")
    streams = await session.scalars(query.order_by(Stream.index))
    kept = await kept_files(session, file_id)
    beside = await beside_files(session, file)
    return [*map(_of_stream, streams), *map(_of_beside, beside), *_of_kept(kept)]


async def kept_files(session: AsyncSession, file_id: int) -> Sequence[SubtitleFile]:
    """Return the subtitles that people or providers gave a file, in the order they came."""
    query = select(SubtitleFile).where(
        SubtitleFile.file_id == file_id, SubtitleFile.origin.in_(("uploaded", "found"))
    )
    return (await session.scalars(query.order_by(SubtitleFile.id))).all()


async def beside_files(session: AsyncSession, file: File) -> list[BesideFile]:
    """Return the subtitle files beside a media file; of other storages than disks, none."""
    if file.storage != "local" or file.state != "present":
        return []
    neighbours = select(func.count()).where(
        File.root_id == file.root_id,
        File.folder_key == file.folder_key,
        File.state == "present",
        File.role == "main",
    )
    alone = await session.scalar(neighbours) == 1 and bool(file.folder)
    return await files_beside(file.path, only_film=alone)


def is_text(codec: str | None) -> bool:
    """Tell whether a subtitle stream of this codec is text rather than pictures."""
    return bool(codec) and CODECS.get(codec or "", "vtt") in {"vtt", "ass"}


def _of_stream(stream: Stream) -> SubtitleTrack:
    kind = CODECS.get(stream.codec or "", "vtt")
    title = stream.title or ""
    return SubtitleTrack(
        id=f"e{stream.index}",
        index=stream.index,
        language=stream.language,
        title=stream.title,
        format=kind if stream.codec else "other",
        text=is_text(stream.codec),
        forced=stream.forced or bool(FORCED_TITLE.search(title)),
        sdh=bool(stream.details.get("hearing_impaired") or SDH_TITLE.search(title)),
        default=stream.default,
        origin="embedded",
    )


def _of_beside(file: BesideFile) -> SubtitleTrack:
    kind = KINDS.get(file.format, "vtt")
    return SubtitleTrack(
        id=f"x{file.public_id}",
        index=None,
        language=file.said.language,
        title=file.said.title,
        format=kind,
        text=kind in {"vtt", "ass"},
        forced=file.said.forced,
        sdh=file.said.sdh,
        default=file.said.default,
        origin="beside",
    )


def _of_kept(files: Sequence[SubtitleFile]) -> Iterator[SubtitleTrack]:
    for file in files:
        yield track_of(file)


def track_of(file: SubtitleFile) -> SubtitleTrack:
    """Return a subtitle that was uploaded or found, as a track."""
    kind = KINDS.get(file.format, "vtt")
    return SubtitleTrack(
        id=f"x{file.public_id}",
        index=None,
        language=file.language,
        title=file.title,
        format=kind,
        text=kind in {"vtt", "ass"},
        forced=file.forced,
        sdh=file.sdh,
        default=False,
        origin="found" if file.origin == "found" else "uploaded",
    )


def track_url(file_id: str, track: SubtitleTrack, *, hls: bool = False) -> str | None:
    """Return the address of a track in its own format; None for one that has none.

    `file_id` is the file's public id. `hls`: for a player whose time is that of the playlists.
    """
    ending = ENDINGS.get(track.format)
    if ending is None:
        return None
    name = track.id if track.index is None else str(track.index)
    timeline = "?timeline=hls" if hls else ""
    return f"/api/files/{file_id}/subtitles/{name}.{ending}{timeline}"
