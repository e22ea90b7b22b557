"""Recording what a scan found."""

import asyncio
import random

import pytest
from sqlalchemy import event

from shadow.catalog.found import LocalArtwork
from shadow.catalog.ports import TitlePatch
from shadow.catalog.service import record_files, remove_file, restore_file
from tests.catalog.conftest import Shelf
from tests.catalog.finding import Chapter, Facts, Stream, found

LIBRARY = [
    found("Heat (1995)/Heat (1995) 1080p.mkv"),
    found("Heat (1995)/Heat (1995) 2160p.mkv"),
    found("Heat (1995)/Heat (1995)-trailer.mkv"),
    found("Solaris (1972).mkv"),
    found("Solaris (2002).mkv"),
    found("The Wire/Season 01/The Wire - S01E01.mkv"),
    found("The Wire/Season 01/The Wire - S01E02E03.mkv"),
    found("The Wire/Season 02/The Wire - S02E01.mkv"),
    found("Broken (2011).mkv", error="The content is damaged."),
]


async def test_films_series_versions_and_extras_find_their_places(shelf: Shelf) -> None:
    batch = await shelf.record(*LIBRARY)
    assert (batch.added, batch.updated, batch.unchanged, batch.failed) == (9, 0, 0, 1)
    assert await shelf.titles() == [
        ("movie", "Heat", 1995, False),
        ("movie", "Solaris", 1972, False),
        ("movie", "Solaris", 2002, False),
        ("show", "The Wire", None, False),
    ]
    heat = await shelf.rows(
        "SELECT role, resolution FROM files f JOIN titles t ON t.id = f.title_id "
        "WHERE t.title = 'Heat' ORDER BY f.role, f.resolution"
    )
    assert [tuple(row) for row in heat] == [
        ("main", "1080p"),
        ("main", "2160p"),
        ("trailer", None),
    ]
    wire = await shelf.one("SELECT season_count, episode_count FROM titles WHERE kind = 'show'")
    assert tuple(wire) == (2, 4)
    held = await shelf.rows(
        "SELECT e.number FROM file_episodes fe JOIN episodes e ON e.id = fe.episode_id "
        "JOIN files f ON f.id = fe.file_id WHERE f.shown_path LIKE '%E02E03%' ORDER BY position"
    )
    assert [row.number for row in held] == [2, 3]
    broken = await shelf.one("SELECT state, error, title_id FROM files WHERE error IS NOT NULL")
    assert tuple(broken) == ("failed", "The content is damaged.", None)


async def test_recording_the_same_again_writes_nothing(shelf: Shelf) -> None:
    await shelf.record(*LIBRARY)
    written: list[str] = []
    engine = shelf.database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "BEGIN")):
            written.append(statement)

    batch = await shelf.record(*LIBRARY)
    assert (batch.added, batch.updated, batch.unchanged) == (0, 0, 9)
    assert written == []


@pytest.mark.parametrize("seed", range(4))
async def test_the_order_and_size_of_batches_do_not_matter(shelf: Shelf, seed: int) -> None:
    order = list(LIBRARY)
    random.Random(seed).shuffle(order)
    cut = seed * 2
    await shelf.record(*order[:cut])
    await shelf.record(*order)
    in_pieces = await shelf.dump()
    assert in_pieces["titles"]
    assert [row[:4] for row in in_pieces["titles"]] == [
        ("movie", "movie:heat:1995", "Heat", 1995),
        ("movie", "movie:solaris:1972", "Solaris", 1972),
        ("movie", "movie:solaris:2002", "Solaris", 2002),
        ("show", "show:thewire:", "The Wire", None),
    ]
    assert len(in_pieces["files"]) == 9
    assert len(in_pieces["streams"]) == 8 * 3
    trailer = next(row for row in in_pieces["files"] if row[2] == "trailer")
    assert trailer[5] == "movie:heat:1995"


async def test_two_writers_of_the_same_files_leave_one_catalogue(shelf: Shelf) -> None:
    await asyncio.gather(*(shelf.record(*LIBRARY) for _ in range(4)))
    at_once = await shelf.dump()
    assert len(at_once["files"]) == 9
    assert len(at_once["titles"]) == 4
    assert len(at_once["streams"]) == 24
    tallies = {row[:2]: int(row[2]) for row in at_once["tallies"]}
    assert tallies["movie", "all"] == 3
    assert tallies["file", "present"] == 8


async def test_writers_of_different_episodes_of_one_show_do_not_miss_each_other(
    shelf: Shelf,
) -> None:
    await asyncio.gather(
        *(shelf.record(found(f"Lost/Lost - S01E{number:02}.mkv")) for number in range(1, 9))
    )
    assert tuple(await shelf.one("SELECT episode_count, season_count FROM titles")) == (8, 1)


async def test_a_name_without_a_year_joins_the_only_title_of_that_name(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv"))
    await shelf.record(found("elsewhere/Heat.mkv"))
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]


async def test_a_title_without_a_year_takes_that_of_the_next_name(shelf: Shelf) -> None:
    await shelf.record(found("Heat.mkv"))
    assert (await shelf.one("SELECT review FROM titles")).review == "doubtful"
    await shelf.record(found("Heat (1995) 1080p.mkv"))
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]
    row = await shelf.one("SELECT review, match_key, search_text FROM titles")
    assert tuple(row) == ("ok", "movie:heat:1995", "mheat m1995")


