"""Write migrations/versions/0001_initial.py from the models: only before the first release."""

import asyncio
import sys

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from tests.support.postgres import running_postgres

from shadow.runtime.database import Database
from shadow.runtime.migrations import migrations_folder


def write(connection: Connection) -> None:
    """Compare the models with an empty database and write the difference."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.revision(config, "initial", autogenerate=True, rev_id="0001", head="base", splice=True)


async def main() -> None:
    """Replace the first revision."""
    first = migrations_folder() / "versions" / "0001_initial.py"
    first.unlink(missing_ok=True)
    others = list((migrations_folder() / "versions").glob("0*.py"))
    texts = {path: path.read_text() for path in others}
    for path in others:
        path.unlink()
    try:
        with running_postgres() as url:  # SQLite cannot reflect expression indexes
            database = Database(url)
            async with database.engine.begin() as connection:
                await connection.run_sync(write)
            await database.close()
    finally:
        for path, text in texts.items():
            path.write_text(text)
    sys.stdout.write(f"{first.read_text().count('create_table')} tables\n")


asyncio.run(main())
