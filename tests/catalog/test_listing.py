"""Pages of titles and files."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shadow.catalog import listing
from shadow.catalog.errors import ListRefused
from shadow.catalog.ports import TitlePatch
from shadow.catalog.service import (
    FileFilter,
    TitleFilter,
    genre_list,
    list_files,
    list_titles,
    mark_missing,
    record_files,
)
from shadow.kit.paging import CursorInvalid, encode_cursor
from tests.catalog.conftest import Shelf
from tests.catalog.finding import found

NAMES = ["Zebra", "amber", "Ärger", "The Apple", "Éclair", "日本", "Zoo", "Amber II", "Ökonom", "Б"]
MOVIES = TitleFilter("movie")


async def fill(shelf: Shelf, count: int = 30, *, seed: int = 1) -> None:
    """Films with years, ratings, genres and times of which several are equal or missing."""
    dice = random.Random(seed)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    batch = []
    for number in range(count):
        name = f"{dice.choice(NAMES)} {number}x"
        given = found(
            f"{name} ({dice.choice([1990, 1990, 2000])}).mkv",
            patch=TitlePatch(
                title=name,
                rating=dice.choice([None, 5.0, 5.0, 7.5]),
                genres=tuple(dice.sample(["Drama", "Crime", "Noir"], dice.randint(0, 2))),
            ),
        )
        batch.append(given)
        if number % 5 == 4 or number == count - 1:
            moment = start + timedelta(minutes=number)
            async with shelf.database.transaction() as session:
                await record_files(session, batch, clock=lambda moment=moment: moment)
            batch = []


async def walk(shelf: Shelf, wanted: TitleFilter, sort: str, limit: int) -> list[Any]:
    items, cursor = [], None
    while True:
        async with shelf.database.session() as session:
            page = await list_titles(session, wanted, sort=sort, cursor=cursor, limit=limit)
        items += page.items
        if page.next_cursor is None:
            assert page.total == len(items)
            return items
        assert len(page.items) == limit
        cursor = page.next_cursor


@pytest.mark.parametrize("sort", ["title", "-title", "-added", "year", "-rating"])
@pytest.mark.parametrize("fetching", [0, 10**9])
async def test_every_title_comes_once_and_in_order(
    shelf: Shelf, sort: str, fetching: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "FETCHING", fetching)  # both roads to a page
    await fill(shelf)
    keys = {
        "title": lambda one: sorts[one.id],
        "added": lambda one: one.added_at,
        "year": lambda one: one.year or 0,
        "rating": lambda one: one.rating or 0,
    }
    key = keys[sort.removeprefix("-")]
    rows = await shelf.rows("SELECT public_id, sort_title FROM titles")
    sorts = {row.public_id: row.sort_title for row in rows}
    for wanted in (
        MOVIES,
        TitleFilter("movie", genre="Crime"),
        TitleFilter("movie", year=1990),
        TitleFilter("movie", year=1990, genre="Drama"),
        TitleFilter("movie", q="amber"),
        TitleFilter("movie", q="amber", genre="Drama"),
    ):
        items = await walk(shelf, wanted, sort, 4)
        assert items
        assert len({one.id for one in items}) == len(items)
        found_keys = [key(one) for one in items]
        assert found_keys == sorted(found_keys, reverse=sort.startswith("-"))
        assert all(wanted.year in (None, one.year) for one in items)
        assert all(wanted.genre is None or wanted.genre in one.genres for one in items)
    assert len(await walk(shelf, MOVIES, sort, 7)) == 30


async def test_titles_that_come_in_between_neither_repeat_nor_hide_others(shelf: Shelf) -> None:
    await fill(shelf, 20)
    before = {row.public_id for row in await shelf.rows("SELECT public_id FROM titles")}
    seen: list[str] = []
    cursor, number = None, 0
    while True:
        async with shelf.database.session() as session:
            page = await list_titles(session, MOVIES, cursor=cursor, limit=3)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        number += 1
        await shelf.record(found(f"Apple {number} ({1900 + number}).mkv"))
        await shelf.record(found(f"Zoo {number}b ({1900 + number}).mkv"))
    assert len(set(seen)) == len(seen)
    assert before <= set(seen)


async def test_totals_and_genres_follow_what_is_shown(shelf: Shelf) -> None:
    crime = TitlePatch(genres=("Crime", "Drama"))
    batch = await shelf.record(
        found("One (2001).mkv", patch=crime),
        found("Two (2001).mkv", patch=TitlePatch(genres=("Crime",))),
        found("Show/Show - S01E01.mkv", patch=TitlePatch(genres=("Crime",))),
    )
    async with shelf.database.session() as session:
        assert (await list_titles(session, MOVIES)).total == 2
        genres = await genre_list(session, "movie")
        assert [(one.name, one.count) for one in genres.items] == [("Crime", 2), ("Drama", 1)]
    async with shelf.database.transaction() as session:
        await mark_missing(session, [batch.file_ids[b"/library/One (2001).mkv"]])
    async with shelf.database.session() as session:
        assert (await list_titles(session, MOVIES)).total == 1
        assert (await list_titles(session, TitleFilter("movie", genre="Drama"))).items == []
        assert (await list_titles(session, TitleFilter("movie", genre="None such"))).total == 0
        genres = await genre_list(session, "movie")
        assert [(one.name, one.count) for one in genres.items] == [("Crime", 1)]
        assert [one.count for one in (await genre_list(session, "show")).items] == [1]


async def test_tallies_follow_deleted_titles_too(shelf: Shelf) -> None:
    await fill(shelf, 6)
    await shelf.rows("SELECT 1")
    async with shelf.database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM titles WHERE id <= 3")
    counted = {row[:2]: int(row[2]) for row in (await shelf.dump())["tallies"]}
    assert counted["movie", "all"] == 3
    genres = await shelf.rows("SELECT g.genre_id, count(*) FROM title_genres g GROUP BY g.genre_id")
    for genre_id, number in genres:
        assert counted["movie", f"genre:{genre_id}"] == number
    years = await shelf.rows(
        "SELECT g.genre_id, t.year, count(*) FROM title_genres g "
        "JOIN titles t ON t.id = g.title_id GROUP BY g.genre_id, t.year"
    )
    for genre_id, year, number in years:
        assert counted["movie", f"both:{genre_id}:{year}"] == number


async def test_files_are_listed_by_state_and_by_their_titles_words(shelf: Shelf) -> None:
    await shelf.record(
        found("Heat (1995).mkv"),
        found("Heat (1995) 4k.mkv"),
        found("Solaris (1972).mkv"),
        found("noise/Broken 50% tape.mkv", error="It is damaged."),
    )

    async def paths(wanted: FileFilter, **options: Any) -> list[str]:
        async with shelf.database.session() as session:
            page = await list_files(session, wanted, **options)
            assert page.total == len(page.items)
            return [one.path.removeprefix("/library/") for one in page.items]

    assert len(await paths(FileFilter())) == 4
    assert await paths(FileFilter(state="failed")) == ["noise/Broken 50% tape.mkv"]
    assert await paths(FileFilter(state="removed")) == []
    assert await paths(FileFilter(q="heat"), sort="title") == [
        "Heat (1995) 4k.mkv",
        "Heat (1995).mkv",
    ]
    assert await paths(FileFilter(q="50% t")) == ["noise/Broken 50% tape.mkv"]
    assert await paths(FileFilter(q="heat", state="failed")) == []
    assert await paths(FileFilter(year=1972)) == ["Solaris (1972).mkv"]
    assert (await paths(FileFilter(), sort="-year"))[0].startswith("Heat")
    assert len(await paths(FileFilter(), sort="-added")) == 4


async def test_a_listed_file_tells_its_streams_and_episodes(shelf: Shelf) -> None:
    await shelf.record(found("Lost/Lost - S02E03E04 720p.mkv"))
    async with shelf.database.session() as session:
        (file,) = (await list_files(session, FileFilter())).items
    assert (file.season, file.episode, file.episodes) == (2, 3, [3, 4])
    assert [one.type for one in file.streams] == ["video", "audio", "subtitle"]
    assert (file.container, file.resolution, file.state) == ("matroska", "720p", "present")


FORGED = [
    ("title", "nonsense"),
    ("title", "é"),
    ("title", encode_cursor("title", "x", 10**30)),
    ("title", encode_cursor("title", "x", "y")),
    ("title", encode_cursor("title", 5, 5)),
    ("title", encode_cursor("title", "a\0b", 5)),
    ("title", encode_cursor("title", None, 5)),
    ("title", encode_cursor("year", 5, 5)),
    ("title", encode_cursor("title", "x", 1, 2)),
    ("title", encode_cursor("title", "x", -1)),
    ("title", encode_cursor("title", "x", True)),
    ("added", encode_cursor("added", 10**25, 1)),
    ("year", encode_cursor("year", 2**40, 1)),
    ("rating", encode_cursor("rating", 1e300, 1)),
]


async def test_a_forged_cursor_is_refused(shelf: Shelf) -> None:
    async with shelf.database.session() as session:
        for sort, cursor in FORGED:
            with pytest.raises(CursorInvalid):
                await list_titles(session, MOVIES, sort=sort, cursor=cursor)


async def test_unknown_orders_and_states_are_refused(shelf: Shelf) -> None:
    async with shelf.database.session() as session:
        with pytest.raises(ListRefused):
            await list_titles(session, MOVIES, sort="--title")
        with pytest.raises(ListRefused):
            await list_files(session, FileFilter(state="lost"))
        with pytest.raises(ListRefused):
            await list_files(session, FileFilter(), sort="rating")


async def test_hostile_filters_are_only_text(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv"), found("broken.mkv", error="Damaged."))
    async with shelf.database.session() as session:
        for hostile in ("\0", "'", '"', "%", "_", "\\", "\ud800", "x" * 10_000, "*"):
            for wanted in (TitleFilter("movie", q=hostile), TitleFilter("movie", genre=hostile)):
                assert (await list_titles(session, wanted)).items == []
            assert (await list_files(session, FileFilter(q=hostile))).items == []
            assert (await list_files(session, FileFilter(genre=hostile))).items == []
