"""Settings of PixelDrain as a mirror: `SHADOW_MIRROR_PIXELDRAIN__…`."""

from pydantic import BaseModel, Field, SecretStr


class PixeldrainMirrorSettings(BaseModel):
    """Whose account keeps the copies, and where the service is."""

    key: SecretStr = Field(
        default=SecretStr(""),
        description="API key of an account on PixelDrain. Empty: the mirror `pixeldrain` is off.",
    )
    url: str = Field(
        default="https://pixeldrain.com/api",
        pattern=r"^https?://[^?#]+$",
        description="Base address of PixelDrain's API.",
    )
