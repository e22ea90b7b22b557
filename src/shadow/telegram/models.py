"""The tables of sessions and of the channels they know. Only this slice writes them."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class TelegramSession(Base):
    """A login slot of an account: one log-in, with a key on each data centre it has been to.

    A bot has one for each process that runs at the same time; a session string has one in all.
    """

    __tablename__ = "telegram_sessions"
    __table_args__ = (UniqueConstraint("account", "slot"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(40))
    """`bot-1001`, `user-555`; `user-` and letters while only Telegram knows whose it is."""
    slot: Mapped[int]
    """From 0."""
    kind: Mapped[str] = mapped_column(String(4))
    """`bot` or `user`."""
    origin: Mapped[str] = mapped_column(String(32), index=True)
    """Keyed hash of the token or the session string: another one is another log-in."""
    user_id: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(String(100), default="")
    premium: Mapped[bool] = mapped_column(default=False)
    home_dc: Mapped[int] = mapped_column(default=0)
    """0: not known yet."""
    keys: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """Authorisation keys by data centre, encrypted with a key made of the secret key."""
    first_login_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    """Which process uses it."""
    lease_until: Mapped[datetime | None]
    """Its owner renews this; a lease that is past belongs to nobody."""
    dead_reason: Mapped[str | None] = mapped_column(String(200))
    """Why Telegram does not let it in any more."""
    retry_at: Mapped[datetime | None]
    """When Telegram lets it log in again, after a flood wait."""


class TelegramPeer(Base):
    """A channel as one account knows it: access hashes are no good to another."""

    __tablename__ = "telegram_peers"
    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    peer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """As bots write it: -100…"""
    access_hash: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(255))
    rights: Mapped[str] = mapped_column(String(100))
    """What the account may do there: `post`, `edit`, `delete`, by commas."""
    seen_at: Mapped[datetime]
