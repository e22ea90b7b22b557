"""Jobs of many workers: queues, priorities, leases, signs of life, logs, schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = (
    sa.Column("forked_from", sa.String(36)),
    # What the engine was told of before this revision it knows.
    sa.Column("handed", sa.Boolean(), nullable=False, server_default=sa.true()),
    sa.Column("lease", sa.String(36)),
    sa.Column("key", sa.String(200)),
    sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("source", sa.String(100), nullable=False, server_default=""),
    sa.Column("user_id", sa.Integer()),
    sa.Column("worker", sa.String(60)),
    sa.Column("details", sa.JSON()),
)


def upgrade() -> None:
    for column in ADDED:
        op.add_column("jobs", column)
    op.execute("UPDATE jobs SET key = active_key")
    op.create_table(
        "job_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_lines_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_lines")),
    )
    op.create_index("ix_job_lines_job", "job_lines", ["job_id", "id"])
    op.create_table(
        "job_workers",
        sa.Column("executor", sa.String(60), nullable=False),
        sa.Column("incarnation", sa.String(36), nullable=False),
        sa.Column("host", sa.String(100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("load", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor", name=op.f("pk_job_workers")),
    )
    op.create_table(
        "schedule_runs",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_job_id", sa.String(36)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule_runs")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what was added")
