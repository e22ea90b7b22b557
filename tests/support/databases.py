"""Empty, migrated databases for tests, made quickly: a copied file, a cloned template."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from shadow.runtime.database import Database
from shadow.runtime.migrations import migrate


def _migrate(url: str) -> None:
    async def run() -> None:
        database = Database(url)
        await migrate(database)
        if database.dialect == "sqlite":  # leave one file without a log beside it
            async with database.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await database.close()

    asyncio.run(run())


def sqlite_template(folder: Path) -> Path:
    """Make a migrated SQLite file to copy from."""
    template = folder / "template.sqlite"
    _migrate(f"sqlite+aiosqlite:///{template}")
    return template


def sqlite_copy(template: Path, folder: Path) -> str:
    """Copy the template into `folder`; returns its URL."""
    target = folder / "shadow.sqlite"
    shutil.copy(template, target)
    return f"sqlite+aiosqlite:///{target}"


def postgres_template(server: str) -> str:
    """Make a migrated database on the server to clone from; returns its name."""
    _execute(server, 'CREATE DATABASE "template_shadow"')
    _migrate(_url(server, "template_shadow"))
    return "template_shadow"


@contextmanager
def postgres_clone(server: str, template: str) -> Iterator[str]:
    """Clone the template; the value is the clone's URL. Dropped at the end."""
    name = f"test_{uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield _url(server, name)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    plain = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type] # names made here, not literals
