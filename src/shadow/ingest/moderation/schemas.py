"""What is asked and told of submissions, the blocklist and take-downs."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from shadow.ingest.blocking import MOST_TEXT
from shadow.ingest.leeching.starting import MOST_TITLE

State = Literal["waiting", "approved", "rejected"]


class SubmittedFile(BaseModel):
    """A media file of a submission. Sizes are bytes, durations seconds."""

    name: str
    size: int
    duration: float | None
    width: int | None
    height: int | None


class SubmissionOut(BaseModel):
    """What somebody proposed. `pictures` counts those at `/api/submissions/{id}/pictures/`."""

    id: str
    state: State
    title: str
    year: int | None
    origin: str = Field(description="The link, or the name of what was uploaded.")
    files: list[SubmittedFile]
    pictures: int
    user: str | None
    reason: str | None
    created_at: datetime
    decided_at: datetime | None


class SubmissionPage(BaseModel):
    """Newest first."""

    items: list[SubmissionOut]
    next_cursor: str | None
    total: int


class ApproveIn(BaseModel):
    """What an approved submission is to be called, if not as proposed."""

    title: str | None = Field(default=None, max_length=MOST_TITLE)


class RejectIn(BaseModel):
    """Why a submission is rejected, and whether its content is blocked from now on."""

    reason: str | None = Field(default=None, max_length=MOST_TEXT)
    block: bool = False


class BlockIn(BaseModel):
    """Content to block."""

    sha256: str = Field(min_length=64, max_length=64, pattern="^[0-9a-fA-F]{64}$")
    name: str = Field(default="", max_length=MOST_TEXT)
    reason: str = Field(default="", max_length=MOST_TEXT)


class BlockOut(BaseModel):
    """Blocked content, and who blocked it."""

    sha256: str
    name: str
    reason: str
    user: str | None
    added_at: datetime


class BlockPage(BaseModel):
    """Newest first."""

    items: list[BlockOut]
    next_cursor: str | None
    total: int


class TakedownIn(BaseModel):
    """Why something is taken down: it is noted with the blocked hashes."""

    reason: str = Field(default="", max_length=MOST_TEXT)


class ScreenshotsOut(BaseModel):
    """How many screenshots there are, numbered from 1."""

    count: int
