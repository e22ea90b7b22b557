"""Telegram: log-ins, channels they know."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telegram_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("premium", sa.Boolean(), nullable=False),
        sa.Column("home_dc", sa.Integer(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("first_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_reason", sa.String(length=200), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_sessions")),
        sa.UniqueConstraint("account", "slot", name=op.f("uq_telegram_sessions_account_slot")),
    )
    op.create_index("ix_telegram_sessions_origin", "telegram_sessions", ["origin"])
    op.create_table(
        "telegram_peers",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("peer_id", sa.BigInteger(), nullable=False),
        sa.Column("access_hash", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("rights", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "peer_id", name=op.f("pk_telegram_peers")),
    )
    _objects()
    op.create_table(
        "forwards_seen",
        sa.Column("channel", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_forwards_seen")),
    )


def _objects() -> None:
    """What is kept in Telegram: objects, their documents, uploads under way."""
    op.create_table(
        "telegram_objects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_objects")),
        sa.UniqueConstraint("name", name=op.f("uq_telegram_objects_name")),
    )
    op.create_index("ix_telegram_objects_state", "telegram_objects", ["state", "id"])
    op.create_table(
        "telegram_parts",
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("dc", sa.Integer(), nullable=False),
        sa.Column("backup_channel", sa.BigInteger(), nullable=True),
        sa.Column("backup_message_id", sa.BigInteger(), nullable=True),
        sa.Column("backup_since", sa.BigInteger(), nullable=True),
        _of_object("telegram_parts"),
        sa.PrimaryKeyConstraint("object_id", "number", name=op.f("pk_telegram_parts")),
    )
    op.create_index("ix_telegram_parts_message", "telegram_parts", ["channel", "message_id"])
    op.create_table(
        "telegram_uploads",
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        _of_object("telegram_uploads"),
        sa.PrimaryKeyConstraint("object_id", "number", name=op.f("pk_telegram_uploads")),
    )
    op.create_table(
        "telegram_upload_parts",
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        _of_object("telegram_upload_parts"),
        sa.PrimaryKeyConstraint(
            "object_id", "upload", "number", name=op.f("pk_telegram_upload_parts")
        ),
    )


def _of_object(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["object_id"],
        ["telegram_objects.id"],
        name=op.f(f"fk_{table}_object_id_telegram_objects"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead: going back would lose what was added")
