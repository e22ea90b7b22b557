"""Alembic's entry: runs on the connection that `shadow.runtime.migrations` hands over."""

from alembic import context

from shadow.app.slices import TABLES
from shadow.runtime.database import UtcDateTime


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Write our own column type as the plain one: a history imports no product code."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=TABLES,
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=False,
)
context.run_migrations()
