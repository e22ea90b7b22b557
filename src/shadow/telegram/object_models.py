"""The tables of objects kept in Telegram: the objects, their documents, and uploads under way."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class TelegramObject(Base):
    """An object under a name. Only one whose state is `stored` is there for anybody to see."""

    __tablename__ = "telegram_objects"
    __table_args__ = (Index("ix_telegram_objects_state", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(1000), unique=True)
    """The relative name, which is the key too. A binned object has given its name back."""
    state: Mapped[str] = mapped_column(String(10))
    """`uploading`, `stored`, or `binned`: its messages are yet to be deleted."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    """In bytes; of an upload what was announced."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of an object that was uploaded from here."""
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(32))
    """Which `put` is at work on it."""
    lease_until: Mapped[datetime | None]
    """The owner renews this; one that is past belongs to somebody who died."""
    changed_at: Mapped[datetime]


class TelegramPart(Base):
    """A document that holds a part of an object, or all of it, and the messages it is in."""

    __tablename__ = "telegram_parts"
    __table_args__ = (Index("ix_telegram_parts_message", "channel", "message_id"),)
    object_id: Mapped[int] = mapped_column(
        ForeignKey("telegram_objects.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 0."""
    offset: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[int] = mapped_column(BigInteger)
    """As bots write it: -100…"""
    message_id: Mapped[int] = mapped_column(BigInteger)
    document_id: Mapped[int] = mapped_column(BigInteger)
    dc: Mapped[int]
    backup_channel: Mapped[int | None] = mapped_column(BigInteger)
    backup_message_id: Mapped[int | None] = mapped_column(BigInteger)
    backup_since: Mapped[int | None] = mapped_column(BigInteger)
    """State of the backup channel before the message was forwarded there; None before that."""


class TelegramUpload(Base):
    """A document on its way: what is needed to go on after a kill without sending it again."""

    __tablename__ = "telegram_uploads"
    object_id: Mapped[int] = mapped_column(
        ForeignKey("telegram_objects.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    """Of the part of the object that it will be."""
    file_id: Mapped[int] = mapped_column(BigInteger)
    """Ours, chosen at random: parts are saved under it, and messages are made once by it."""
    account: Mapped[str] = mapped_column(String(40))
    """The session whose parts these are: another account does not see them."""
    total: Mapped[int]
    """Its parts of 512 KiB; -1 while that is not known."""
    since: Mapped[int | None] = mapped_column(BigInteger)
    """State of the channel before the message was sent; None before that."""
    started_at: Mapped[datetime]


class TelegramUploadPart(Base):
    """A part of such a document that Telegram has confirmed."""

    __tablename__ = "telegram_upload_parts"
    object_id: Mapped[int] = mapped_column(
        ForeignKey("telegram_objects.id", ondelete="CASCADE"), primary_key=True
    )
    upload: Mapped[int] = mapped_column(primary_key=True)
    """`TelegramUpload.number`."""
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    confirmed_at: Mapped[datetime]
