"""Settings of the plain engine: `SHADOW_HTTP__…`."""

from pydantic import BaseModel, Field


class HttpSourceSettings(BaseModel):
    """When a server counts as gone."""

    attempts: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Attempts in a row that bring not a single byte before a download gives up.",
    )
    pause_seconds: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="Pause before the second attempt, in seconds; it doubles with each.",
    )
    slow_bytes_per_second: int = Field(
        default=1024,
        ge=0,
        description="A server slower than this on average counts as stalled. 0: never.",
    )
    slow_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="Over so many seconds the average is taken.",
    )
