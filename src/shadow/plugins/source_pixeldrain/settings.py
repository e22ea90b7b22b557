"""Settings of PixelDrain as a source: `SHADOW_SOURCE_PIXELDRAIN__…`."""

from pydantic import BaseModel, Field


class PixeldrainLinksSettings(BaseModel):
    """Where the service is."""

    url: str = Field(
        default="https://pixeldrain.com/api",
        pattern=r"^https?://[^?#]+$",
        description="Base address of PixelDrain's API.",
    )
