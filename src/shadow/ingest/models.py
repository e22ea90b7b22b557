"""The tables of ingestion: library folders and their memory, uploads, submissions, blocks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class LibraryFolder(Base):
    """A root of the library: one absolute path, exact bytes."""

    __tablename__ = "library_folders"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    shown_path: Mapped[str]
    warning: Mapped[str | None]
    """What keeps it from being scanned, in a sentence, as of the last scan."""
    added_at: Mapped[datetime]


class FolderMemory(Base):
    """A folder as the last scan left it, so that an unchanged one costs no look at its files.

    Written in the transaction that records the folder's last changed file, never before: a scan
    that is killed finds the folder changed and goes on.
    """

    __tablename__ = "folder_memory"
    __table_args__ = (Index("ix_folder_memory_sweep", "root_id", "sweep"),)
    root_id: Mapped[int] = mapped_column(
        ForeignKey("library_folders.id", ondelete="CASCADE"), primary_key=True
    )
    folder: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Relative to the root, exact bytes; empty for the root itself."""
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    """Hash of names, sizes and times of all that matters in it; empty when the folder is gone."""
    sidecars: Mapped[bytes] = mapped_column(LargeBinary)
    """The same of the `.nfo` and picture files that belong to its media."""
    sweep: Mapped[bool] = mapped_column(default=False)
    """Files of it vanished: once all roots are read and moves known, the rest is missing."""


class PendingPicture(Base):
    """A picture still to be put into the artwork store.

    Written with the file it belongs to, in one transaction, and deleted when it is done or cannot
    be done: a scan that is killed loses none, and none is tried twice.
    """

    __tablename__ = "pending_pictures"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """The place it is for: a later picture for the same place replaces it."""
    stage: Mapped[str] = mapped_column(String(10), index=True)
    """`beside` for a picture beside a file; `title` and `episodes` to look for what a title and
    its episodes lack, and take it from inside their files."""
    title_id: Mapped[int]
    file_id: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(16))
    """Of a picture beside a file: see `catalog.found.LocalArtwork`, as `season` and `path`."""
    season: Mapped[int | None]
    path: Mapped[bytes | None] = mapped_column(LargeBinary)


class Upload(Base):
    """A file that a person sends piece by piece (tus); its bytes lie on disk under the id.

    How much of it came is told by those bytes alone, so that no kill can make the two differ.
    """

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str | None] = mapped_column(String(300))
    """What the person calls it, as of a link."""
    storage: Mapped[str | None] = mapped_column(String(40))
    """Where it is to be kept; the default storage if null."""
    submits: Mapped[bool]
    """Whether it ends in quarantine: who sends it may not add to the library."""
    job_id: Mapped[str | None] = mapped_column(String(36))
    """The job that makes a title of it, once it is whole."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Submission(Base):
    """What a person who may not add to the library proposed, until somebody decides.

    Its files wait in the data folder under the public id. `files` lists them as
    `{"name", "size", "sha256", "duration", "width", "height"}`.
    """

    __tablename__ = "submissions"
    __table_args__ = (Index("ix_submissions_state", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    job_id: Mapped[str] = mapped_column(String(36), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    origin: Mapped[str]
    """The link, or the name of what was uploaded; for people."""
    state: Mapped[str] = mapped_column(String(10))
    """`waiting`, `approved` or `rejected`."""
    title: Mapped[str] = mapped_column(String(400))
    year: Mapped[int | None]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    pictures: Mapped[int] = mapped_column(default=0)
    """How many preview pictures lie beside the files."""
    reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class BlockedHash(Base):
    """Content that is not to be stored here: SHA-256 of the whole file."""

    __tablename__ = "blocked_hashes"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    """What it was called, for people."""
    reason: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    added_at: Mapped[datetime]


class ForwardsSeen(Base):
    """Up to which message a Telegram channel was looked at for files that people forwarded."""

    __tablename__ = "forwards_seen"
    channel: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """As bots write it: -100…"""
    message_id: Mapped[int] = mapped_column(BigInteger)
