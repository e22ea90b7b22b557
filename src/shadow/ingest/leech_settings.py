"""Settings of bringing media in by link: `SHADOW_INGEST__…`."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from shadow.ingest.leeching.naming import DEFAULT, check_template
from shadow.runtime.settings import comma_separated


class LeechSettings(BaseModel):
    """How links are fetched, and what becomes of them."""

    policy: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("aria2", "http", "ytdlp"),
        description="Comma-separated engines in the order in which they are tried for a link. "
        "One that is left out is not used.",
    )
    max_bytes: int = Field(
        default=200 << 30,
        ge=1,
        description="Most bytes that one link may bring, as they are downloaded.",
    )
    spare_bytes: int = Field(
        default=1 << 30,
        ge=0,
        description="Free space that downloads leave on the disk of the data folder, in bytes.",
    )
    max_files: int = Field(
        default=2_000,
        ge=1,
        le=10_000,
        description="Most media files that one link may bring.",
    )
    unpack_ratio: int = Field(
        default=100,
        ge=2,
        description="Most times its own size that an archive may unpack to, beyond 64 MiB: what "
        "packs better than that is a trap.",
    )
    naming_template: Annotated[str, AfterValidator(check_template)] = Field(
        default=DEFAULT,
        description="Names of new files. Fields: title, year, season, episode, edition, "
        "resolution, source, group. A part between ` - `, or brackets, whose fields are not known "
        "is left out.",
    )
    brand_tags: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated words that are taken out of names, on top of web sites and "
        "channels.",
    )

    mirrors: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated storages and mirrors that get a copy of each new file. The "
        "first storage of them gets it while the file is stored, the others afterwards, by a job.",
    )
    repair_copies: bool = Field(
        default=True,
        description="Make copies anew that a scrub finds missing or damaged.",
    )
    shared_dir: str = Field(
        default="",
        description="Folder of uploads, submissions, screenshots and torrent files, by absolute "
        "path. Empty: the data folder. Where several machines take jobs, name one that all of "
        "them see: else screenshots made by one are not shown by another.",
    )

    @field_validator("shared_dir")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("is an absolute path")
        return value

    @field_validator("policy", "brand_tags", "mirrors", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)
