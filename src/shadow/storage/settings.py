"""Settings of storage (`SHADOW_STORAGE__…`)."""

from pathlib import Path

from pydantic import BaseModel, Field, field_validator


class StorageSettings(BaseModel):
    """Where new files go, and how much of what is far away is kept here."""

    default: str = Field(
        default="local",
        pattern=r"^[a-z0-9_]{1,40}$",
        description="Name of the storage that new files go to: `local`, `s3`, `rclone` or "
        "`telegram`.",
    )
    also: str = Field(
        default="",
        pattern=r"^[a-z0-9_]{0,40}$",
        description="Name of a second storage that gets a copy of each new file, in the same go. "
        "A failure there does not fail the first. Empty: none.",
    )
    local_root: str = Field(
        default="",
        description="Folder by absolute path where the storage `local` puts new files. It becomes "
        "a library folder. Empty: `store` in the data folder.",
    )

    cache_bytes: int = Field(
        default=20 << 30,
        ge=0,
        description="Most bytes of films from storages far away that this machine keeps on its "
        "disk, in slices of 1 MiB, shared by all its processes. 1 GiB of the disk stays free in "
        "any case. 0: none, and each viewer reads from the storage.",
    )
    cache_dir: str = Field(
        default="",
        description="Folder by absolute path where those slices lie, on a disk of this machine and "
        "no network share. Empty: `cache/slices` in the data folder.",
    )

    @field_validator("local_root", "cache_dir")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if "\0" in value:
            raise ValueError("holds a NUL character")
        return str(Path(value).expanduser().absolute()) if value.strip() else ""
