"""Bring the database to the newest schema: one linear Alembic history for both databases."""

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shadow.runtime.database import Database

POSTGRES_LOCK = 0x5AD0
"""Advisory lock that keeps two starting servers from migrating at once."""


def migrations_folder() -> Path:
    """Return the folder of the history: inside the installed package, or beside `src`."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parents[1] / "migrations"


def newest_revision() -> str:
    """Return the id of the newest revision; ids are numbers that grow, as in `0002`."""
    names = sorted(path.stem for path in (migrations_folder() / "versions").glob("[0-9]*.py"))
    return names[-1].split("_")[0]


async def is_current(database: Database) -> bool:
    """Tell whether the database has the newest schema."""
    try:
        async with database.engine.connect() as connection:
            found = await connection.execute(text("SELECT version_num FROM alembic_version"))
            versions: Sequence[str] = found.scalars().all()
    except DBAPIError:  # there is no such table yet, or no database: `migrate` tells which
        return False
    return list(versions) == [newest_revision()]


async def migrate(database: Database) -> bool:
    """Bring the database to the newest schema; tells whether there was anything to do."""
    if await is_current(database):
        return False
    async with database.transaction() as session:
        connection = await session.connection()
        if database.dialect == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})"))
        await connection.run_sync(_upgrade)
    return True


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
