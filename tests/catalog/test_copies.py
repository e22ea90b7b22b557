"""What the catalogue remembers of copies of files."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from shadow.catalog.errors import FileMissing
from shadow.catalog.models import File, FileCopy
from shadow.catalog.service import (
    Copied,
    copies_of,
    file_row,
    forget_copies,
    good_copies,
    has_good_copy,
    mark_copy,
    note_sha256,
    record_copy,
)
from shadow.runtime.database import Database
from tests.support.stored_files import catalogue_file

FILE_ID = "Ab3dE9x"
SHA = "a" * 64


@pytest.fixture
async def file_id(database: Database, tmp_path: Path) -> int:
    """A file of one byte whose hash is known."""
    async with database.transaction() as session:
        await catalogue_file(session, tmp_path / "film.mkv", public_id=FILE_ID)
        await session.execute(update(File).values(sha256=SHA))
        found = await session.scalar(select(File.id))
    assert found is not None
    return found


def made(place: str, key: bytes = b"k", *, size: int = 1, sha256: str | None = SHA) -> Copied:
    return Copied("storage", place, key, size, sha256)


async def places(database: Database, file_id: int) -> list[tuple[str, bytes, str]]:
    async with database.session() as session:
        return [(one.place, one.key, one.state) for one in await copies_of(session, file_id)]


async def test_a_copy_recorded_twice_is_one_copy(database: Database, file_id: int) -> None:
    for key in (b"first", b"second"):
        async with database.transaction() as session:
            await record_copy(session, file_id=file_id, copied=made("s3", key))
    assert await places(database, file_id) == [("s3", b"second", "ok")]


async def test_keys_and_states_come_back_as_they_were(database: Database, file_id: int) -> None:
    odd = bytes(range(1, 256))
    async with database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made("s3", odd), state="unchecked")
        mirror = Copied("mirror", "host", b"id", 1, SHA, "https://host.example/id")
        await record_copy(session, file_id=file_id, copied=mirror)
    assert await places(database, file_id) == [("s3", odd, "unchecked"), ("host", b"id", "ok")]


async def test_only_copies_of_this_very_content_are_good(database: Database, file_id: int) -> None:
    async with database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made("good"))
        await record_copy(session, file_id=file_id, copied=made("short", size=2))
        await record_copy(session, file_id=file_id, copied=made("other", sha256="b" * 64))
        await record_copy(session, file_id=file_id, copied=made("unknown", sha256=None))
        await record_copy(session, file_id=file_id, copied=made("gone"), state="missing")
    async with database.session() as session:
        assert [one.place for one in await good_copies(session, file_id)] == ["good"]
        assert await has_good_copy(session, file_id)
    async with database.transaction() as session:
        await note_sha256(session, file_id, "b" * 64)
    async with database.session() as session:
        assert [one.place for one in await good_copies(session, file_id)] == ["other"]
    async with database.transaction() as session:
        await session.execute(update(File).values(sha256=None))
    async with database.session() as session:
        assert not await has_good_copy(session, file_id)


async def test_a_mark_says_when_it_was_made(database: Database, file_id: int) -> None:
    async with database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made("s3"))
        (copy,) = await copies_of(session, file_id)
        before = copy.checked_at
        await mark_copy(session, copy.id, "damaged")
    async with database.session() as session:
        (copy,) = await copies_of(session, file_id)
    assert copy.state == "damaged"
    assert before is not None
    assert copy.checked_at is not None
    assert copy.checked_at >= before


async def test_forgetting_names_places_or_takes_all(database: Database, file_id: int) -> None:
    async with database.transaction() as session:
        for place in ("a", "b", "c"):
            await record_copy(session, file_id=file_id, copied=made(place))
        await forget_copies(session, file_id=file_id, places=["b"])
    assert [one[0] for one in await places(database, file_id)] == ["a", "c"]
    async with database.transaction() as session:
        await forget_copies(session, file_id=file_id)
    assert await places(database, file_id) == []


async def test_copies_go_with_their_file_and_none_comes_after_it(
    database: Database, file_id: int
) -> None:
    async with database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made("s3"))
        await session.execute(delete(File))
    async with database.transaction() as session:
        await record_copy(session, file_id=file_id, copied=made("late"))
    async with database.session() as session:
        assert list(await session.scalars(select(FileCopy))) == []


async def test_a_file_taken_out_has_no_copies_to_show(database: Database, file_id: int) -> None:
    async with database.session() as session:
        assert (await file_row(session, FILE_ID)).id == file_id
    async with database.transaction() as session:
        await session.execute(update(File).values(state="removed"))
    async with database.session() as session:
        with pytest.raises(FileMissing):
            await file_row(session, FILE_ID)
