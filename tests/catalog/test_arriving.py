"""Titles that are shown before their first file is there, and what becomes of them."""

from sqlalchemy import text

from shadow.catalog.arriving import announce_titles, awaited_jobs, end_arrivals, note_hashes
from shadow.catalog.listing import TitleFilter, list_titles
from shadow.catalog.presence import mark_missing
from tests.catalog.conftest import Shelf
from tests.catalog.finding import found

JOB, OTHER = "a" * 36, "b" * 36
FILM = "Films/Nosferatu (1922)/Nosferatu (1922).mkv"


async def announce(shelf: Shelf, *paths: str, job_id: str = JOB) -> list[str]:
    async with shelf.database.transaction() as session:
        files = [found(path) for path in paths]
        return [one.title for one in await announce_titles(session, files, job_id=job_id)]


async def end(shelf: Shelf, job_id: str = JOB) -> int:
    async with shelf.database.transaction() as session:
        return await end_arrivals(session, [job_id])


async def cards(shelf: Shelf) -> dict[str, bool]:
    """Return the films of the list: is each of them arriving?"""
    async with shelf.database.session() as session:
        page = await list_titles(session, TitleFilter("movie"))
    assert page.total == len(page.items)
    return {one.title: one.arriving for one in page.items}


async def test_a_title_is_shown_while_its_file_is_on_the_way(shelf: Shelf) -> None:
    assert await announce(shelf, FILM) == ["Nosferatu"]
    assert await announce(shelf, FILM) == ["Nosferatu"]
    assert await cards(shelf) == {"Nosferatu": True}
    async with shelf.database.session() as session:
        assert await awaited_jobs(session) == [JOB]
    batch = await shelf.record(found(FILM))
    assert batch.new_title_ids == ()
    assert await end(shelf) == 1
    assert await cards(shelf) == {"Nosferatu": False}
    assert await end(shelf) == 0


async def test_a_title_whose_file_never_came_is_forgotten(shelf: Shelf) -> None:
    before = await shelf.dump()
    await announce(shelf, FILM, "Films/Other (1999)/Other (1999).mkv")
    assert len(await cards(shelf)) == 2
    assert await end(shelf) == 2
    assert await shelf.dump() == before


async def test_a_title_that_a_person_edited_meanwhile_is_kept_hidden(shelf: Shelf) -> None:
    await announce(shelf, FILM)
    async with shelf.database.transaction() as session:
        (title,) = await announce_titles(session, [found(FILM)], job_id=JOB)
    async with shelf.database.transaction() as session:
        await session.execute(
            text("UPDATE titles SET locked = '[\"title\"]' WHERE id = :id"), {"id": title.id}
        )
    await end(shelf)
    assert await shelf.titles() == [("movie", "Nosferatu", 1922, True)]


async def test_a_title_that_has_a_file_is_not_arriving(shelf: Shelf) -> None:
    await shelf.record(found(FILM))
    assert await announce(shelf, "Films/Nosferatu (1922)/Nosferatu (1922) (2).mkv") == ["Nosferatu"]
    assert await cards(shelf) == {"Nosferatu": False}
    assert await end(shelf) == 0


async def test_a_title_whose_files_are_missing_is_shown_again_and_hidden_again(
    shelf: Shelf,
) -> None:
    batch = await shelf.record(found(FILM))
    async with shelf.database.transaction() as session:
        await mark_missing(session, list(batch.file_ids.values()))
    assert await cards(shelf) == {}
    await announce(shelf, FILM)
    assert await cards(shelf) == {"Nosferatu": True}
    await end(shelf)
    assert await shelf.titles() == [("movie", "Nosferatu", 1922, True)]


async def test_two_jobs_that_bring_one_show_end_in_any_order(shelf: Shelf) -> None:
    one, two = (f"Series/Show/Season 01/Show - S01E0{number}.mkv" for number in (1, 2))
    await announce(shelf, one)
    await announce(shelf, two, job_id=OTHER)
    await shelf.record(found(two))
    assert await end(shelf, OTHER) == 0
    assert await end(shelf) == 1
    assert await shelf.titles() == [("show", "Show", None, False)]


async def test_hashes_are_kept_until_the_content_is_another(shelf: Shelf) -> None:
    batch = await shelf.record(found(FILM))
    (file_id,) = batch.file_ids.values()
    async with shelf.database.transaction() as session:
        await note_hashes(session, file_id, sha256="1" * 64, oshash="2" * 16)
    await shelf.record(found(FILM, mtime_ns=5))
    assert (await shelf.one("SELECT sha256, oshash FROM files")) == ("1" * 64, "2" * 16)
    await shelf.record(found(FILM, content="another"))
    assert (await shelf.one("SELECT sha256, oshash FROM files")) == (None, None)
