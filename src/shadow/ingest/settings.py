"""Settings of the library (`SHADOW_LIBRARY__…`)."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

VIDEO = (
    "3g2,3gp,asf,avi,divx,dv,f4v,flv,m1v,m2t,m2ts,m2v,m4v,mk3d,mkv,mov,mp4,mpe,mpeg,mpg,mts,mxf,"
    "nut,ogm,ogv,rm,rmvb,ts,vob,webm,wmv,wtv,y4m"
)
AUDIO = (
    "aac,ac3,aif,aiff,alac,ape,caf,dsf,eac3,flac,m4a,m4b,mka,mp3,mpc,oga,ogg,opus,tak,tta,wav,"
    "wma,wv"
)


class LibrarySettings(BaseModel):
    """Where the library is and how it is kept up to date."""

    paths: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Library folders by absolute path, separated by `:`. Folders added in the "
        "web client come on top.",
    )
    watch: bool = Field(
        default=True,
        description="Notice new, changed and deleted files without a manual scan.",
    )
    poll_seconds: float = Field(
        default=300.0,
        ge=1.0,
        description="How often folders that send no notice of changes (network mounts) are looked "
        "at, in seconds. Only names, sizes and times are read.",
    )
    debounce_seconds: float = Field(
        default=1.0,
        ge=0.05,
        le=60.0,
        description="Changes are gathered for so many seconds before the touched folders are read.",
    )
    stable_seconds: float = Field(
        default=5.0,
        ge=0.0,
        le=3600.0,
        description="A file that changed less than so many seconds ago may still be being written "
        "and is left until it is older.",
    )
    extensions: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(f"{VIDEO},{AUDIO}".split(",")),
        description="Comma-separated endings of the files that are media; others are not looked "
        "at.",
    )

    @field_validator("paths", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.split(":") if part.strip())
        return value

    @field_validator("paths")
    @classmethod
    def _absolute(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("\0" in path for path in value):
            raise ValueError("a path holds a NUL character")
        return tuple(str(Path(path).expanduser().absolute()) for path in value)

    @field_validator("extensions", mode="before")
    @classmethod
    def _split_extensions(cls, value: object) -> object:
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, list | tuple | set | frozenset):
            return frozenset(str(part).strip().lstrip(".").lower() for part in value) - {""}
        return value
