"""Settings of the OpenSubtitles plugin: the group `subtitles`."""

from pydantic import BaseModel, Field, SecretStr, field_validator

from shadow.runtime.http import RequestRefused, checked_url


class OpenSubtitlesSettings(BaseModel):
    """How OpenSubtitles is asked."""

    opensubtitles_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of the OpenSubtitles API, from your profile there. Empty: not used.",
    )
    opensubtitles_user: str = Field(
        default="",
        max_length=200,
        description="Name of an account there. Empty: fewer downloads a day.",
    )
    opensubtitles_password: SecretStr = Field(
        default=SecretStr(""), description="Password of that account."
    )
    opensubtitles_url: str = Field(
        default="https://api.opensubtitles.com/api/v1",
        description="Base address of the API; `/api/v1` is added when it has no path. A private "
        "address also needs SHADOW_NETWORK__ALLOW_PRIVATE.",
    )
    opensubtitles_requests_per_second: float = Field(
        default=4.0,
        gt=0,
        le=5,
        description="Most requests a second; OpenSubtitles refuses above five.",
    )
    opensubtitles_cache_hours: float = Field(
        default=6.0,
        ge=0.1,
        le=168,
        description="Hours a search's answer is kept before it is asked for again.",
    )

    @field_validator("opensubtitles_url")
    @classmethod
    def _has_version(cls, value: str) -> str:
        try:
            url = checked_url(value.strip())
        except RequestRefused as error:
            raise ValueError(error.detail) from None
        base = str(url.copy_with(query=None)).rstrip("/")
        return base if url.path.strip("/") else f"{base}/api/v1"
