"""Settings of durable jobs: `SHADOW_JOBS__…`."""

from pydantic import BaseModel, Field


class JobSettings(BaseModel):
    """How much work goes on at a time, and when a worker counts as dead."""

    heavy: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Heavy jobs (downloads, preparing) that run at a time, on one machine and in "
        "all. More of them only slow each other down on most disks and lines.",
    )
    per_source: int = Field(
        default=3,
        ge=1,
        le=100,
        description="Heavy jobs of one source (a host, as a rule) that run at a time.",
    )
    beat_seconds: float = Field(
        default=3.0,
        ge=0.1,
        le=10,
        description="Seconds between two signs of life of a worker.",
    )
    dead_seconds: float = Field(
        default=15.0,
        ge=0.5,
        le=300,
        description="Seconds without a sign of life after which a worker's jobs go to others.",
    )
