"""Settings of StreamTape as a mirror: `SHADOW_MIRROR_STREAMTAPE__…`."""

from pydantic import BaseModel, Field, SecretStr


class StreamtapeSettings(BaseModel):
    """Whose account keeps the copies, and where the service is."""

    login: str = Field(
        default="",
        max_length=200,
        description="API login of an account on StreamTape. Empty: the mirror `streamtape` is off.",
    )
    key: SecretStr = Field(default=SecretStr(""), description="API key of that account.")
    folder: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z_-]{0,64}$",
        description="Id of the folder for copies. Empty: the account's top folder.",
    )
    url: str = Field(
        default="https://api.streamtape.com",
        pattern=r"^https?://[^?#]+$",
        description="Base address of StreamTape's API, or of a service that speaks the same.",
    )
    poll_seconds: float = Field(
        default=5.0,
        ge=0.01,
        le=600,
        description="Pause between two questions how far StreamTape is with fetching a file.",
    )
    stalled_seconds: float = Field(
        default=1800.0,
        gt=0,
        le=86_400,
        description="How long StreamTape may bring not a byte before fetching is given up.",
    )
