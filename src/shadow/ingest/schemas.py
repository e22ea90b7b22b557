"""What ingestion takes and answers over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from shadow.ingest.leeching.starting import MOST_TITLE, MOST_URL
from shadow.runtime.jobs import LEAST_PRIORITY, MOST_PRIORITY


class FolderOut(BaseModel):
    """A library folder. `warning` says what keeps it from being scanned, if anything does."""

    id: int
    path: str
    from_settings: bool = Field(description="Named by the settings: not removable here.")
    available: bool
    watched: bool
    files: int
    failed: int
    last_scan_at: datetime | None
    warning: str | None


class FolderList(BaseModel):
    """The library folders."""

    items: list[FolderOut]


class FolderIn(BaseModel):
    """Add a folder by its absolute path on the server."""

    path: str = Field(min_length=1, max_length=4096)


class ScanIn(BaseModel):
    """Which folders to scan; none means all."""

    folder_ids: list[int] | None = Field(default=None, max_length=100)


class JobStarted(BaseModel):
    """The job to follow at `/api/jobs/{id}`."""

    id: str


class ProblemOut(BaseModel):
    """A file that could not be read as media, and why."""

    file_id: str
    path: str
    error: str


class ProblemPage(BaseModel):
    """Files that failed."""

    items: list[ProblemOut]
    next_cursor: str | None
    total: int


class LeechIn(BaseModel):
    """Bring what a link leads to into the library."""

    url: str = Field(
        min_length=1, max_length=MOST_URL, description="http, https, ftp or a magnet link."
    )
    title: str | None = Field(
        default=None, max_length=MOST_TITLE, description="What it is called, if names cannot tell."
    )
    priority: int = Field(default=0, ge=LEAST_PRIORITY, le=MOST_PRIORITY)
    storage: str | None = Field(
        default=None, max_length=40, description="Where it is kept; the default storage if null."
    )
    files: list[Annotated[int, Field(ge=1)]] = Field(
        default=[], max_length=10_000, description="Numbers of a torrent's files; all if empty."
    )


class LinkIn(BaseModel):
    """A link to look into."""

    url: str = Field(min_length=1, max_length=MOST_URL)


class OfferedFile(BaseModel):
    """A file that a link offers: its number is what `files` of a leech names. Bytes."""

    number: int
    path: str
    size: int


class OfferedList(BaseModel):
    """The files to choose from; empty where there is no choice."""

    items: list[OfferedFile]


class TorrentOut(BaseModel):
    """A torrent that was kept: the magnet link to leech, its name and files."""

    url: str
    name: str
    items: list[OfferedFile]
