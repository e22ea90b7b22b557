"""What the routes of storage take and answer."""

from typing import Annotated

from pydantic import BaseModel, Field


class StorageOut(BaseModel):
    """A storage that works here, and what new files mean to it."""

    name: str
    writable: bool
    local: bool = Field(description="Its files are files of this machine.")
    remotes: bool = Field(description="It has remotes, which an admin sets up.")
    default: bool = Field(description="New files go there.")
    also: bool = Field(description="A copy of each new file goes there.")


class StorageList(BaseModel):
    """The storages that work here."""

    items: list[StorageOut]


class SliceCacheOut(BaseModel):
    """The slice cache of this machine. What is counted is counted since the process began."""

    bytes: int = Field(description="That it takes on the disk.")
    limit: int = Field(description="Bytes that it may take now; 0 if it is switched off.")
    hits: int = Field(description="Reads answered from it.")
    misses: int = Field(description="Reads that waited for a storage far away.")
    hit_ratio: float | None = Field(description="0–1; null before the first read.")
    upstream_bytes: int = Field(description="That storages far away sent.")
    served_bytes: int = Field(description="That readers were given.")


class RemoteOut(BaseModel):
    """A remote. The values of its options are secrets and never leave the server."""

    name: str
    kind: str
    options: list[str] = Field(description="Names of the options that are set.")


class RemoteList(BaseModel):
    """The remotes of a storage, by name."""

    items: list[RemoteOut]


class RemoteIn(BaseModel):
    """A remote to set up."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$")]
    kind: Annotated[str, Field(max_length=60, description="Such as `sftp`, `webdav`, `drive`.")]
    options: dict[str, Annotated[str, Field(max_length=8192)]] = Field(
        default_factory=dict,
        max_length=60,
        description="By rclone's names; passwords in plain text.",
    )


class RemoteStateOut(BaseModel):
    """Whether a remote answered, and what it said if not."""

    ok: bool
    detail: str
