"""Settings of Gofile as a mirror: `SHADOW_MIRROR_GOFILE__…`."""

from pydantic import BaseModel, Field, SecretStr


class GofileMirrorSettings(BaseModel):
    """Whose account keeps the copies, and where the service is."""

    token: SecretStr = Field(
        default=SecretStr(""),
        description="Token of an account on Gofile, from its profile page. Empty: the mirror "
        "`gofile` is off.",
    )
    folder: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z-]{0,64}$",
        description="Id of the folder for copies. Empty: Gofile makes a new one for each file.",
    )
    url: str = Field(
        default="https://api.gofile.io",
        pattern=r"^https?://[^?#]+$",
        description="Base address of Gofile's API.",
    )
    upload_url: str = Field(
        default="https://upload.gofile.io/uploadfile",
        pattern=r"^https?://[^?#]+$",
        description="Address that files are sent to; Gofile has one for each region.",
    )
