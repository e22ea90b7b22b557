"""What people and providers change, and what a title's page shows of it."""

from datetime import date

import pytest
from sqlalchemy import event

from shadow.catalog.errors import EditRefused, PersonMissing, TitleMissing
from shadow.catalog.events import TitlesChanged
from shadow.catalog.ports import (
    CollectionPatch,
    CreditPatch,
    EpisodePatch,
    SeasonPatch,
    TitlePatch,
)
from shadow.catalog.schemas import TitleEdit, TitleOut
from shadow.catalog.service import (
    WantedImage,
    accept_review,
    apply_patch,
    cards,
    edit_title,
    list_review,
    show_person,
    show_title,
    understand_path,
)
from shadow.runtime.database import Database
from tests.catalog.conftest import Shelf
from tests.catalog.finding import Chapter, Facts, found

PATCH = TitlePatch(
    title="Heat",
    original_title="Heat: L.A.",
    year=1995,
    overview="A thief and a policeman.",
    tagline="A Los Angeles crime saga.",
    rating=7.9,
    runtime_minutes=170,
    certification="R",
    released=date(1995, 12, 15),
    genres=("Crime", "Drama"),
    external_ids={"tmdb": "949"},
    credits=(
        CreditPatch("Al Pacino", "actor", "Vincent Hanna", 0, "tmdb:1158", "http://i/al.jpg"),
        CreditPatch("Michael Mann", "director", position=1, provider_key="tmdb:638"),
    ),
    poster_url="http://i/p.jpg",
    backdrop_url="http://i/b.jpg",
    collection=CollectionPatch("Mann's L.A.", "tmdb:1"),
)


async def film(shelf: Shelf, name: str = "Heat (1995).mkv") -> tuple[int, str]:
    """Record one film; its ids."""
    await shelf.record(found(name))
    row = await shelf.one("SELECT id, public_id FROM titles")
    return row.id, row.public_id


async def patched(shelf: Shelf, title_id: int, patch: TitlePatch) -> list[WantedImage]:
    async with shelf.database.transaction() as session:
        return await apply_patch(session, title_id, patch)


async def page(shelf: Shelf, public_id: str) -> TitleOut:
    async with shelf.database.session() as session:
        return await show_title(session, public_id)


async def edited(shelf: Shelf, public_id: str, **fields: object) -> TitleOut:
    async with shelf.database.transaction() as session:
        return await edit_title(session, public_id, TitleEdit.model_validate(fields))


async def test_a_patch_fills_a_title_and_names_its_pictures(shelf: Shelf) -> None:
    row_id, public_id = await film(shelf)
    wanted = await patched(shelf, row_id, PATCH)
    assert {(one.owner, one.column, one.url) for one in wanted} == {
        ("title", "poster_id", "http://i/p.jpg"),
        ("title", "backdrop_id", "http://i/b.jpg"),
        ("person", "photo_id", "http://i/al.jpg"),
    }
    shown = await page(shelf, public_id)
    assert (shown.title, shown.year, shown.rating, shown.genres) == (
        "Heat",
        1995,
        7.9,
        ["Crime", "Drama"],
    )
    assert [(one.name, one.job, one.character) for one in shown.people] == [
        ("Al Pacino", "actor", "Vincent Hanna"),
        ("Michael Mann", "director", None),
    ]
    assert [one.name for one in shown.collections] == ["Mann's L.A."]
    assert shown.external_ids == {"tmdb": "949"}
    async with shelf.database.session() as session:
        person = await show_person(session, shown.people[0].id)
    assert (person.name, [one.id for one in person.titles]) == ("Al Pacino", [public_id])


async def test_the_same_patch_again_changes_nothing(shelf: Shelf) -> None:
    row_id, _ = await film(shelf)
    await patched(shelf, row_id, PATCH)
    written: list[str] = []

    @event.listens_for(shelf.database.engine.sync_engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *rest: object) -> None:
        if statement.startswith(("UPDATE", "DELETE")):
            written.append(statement)

    told: list[object] = []

    async def deliver(events: list[object]) -> None:
        told.extend(events)

    listening = Database(shelf.database.url.render_as_string(False), deliver=deliver)
    async with listening.transaction() as session:
        await apply_patch(session, row_id, PATCH)
    await listening.close()
    await patched(shelf, row_id, PATCH)
    assert written == []
    assert told == []


async def test_a_refresh_never_overwrites_what_a_person_edited(shelf: Shelf) -> None:
    row_id, public_id = await film(shelf)
    shown = await edited(
        shelf, public_id, title="Heißes L.A.", genres=["Noir"], overview=None, year=1996
    )
    assert shown.locked == ["genres", "overview", "title", "year"]
    await patched(shelf, row_id, PATCH)
    shown = await page(shelf, public_id)
    assert (shown.title, shown.genres, shown.overview, shown.year) == (
        "Heißes L.A.",
        ["Noir"],
        None,
        1996,
    )
    assert shown.tagline == "A Los Angeles crime saga."
    await edited(shelf, public_id, unlock=["title", "genres"])
    await patched(shelf, row_id, PATCH)
    shown = await page(shelf, public_id)
    assert (shown.title, shown.genres, shown.locked) == (
        "Heat",
        ["Crime", "Drama"],
        ["overview", "year"],
    )


async def test_an_edited_title_still_takes_further_files_of_its_old_name(shelf: Shelf) -> None:
    _, public_id = await film(shelf)
    await edited(shelf, public_id, title="Heißes L.A.")
    await shelf.record(found("Heat (1995) 2160p.mkv"))
    assert len((await page(shelf, public_id)).files) == 2


