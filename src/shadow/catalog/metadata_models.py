"""The catalogue's memory of when metadata was looked up, apart from what was found."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class Lookup(Base):
    """The last time providers were asked about a title, and when they are asked again.

    `outcome` is `matched`, `doubtful`, `unmatched` or `failed`. `due_at` is None for matched
    titles until their files change.
    """

    __tablename__ = "lookups"
    __table_args__ = (Index("ix_lookups_due", "due_at", "title_id"),)
    title_id: Mapped[int] = mapped_column(
        ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True
    )
    outcome: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
