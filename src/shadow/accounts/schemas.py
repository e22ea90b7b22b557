"""What accounts take and answer over HTTP."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

RoleName = Literal["banned", "guest", "free", "premium", "moderator", "admin"]
UserName = Field(min_length=1, max_length=64, pattern=r"^[\w.@+-]+$")
Password = Field(min_length=8, max_length=1024)


class LoginIn(BaseModel):
    """Name and password."""

    username: str = Field(max_length=64)
    password: str = Field(max_length=1024)


class MeOut(BaseModel):
    """The person signed in."""

    id: int
    username: str
    role: RoleName
    via: Literal["cookie", "token"]
    scopes: list[str] | None


class WelcomeOut(BaseModel):
    """What the sign-in page needs to know before anyone is signed in."""

    needs_admin: bool = Field(description="No admin exists: the one-time link makes one.")
    guests_allowed: bool
    version: str


class LinkOut(BaseModel):
    """What a one-time link would do. An unknown, used or expired link is `valid: false`."""

    valid: bool
    purpose: Literal["first_admin", "login"] | None


class ClaimIn(BaseModel):
    """Use a one-time link. Making the first admin needs a name and a password."""

    token: str = Field(max_length=200)
    username: str | None = Field(default=None, min_length=1, max_length=64)
    password: str | None = Field(default=None, min_length=8, max_length=1024)


class UserOut(BaseModel):
    """A user as admins see one."""

    id: int
    username: str
    role: RoleName
    created_at: datetime
    last_seen_at: datetime | None


class UserList(BaseModel):
    """Every user, by name."""

    items: list[UserOut]


class LoginLinkOut(BaseModel):
    """A link that signs a user in once. The one answer that holds its secret."""

    token: str
    path: str = Field(examples=["/auth?token=…"], description="To append to the public address.")
    expires_at: datetime


class UserIn(BaseModel):
    """A new user."""

    username: str = UserName
    password: str = Password
    role: RoleName = "free"


class UserEdit(BaseModel):
    """Changes to a user; absent fields stay."""

    role: RoleName | None = None
    password: str | None = Field(default=None, min_length=8, max_length=1024)


class PasswordIn(BaseModel):
    """Change one's own password."""

    current: str = Field(max_length=1024)
    new: str = Password


class TokenIn(BaseModel):
    """A new API token. No scopes means all that the user may do."""

    name: str = Field(min_length=1, max_length=80)
    scopes: list[Literal["read", "stream", "write", "admin"]] | None = None
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class TokenOut(BaseModel):
    """A token without its secret."""

    id: int
    name: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class TokenCreated(TokenOut):
    """The one answer that holds the secret."""

    token: str


class TokenList(BaseModel):
    """One's own tokens."""

    items: list[TokenOut]


class SessionOut(BaseModel):
    """One signed-in browser."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    user_agent: str | None
    current: bool


class SessionList(BaseModel):
    """One's own sessions, newest first."""

    items: list[SessionOut]
