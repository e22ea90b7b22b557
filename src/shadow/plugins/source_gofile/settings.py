"""Settings of Gofile as a source: `SHADOW_SOURCE_GOFILE__…`."""

from pydantic import BaseModel, Field, SecretStr


class GofileLinksSettings(BaseModel):
    """Where the service is, and who asks."""

    url: str = Field(
        default="https://api.gofile.io",
        pattern=r"^https?://[^?#]+$",
        description="Base address of Gofile's API.",
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="Token of an account on Gofile, from its profile page. Empty: a guest account "
        "is made, to which Gofile may refuse folders.",
    )
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Password tried on folders that want one.",
    )
