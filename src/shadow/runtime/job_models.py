"""The registry of jobs: what people see of durable work. The engine keeps its checkpoints apart."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shadow.runtime.database import Base


class Job(Base):
    """One piece of durable work. `workflow_id` is the engine's run of it; a retry has a new one."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_created_at", "created_at", "id"),
        Index("ix_jobs_state", "state"),
        Index("ix_jobs_active_key", "active_key", unique=True),
    )
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    workflow_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(40))
    active_key: Mapped[str | None] = mapped_column(String(200))
    """Set while unfinished: a second job with the same key is the same job."""
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    """`queued`, `running`, `paused`, `done`, `failed` or `cancelled`."""
    wanted: Mapped[str | None] = mapped_column(String(10))
    """`cancelled` or `paused` while the running job has not obeyed yet."""
    phase: Mapped[str | None] = mapped_column(String(80))
    message: Mapped[str | None]
    engine: Mapped[str | None] = mapped_column(String(40))
    items_done: Mapped[int | None] = mapped_column(BigInteger)
    items_total: Mapped[int | None] = mapped_column(BigInteger)
    bytes_done: Mapped[int | None] = mapped_column(BigInteger)
    bytes_total: Mapped[int | None] = mapped_column(BigInteger)
    speed: Mapped[float | None]
    """Bytes (or items, where no bytes are counted) a second, smoothed."""
    eta: Mapped[float | None]
    """Seconds left, estimated."""
    error: Mapped[str | None]
    error_code: Mapped[str | None] = mapped_column(String(80))
    title_id: Mapped[str | None] = mapped_column(String(7))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
