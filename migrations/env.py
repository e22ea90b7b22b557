"""Alembic's entry: runs on the connection that `shadow.runtime.migrations` hands over."""

from alembic import context

from shadow.app.slices import TABLES

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=TABLES,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
