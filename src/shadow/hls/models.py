"""The tables of playback. Only this slice writes them.

`signature` is that of the file (`catalog.models.File`) when the row was made,
`"{size}-{mtime_ns}-{head_tail}"`: a row with another one is of a file that was replaced, and void.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class MediaIndex(Base):
    """What one packet pass over a file found, or why it could not be made."""

    __tablename__ = "media_indexes"
    file_id: Mapped[int] = mapped_column(
        ForeignKey("files.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
    signature: Mapped[str] = mapped_column(String(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """`FileIndex.to_bytes()` of `hls.segments.facts`; empty where `error` says why."""
    error: Mapped[str | None]
    made_at: Mapped[datetime]


class PreparedRendition(Base):
    """A rendition made ahead of time, kept in a storage instead of the cache.

    Segments 0 to `segments_done` - 1 are there; `ready` once all are.
    """

    __tablename__ = "prepared_renditions"
    __table_args__ = (UniqueConstraint("file_id", "rendition"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    signature: Mapped[str] = mapped_column(String(80))
    rendition: Mapped[str] = mapped_column(String(40))
    """The name in URLs, such as `v720` or `a1`."""
    recipe: Mapped[str] = mapped_column(String(64))
    """Key of everything that decides the bytes; another one voids the row."""
    segments_done: Mapped[int] = mapped_column(default=0)
    segments: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    ready: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class SubtitleFile(Base):
    """A subtitle that is not inside the media file: beside it, uploaded, or found by a provider.

    `origin` is `beside`, `uploaded` or `found`. `path` is the exact bytes of the absolute path for
    those beside the file; the others are kept in the data folder under `sha256`.
    """

    __tablename__ = "subtitle_files"
    __table_args__ = (
        UniqueConstraint("file_id", "source_key"),
        Index("ix_subtitle_files_sha256", "sha256"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    origin: Mapped[str] = mapped_column(String(8))
    source_key: Mapped[str] = mapped_column(String(100))
    """What makes it one: a hash of the path, of the content, or `provider:id`."""
    format: Mapped[str] = mapped_column(String(8))
    """`srt`, `ass`, `vtt`, `sup` or `sub`."""
    path: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(String(400))
    forced: Mapped[bool] = mapped_column(default=False)
    sdh: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    added_at: Mapped[datetime]


class PreviewSheets(Base):
    """Small pictures of a file for the seek bar: `count` of them, `interval` seconds apart.

    They lie in sheets of `columns` by `rows` in the data folder; `error` says why there are none.
    A row without either was asked for by a player, and its pictures are made before all others.
    """

    __tablename__ = "preview_sheets"
    file_id: Mapped[int] = mapped_column(
        ForeignKey("files.id", ondelete="CASCADE"), primary_key=True
    )
    signature: Mapped[str] = mapped_column(String(80))
    interval: Mapped[float]
    width: Mapped[int]
    height: Mapped[int]
    columns: Mapped[int]
    rows: Mapped[int]
    count: Mapped[int]
    error: Mapped[str | None]
    made_at: Mapped[datetime]


class Marker(Base):
    """A stretch of a file that a person may want to skip, in seconds from its start.

    `kind` is `intro`, `recap`, `credits` or `preview`; `origin` is `person`: what chapters tell is
    read from them each time. An empty stretch says that a person found none of its kind.
    """

    __tablename__ = "markers"
    __table_args__ = (UniqueConstraint("file_id", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    start: Mapped[float]
    end: Mapped[float]
    origin: Mapped[str] = mapped_column(String(8))
