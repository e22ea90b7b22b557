"""Settings of the storage `s3` (`SHADOW_S3__…`)."""

from pydantic import BaseModel, Field, SecretStr, field_validator


class S3Settings(BaseModel):
    """Which bucket, where, and how to sign in."""

    bucket: str = Field(
        default="",
        description="Name of the bucket. Empty: the storage `s3` is off.",
    )
    endpoint: str = Field(
        default="",
        description="Address of the service, such as `https://s3.example.org`. Empty: Amazon's "
        "own in the region.",
    )
    region: str = Field(default="us-east-1", description="Region, as the service names it.")
    access_key: str = Field(
        default="",
        description="Id of the access key. Empty: from the AWS variables or the machine's role.",
    )
    secret_key: SecretStr = Field(default=SecretStr(""), description="Secret of the access key.")
    prefix: str = Field(
        default="",
        description="Begins the keys of new objects, such as `media`. Empty: none.",
    )
    path_style: bool = Field(
        default=True,
        description="Name the bucket in the path of the address and not in its host name, as "
        "services other than Amazon's mostly want it.",
    )

    @field_validator("endpoint")
    @classmethod
    def _http_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("prefix")
    @classmethod
    def _plain(cls, value: str) -> str:
        prefix = value.strip("/")
        if len(prefix) > 100 or any(part in ("", ".", "..") for part in prefix.split("/") if value):
            raise ValueError("is a short path such as `media`, without `.` and `..`")
        return prefix
