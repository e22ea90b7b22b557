"""Settings of what people send and propose: `SHADOW_UPLOADS__…` and `SHADOW_SUBMISSIONS__…`."""

from pydantic import BaseModel, Field


class UploadSettings(BaseModel):
    """How much one person may send, and how long what is not finished is kept."""

    max_bytes: int = Field(
        default=200 << 30, ge=1, description="Most bytes of one file that is uploaded."
    )
    at_once: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Most uploads that one person may have begun and not finished.",
    )
    hours: float = Field(
        default=48.0,
        gt=0,
        le=24 * 365,
        description="Hours after its last bytes for which an upload is kept.",
    )
    silent_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="A sender that is silent for so many seconds counts as gone; it may go on "
        "later.",
    )


class SubmissionSettings(BaseModel):
    """How much people who may not add to the library may propose."""

    waiting: int = Field(
        default=10,
        ge=0,
        le=100_000,
        description="Most submissions of one person that wait for a decision or are on their way. "
        "0: nobody may propose anything.",
    )
    waiting_bytes: int = Field(
        default=50 << 30,
        ge=0,
        description="Most bytes of one person's submissions that wait for a decision.",
    )
