"""What ingestion takes and answers over HTTP."""

from datetime import datetime

from pydantic import BaseModel, Field


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
