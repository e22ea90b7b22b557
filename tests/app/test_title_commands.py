"""`shadow title` changes and removes titles, and refuses ids it does not know."""

import subprocess
from pathlib import Path

from sqlalchemy import select

from shadow.catalog.models import Title
from shadow.runtime.database import Database
from tests.support.catalogue import add_file, add_title
from tests.support.databases import sqlite_copy
from tests.support.programs import run


def shadow(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("shadow", "title", *arguments, "--data-dir", data_dir)


async def test_titles_are_edited_and_removed(tmp_path: Path, sqlite_file: Path) -> None:
    database = Database(sqlite_copy(sqlite_file, tmp_path))
    async with database.transaction() as session:
        film = await add_title(session, "Metropolos")
        await add_file(session, film)
    edited = shadow(tmp_path, "edit", film.public_id, "--title", "Metropolis", "--year", "1927")
    assert edited.returncode == 0, edited.stderr
    removed = shadow(tmp_path, "rm", film.public_id)
    assert removed.returncode == 0, removed.stderr
    async with database.session() as session:
        row = (await session.scalars(select(Title))).one()
    await database.close()
    assert (row.title, row.year, row.hidden) == ("Metropolis", 1927, True)
    assert set(row.locked) >= {"title", "year"}


def test_an_unknown_title_and_an_empty_change_are_refused(tmp_path: Path) -> None:
    unknown = shadow(tmp_path, "rm", "abcdefg")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("shadow: ")
    assert shadow(tmp_path, "edit", "abcdefg").returncode == 2
