"""The tables of accounts. Only this slice writes them; others may read and point at `users`.

A secret (cookie, token, link) is stored as its SHA-256 only: it has 256 random bits, so a slow hash
would add nothing. Passwords are argon2id.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shadow.kit.clock import utc_now
from shadow.runtime.access import Role
from shadow.runtime.database import Base

OWNER = "users.id"


class User(Base):
    """A person, or a guest made by the guest switch (`password_hash` None, role guest)."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(256), unique=True)
    """`names.name_key(name)`: two names that read the same have one key."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """None: nobody signs in with a password."""
    role_name: Mapped[str] = mapped_column("role", String(10), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime | None]
    """Right to the minute."""

    @property
    def role(self) -> Role:
        """What this person may do."""
        return Role[self.role_name]


class SignInSession(Base):
    """One signed-in browser. Ending a session deletes its row."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(OWNER, ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str | None] = mapped_column(String(200))


class ApiToken(Base):
    """A credential for programs. Revoking a token deletes its row."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(OWNER, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """None: all that the user may."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that makes the first admin or signs a user in, once."""

    __tablename__ = "one_time_links"
    __table_args__ = (Index("ix_one_time_links_purpose_used_at", "purpose", "used_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """`first_admin` or `login`."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey(OWNER, ondelete="CASCADE"), index=True)
    """Whom it signs in; None for the first admin."""
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
