"""Settings of streaming: `SHADOW_STREAMING__…`."""

from pydantic import BaseModel, Field, SecretStr


class StreamingSettings(BaseModel):
    """Signed links, and the cache of segments."""

    secure_link_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of signed links, shared with an nginx in front that checks them. "
        "Empty: one is derived from the secret key.",
    )
    link_hours: int = Field(
        default=4,
        ge=1,
        le=168,
        description="Hours for which a signed link works: a long film with its pauses.",
    )
    links_per_minute: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Links one person may have signed in any minute.",
    )
    cache_bytes: int = Field(
        default=10 << 30,
        ge=16 << 20,
        description="Bytes of segments kept in the data folder, 10 GiB unless said otherwise. "
        "The least recently used go first, and half a GiB of the disk is always left to others.",
    )
