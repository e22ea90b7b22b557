"""Settings of the storage `rclone` (`SHADOW_RCLONE__…`)."""

from pydantic import BaseModel, Field, field_validator

from shadow.plugins.storage_rclone.places import REMOTE


class RcloneSettings(BaseModel):
    """Which program, and where new files go."""

    program: str = Field(
        default="",
        description="The rclone program by absolute path, version 1.60 or later. Empty: the one "
        "of the system.",
    )
    remote: str = Field(
        default="",
        description="Remote and folder where new files go, such as `nas:media`. Empty: nothing "
        "new is stored through rclone.",
    )
    allow_local: bool = Field(
        default=False,
        description="Let an admin set up remotes that lead into this machine's own folders.",
    )

    @field_validator("remote")
    @classmethod
    def _a_remote(cls, value: str) -> str:
        if value and not REMOTE.match(value):
            raise ValueError("has the form `name:folder`")
        if "]" in value or "\0" in value or ".." in value.partition(":")[2].split("/"):
            raise ValueError("holds `]`, `..` or a character that it must not")
        return value.rstrip("/")
