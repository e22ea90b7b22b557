"""Settings of the Internet Archive as a source: `SHADOW_SOURCE_ARCHIVE_ORG__…`."""

from pydantic import BaseModel, Field


class ArchiveOrgSettings(BaseModel):
    """Where the Archive is."""

    url: str = Field(
        default="https://archive.org",
        pattern=r"^https?://[^?#]+$",
        description="Base address of the Internet Archive: `/metadata/` and `/download/` lie below "
        "it.",
    )
