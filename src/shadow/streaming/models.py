"""The table of progress. Only this slice writes it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class Progress(Base):
    """How far one person is with one playable thing: a film, or an episode of a show.

    It hangs on the title and the episode, not on the file: a better version of the file, a rename
    or a move leaves it where it was. `item` is `t<title id>` or `e<episode id>`.
    """

    __tablename__ = "progress"
    __table_args__ = (
        UniqueConstraint("user_id", "item"),
        Index("ix_progress_recent", "user_id", "updated_at"),
        Index("ix_progress_title", "title_id", "user_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    item: Mapped[str] = mapped_column(String(24))
    title_id: Mapped[int] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    episode_id: Mapped[int | None] = mapped_column(
        ForeignKey("episodes.id", ondelete="CASCADE"), index=True
    )
    file_id: Mapped[int | None] = mapped_column(
        ForeignKey("files.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[float]
    """Seconds."""
    duration: Mapped[float]
    watched: Mapped[bool] = mapped_column(default=False)
    dismissed: Mapped[bool] = mapped_column(default=False)
    """Taken off “continue watching”; playing on brings it back."""
    updated_at: Mapped[datetime]
