"""Settings of bringing media in by link: `SHADOW_INGEST__…`."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

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

    @field_validator("policy", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)
