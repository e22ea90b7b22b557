"""Settings of HLS and previews: `SHADOW_HLS__…`."""

from pydantic import BaseModel


class HlsSettings(BaseModel):
    """Segments made on demand."""
