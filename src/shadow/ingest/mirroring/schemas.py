"""What the routes of copies take and answer."""

from datetime import datetime

from pydantic import BaseModel, Field


class CopyOut(BaseModel):
    """A further copy of a file."""

    kind: str = Field(description="`storage` or `mirror`.")
    place: str = Field(description="Name of the storage or mirror.")
    url: str | None = Field(description="Public address, where the mirror gives one.")
    size: int = Field(description="Bytes.")
    state: str = Field(
        description="`ok`, `missing`, `damaged` (or of an older version), or `unchecked`."
    )
    checked_at: datetime | None


class CopyList(BaseModel):
    """The copies of a file, oldest first."""

    items: list[CopyOut]


class CopyPlaceOut(BaseModel):
    """A place that copies can go to."""

    name: str
    kind: str = Field(description="`storage` or `mirror`.")
    automatic: bool = Field(description="Each new file gets a copy there.")


class CopyPlaceList(BaseModel):
    """The places that copies can go to."""

    items: list[CopyPlaceOut]


class MirrorIn(BaseModel):
    """Where the copy is to go."""

    place: str = Field(min_length=1, max_length=40)


class ScrubIn(BaseModel):
    """What is to be looked over, and how closely."""

    deep: bool = Field(default=False, description="Read every byte.")
    file_id: str | None = Field(default=None, max_length=7, description="One file. All if absent.")
