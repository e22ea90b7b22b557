"""What HTTP says of prepared renditions."""

from typing import Literal

from pydantic import BaseModel, Field


class PrepareIn(BaseModel):
    """What to make ahead of time."""

    heights: list[int] | None = Field(
        default=None,
        max_length=10,
        description="Of the renditions, such as 720. Null: all that the title's files give.",
    )


class PrepareOut(BaseModel):
    """The job that makes it."""

    id: str


class RenditionOut(BaseModel):
    """A rendition made ahead of time, or on its way."""

    name: str = Field(description="`720p`, or `sound 1` for the sound track of stream 1.")
    state: Literal["making", "ready"]
    bytes: int
    segments_done: int
    segments: int


class PreparedFileOut(BaseModel):
    """What was prepared of one file."""

    file_id: str
    renditions: list[RenditionOut]


class PreparedOut(BaseModel):
    """What was prepared of a title."""

    files: list[PreparedFileOut]
