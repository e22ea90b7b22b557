"""Settings of the TMDB plugin, in the group `metadata`."""

from pydantic import BaseModel, Field, SecretStr, field_validator

from shadow.runtime.http import RequestRefused, checked_url


class TmdbSettings(BaseModel):
    """How TMDB is asked."""

    tmdb_key: SecretStr = Field(
        default=SecretStr(""),
        description="TMDB API key (v3) or read access token (v4). Empty: TMDB is not used.",
    )
    tmdb_url: str = Field(
        default="https://api.themoviedb.org/3",
        description="Base address of the API; `/3` is added when it has no path. A private "
        "address also needs SHADOW_NETWORK__ALLOW_PRIVATE.",
    )
    tmdb_language: str = Field(
        default="en-US",
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        description="Language of titles, overviews and posters, as `en-US`; its region chooses "
        "the age rating.",
    )
    tmdb_requests_per_second: float = Field(
        default=40.0,
        gt=0,
        le=50,
        description="Most requests a second; TMDB refuses somewhat above 40.",
    )
    tmdb_cache_days: int = Field(
        default=14,
        ge=1,
        le=180,
        description="Days an entry is kept before it is asked for again (TMDB allows 180).",
    )
    tmdb_cache_bytes: int = Field(
        default=256 << 20,
        ge=1 << 20,
        description="Most bytes of answers kept on disk; a film's is about 60 kB.",
    )

    @field_validator("tmdb_url")
    @classmethod
    def _has_version(cls, value: str) -> str:
        try:
            url = checked_url(value.strip())
        except RequestRefused as error:
            raise ValueError(error.detail) from None
        base = str(url.copy_with(query=None)).rstrip("/")
        return base if url.path.strip("/") else f"{base}/3"
