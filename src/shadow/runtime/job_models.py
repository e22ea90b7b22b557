"""The registry of jobs: what people see of durable work. The engine keeps its checkpoints apart."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
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
    forked_from: Mapped[str | None] = mapped_column(String(36))
    """The run whose finished steps the present run keeps."""
    handed: Mapped[bool] = mapped_column(default=False)
    """The engine knows of the present run. Until then any worker may tell it."""
    lease: Mapped[str | None] = mapped_column(String(36))
    """The incarnation of the worker that runs it: no other one may write what became of it."""
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(200))
    active_key: Mapped[str | None] = mapped_column(String(200))
    """The key while unfinished: a second job with the same key is the same job."""
    priority: Mapped[int] = mapped_column(default=0)
    """-50 to 50; what is higher starts sooner."""
    source: Mapped[str] = mapped_column(String(100), default="")
    """Whom the work burdens, a host as a rule: so many heavy jobs of one source run at a time."""
    user_id: Mapped[int | None]
    """Who asked for it; no reference, because it outlives the account."""
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    """`queued`, `running`, `paused`, `done`, `failed` or `cancelled`."""
    wanted: Mapped[str | None] = mapped_column(String(10))
    """`cancelled` or `paused` while the running job has not obeyed yet."""
    worker: Mapped[str | None] = mapped_column(String(60))
    """The executor id of the worker that runs or ran it last."""
    home: Mapped[str | None] = mapped_column(String(40))
    """The machine, by its data folder, where it was written down."""
    pinned: Mapped[bool] = mapped_column(default=False)
    """It needs what lies in the data folder of its home, and runs there only."""
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
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What only some engines tell, such as `peers` and `seeds`."""
    error: Mapped[str | None]
    error_code: Mapped[str | None] = mapped_column(String(80))
    title_id: Mapped[str | None] = mapped_column(String(7))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class JobLine(Base):
    """One line of what a job did and met, for the person who looks at it."""

    __tablename__ = "job_lines"
    __table_args__ = (Index("ix_job_lines_job", "job_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    level: Mapped[str] = mapped_column(String(8))
    """`info`, `warning` or `error`."""
    text: Mapped[str]


class JobWorker(Base):
    """A process that takes jobs, while it lives: `beats` goes up every few seconds.

    `incarnation` is new at every start: a worker that was taken for dead and finds its row gone or
    another's has lost its jobs.
    """

    __tablename__ = "job_workers"
    executor: Mapped[str] = mapped_column(String(60), primary_key=True)
    incarnation: Mapped[str] = mapped_column(String(36))
    host: Mapped[str] = mapped_column(String(100))
    pid: Mapped[int]
    version: Mapped[str] = mapped_column(String(40))
    takes: Mapped[bool] = mapped_column(default=True)
    """Whether it takes heavy jobs from the queue; others run only what they start."""
    beats: Mapped[int] = mapped_column(BigInteger, default=0)
    load: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`jobs`, `cpu` (0 to 1), `memory_used`, `memory_total`, `disk_free`, `disk_total` (bytes)."""
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    """For people; whether it lives is told by `beats` alone, which no clock can spoil."""


class ScheduleRun(Base):
    """When a schedule is due next. Whoever moves `due_at` on starts its job."""

    __tablename__ = "schedule_runs"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]
    last_job_id: Mapped[str | None] = mapped_column(String(36))