async def test_locked_art_is_not_asked_for(shelf: Shelf) -> None:
    row_id, _ = await film(shelf)
    await shelf.rows("SELECT 1")
    async with shelf.database.transaction() as session:
        await (await session.connection()).exec_driver_sql(
            "UPDATE titles SET locked = '[\"poster\"]'"
        )
    assert {one.column for one in await patched(shelf, row_id, PATCH)} == {
        "backdrop_id",
        "photo_id",
    }


async def test_an_edit_that_cannot_be_kept_is_refused(shelf: Shelf) -> None:
    _, public_id = await film(shelf)
    refused: list[dict[str, object]] = [
        {"title": "  "},
        {"genres": [""]},
        {"genres": ["x" * 81]},
        {"unlock": ["hidden"]},
    ]
    for fields in refused:
        with pytest.raises(EditRefused):
            await edited(shelf, public_id, **fields)


async def test_unknown_ids_are_missing(shelf: Shelf) -> None:
    async with shelf.database.session() as session:
        for public_id in ("aaaaaaa", "", "\0", "\ud800", "x" * 5_000, "../../etc"):
            with pytest.raises(TitleMissing):
                await show_title(session, public_id)
            with pytest.raises(PersonMissing):
                await show_person(session, public_id)
        with pytest.raises(TitleMissing):
            await apply_patch(session, 99, PATCH)


async def test_a_series_page_shows_seasons_and_episodes_here_or_not(shelf: Shelf) -> None:
    await shelf.record(
        found("Lost/Lost - S01E02.mkv", facts=Facts(chapters=(Chapter(0, 60.5, "Intro"),)))
    )
    row = await shelf.one("SELECT id, public_id FROM titles")
    season = SeasonPatch(
        name="Season One",
        poster_url="http://i/s.jpg",
        episodes={
            1: EpisodePatch(name="Pilot", still_url="http://i/e.jpg"),
            2: EpisodePatch(name="Tabula Rasa", absolute=2),
        },
    )
    wanted = await patched(shelf, row.id, TitlePatch(seasons={1: season}))
    assert {(one.owner, one.column) for one in wanted} == {
        ("season", "poster_id"),
        ("episode", "still_id"),
    }
    shown = await page(shelf, row.public_id)
    (only,) = shown.season_list
    assert (only.number, only.title) == (1, "Season One")
    assert [(one.number, one.title, len(one.file_ids)) for one in only.episodes] == [
        (1, "Pilot", 0),
        (2, "Tabula Rasa", 1),
    ]
    assert (shown.seasons, shown.episodes) == (1, 1)
    assert [one.title for one in shown.files[0].chapters] == ["Intro"]


async def test_a_title_page_costs_the_same_few_queries_however_large(shelf: Shelf) -> None:
    counted: list[int] = []
    for episodes in (2, 60):
        await shelf.record(*(found(f"Lost/Lost - S01E{n:02}.mkv") for n in range(1, episodes)))
        public_id = (await shelf.one("SELECT public_id FROM titles")).public_id
        queries: list[str] = []

        def note(_: object, __: object, statement: str, *rest: object) -> None:
            queries.append(statement)  # noqa: B023 it listens within this turn only

        event.listen(shelf.database.engine.sync_engine, "before_cursor_execute", note)
        await page(shelf, public_id)
        event.remove(shelf.database.engine.sync_engine, "before_cursor_execute", note)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 15


async def test_doubtful_titles_wait_in_the_review_list_until_accepted(shelf: Shelf) -> None:
    await shelf.record(
        found("Heat (1995).mkv"), *(found(f"clip {name}.mkv") for name in ("one", "two", "three"))
    )
    async with shelf.database.session() as session:
        first = await list_review(session, limit=2)
        rest = await list_review(session, cursor=first.next_cursor, limit=2)
    items = [*first.items, *rest.items]
    assert (first.total, len(items), rest.next_cursor) == (3, 3, None)
    assert all(one.reason and one.review == "doubtful" for one in items)
    assert items[0].files == ["/library/clip one.mkv"]
    async with shelf.database.transaction() as session:
        await accept_review(session, items[0].id)
    async with shelf.database.session() as session:
        assert (await list_review(session)).total == 2


async def test_cards_come_in_the_order_asked_for(shelf: Shelf) -> None:
    await shelf.record(found("A One (2001).mkv"), found("B Two (2002).mkv"))
    ids = [row.id for row in await shelf.rows("SELECT id FROM titles ORDER BY id DESC")]
    async with shelf.database.session() as session:
        shown = await cards(session, [*ids, 999])
    assert list(shown) == ids


async def test_events_are_told_after_the_commit(database: Database) -> None:
    told: list[object] = []

    async def deliver(events: list[object]) -> None:
        told.extend(events)

    listening = Database(database.url.render_as_string(False), deliver=deliver)
    shelf = Shelf(listening)
    row_id, public_id = await film(shelf)
    told.clear()
    await edited(shelf, public_id, title="Other")
    assert told == [TitlesChanged((row_id,))]
    await listening.close()


def test_folders_of_a_path_are_evidence_for_what_it_is() -> None:
    parsed = understand_path("Show (2019)/Season 02/03 - Name.mkv").as_json()
    assert (parsed["kind"], parsed["title"], parsed["season"], parsed["episodes"]) == (
        "episode",
        "Show",
        2,
        [3],
    )
    assert parsed["name"] == "Show (2019)/Season 02/03 - Name.mkv"
    assert understand_path("")