async def test_among_several_of_one_name_a_bare_name_stays_apart_and_in_review(
    shelf: Shelf,
) -> None:
    await shelf.record(found("Solaris (1972).mkv"), found("Solaris (2002).mkv"))
    await shelf.record(found("Solaris.mkv"))
    await shelf.record(found("copies/Solaris.mkv"))
    assert len(await shelf.titles()) == 3
    alone = await shelf.one("SELECT review, review_reason FROM titles WHERE year IS NULL")
    assert alone.review == "doubtful"
    assert "year" in alone.review_reason


async def test_a_file_replaced_in_place_keeps_its_row_and_gets_new_streams(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv", content="dvd"))
    before = await shelf.one("SELECT id, public_id, title_id, added_at FROM files")
    better = Facts(streams=(Stream(0, "video", "hevc", width=3840),), chapters=(Chapter(0, 9),))
    batch = await shelf.record(found("Heat (1995).mkv", content="bluray", facts=better))
    assert (batch.updated, batch.added) == (1, 0)
    assert await shelf.one("SELECT id, public_id, title_id, added_at FROM files") == before
    assert [row.codec for row in await shelf.rows("SELECT codec FROM streams")] == ["hevc"]


async def test_a_changed_probe_of_an_unchanged_file_is_written(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv"))
    batch = await shelf.record(found("Heat (1995).mkv", facts=Facts(duration=10.0)))
    assert batch.updated == 1
    assert (await shelf.one("SELECT duration FROM files")).duration == 10.0


async def test_a_file_that_breaks_keeps_its_title_which_is_hidden_until_it_is_mended(
    shelf: Shelf,
) -> None:
    await shelf.record(found("Heat (1995).mkv"))
    await shelf.record(found("Heat (1995).mkv", content="broken", error="It is damaged."))
    assert await shelf.titles() == [("movie", "Heat", 1995, True)]
    assert await shelf.rows("SELECT codec FROM streams") == []
    await shelf.record(found("Heat (1995).mkv"))
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]


async def test_an_extra_that_comes_first_is_attached_once_its_title_comes(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995)/Extras/Making Of.mkv"))
    assert (await shelf.one("SELECT title_id FROM files")).title_id is None
    await shelf.record(found("Heat (1995)/Heat (1995).mkv"))
    titles = {row.title_id for row in await shelf.rows("SELECT title_id FROM files")}
    assert len(titles) == 1
    assert None not in titles


async def test_a_removed_file_stays_removed_until_restored_or_changed(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv"))
    public_id = (await shelf.one("SELECT public_id FROM files")).public_id
    async with shelf.database.transaction() as session:
        await remove_file(session, public_id)
    await shelf.record(found("Heat (1995).mkv", mtime_ns=5))
    assert (await shelf.one("SELECT state FROM files")).state == "removed"
    assert await shelf.titles() == [("movie", "Heat", 1995, True)]
    async with shelf.database.transaction() as session:
        await restore_file(session, public_id)
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]
    async with shelf.database.transaction() as session:
        await remove_file(session, public_id)
    await shelf.record(found("Heat (1995).mkv", content="another film entirely"))
    assert (await shelf.one("SELECT state FROM files")).state == "present"


async def test_hostile_paths_and_names_are_recorded(shelf: Shelf) -> None:
    long = "/".join(["ü" * 120] * 16)
    names = [
        b"\xff\xfe (2001).mkv",
        b"new\nline (2002).mkv",
        b"-rf (2003).mkv",
        ("\u202e gpj (2004).mkv").encode(),
        b"x" * 251 + b".mkv",
        f"{long}/Deep (2005).mkv".encode(),
        b"'; DROP TABLE titles; -- (2006).mkv",
    ]
    batch = await shelf.record(*(found(name) for name in names))
    assert batch.added == len(names)
    assert (await shelf.record(*(found(name) for name in names))).unchanged == len(names)
    paths = {bytes(row.path) for row in await shelf.rows("SELECT path FROM files")}
    assert paths == {b"/library/" + name for name in names}


async def test_dated_episodes_stand_in_the_season_of_their_year(shelf: Shelf) -> None:
    await shelf.record(found("The Late Show/The Late Show 2020-01-02.mkv"))
    row = await shelf.one(
        "SELECT s.number AS season, e.number, e.air_date FROM episodes e "
        "JOIN seasons s ON s.id = e.season_id"
    )
    assert (row.season, row.number, str(row.air_date)) == (2020, 20200102, "2020-01-02")


async def test_what_lies_beside_a_file_reaches_its_title(shelf: Shelf) -> None:
    poster = LocalArtwork("poster", b"/library/Heat (1995)/poster.jpg")
    given = found(
        "Heat (1995)/Heat (1995).mkv",
        patch=TitlePatch(overview="A thief and a policeman.", genres=("Crime",)),
        artwork=(poster,),
    )
    first, again = await shelf.record(given), await shelf.record(given)
    assert (await shelf.one("SELECT overview FROM titles")).overview == "A thief and a policeman."
    assert [row.name for row in await shelf.rows("SELECT name FROM genres")] == ["Crime"]
    assert first.artwork == again.artwork
    assert first.artwork[0].artwork == (poster,)
    assert again.unchanged == 1


async def test_an_empty_batch_is_nothing(shelf: Shelf) -> None:
    async with shelf.database.transaction() as session:
        batch = await record_files(session, [])
    assert batch.file_ids == {}
