"""Search, alike on both databases."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shadow.catalog.indexing import spellings
from shadow.catalog.ports import CreditPatch, EpisodePatch, SeasonPatch, TitlePatch
from shadow.catalog.query_words import fts5_match, tsquery, understand_query, whole_and_begun
from shadow.catalog.service import (
    TitleFilter,
    apply_patch,
    find,
    list_titles,
    mark_missing,
    search,
)
from shadow.catalog.spelling import nearest
from tests.catalog.conftest import Shelf
from tests.catalog.finding import found

FILMS = [
    ("Heat", 1995, None),
    ("Heathers", 1989, None),
    ("The Heat", 2013, None),
    ("City Heat", 1984, None),
    ("Body Heat", 1981, 7.4),
    ("Amélie", 2001, "Le Fabuleux Destin d'Amélie Poulain"),
    ("Spirited Away", 2001, "千と千尋の神隠し"),
    ("Spider-Man", 2002, None),
    ("Interstellar", 2014, None),
    ("S.H.I.E.L.D. Files", 2011, None),
    ("Ёлки", 2010, None),
    ("2012", 2009, None),
    ("Schindler's List", 1993, None),
]


async def fill(shelf: Shelf) -> None:
    """Films, a series with named episodes, and people."""
    batch = []
    for title, year, more in FILMS:
        original = more if isinstance(more, str) else None
        rating = more if isinstance(more, float) else None
        patch = TitlePatch(title=title, original_title=original, rating=rating, year=year)
        batch.append(found(f"{title.replace('/', ' ')} ({year}).mkv", patch=patch))
    batch.append(found("Fargo/Fargo - S01E01.mkv"))
    batch.append(found("Fargo/Fargo - S01E02.mkv"))
    await shelf.record(*batch)
    show = (await shelf.one("SELECT id FROM titles WHERE kind = 'show'")).id
    heat = (await shelf.one("SELECT id FROM titles WHERE title = 'Heat'")).id
    season = SeasonPatch(
        episodes={
            1: EpisodePatch(name="The Crocodile's Dilemma"),
            2: EpisodePatch(name="Episode 2"),
        }
    )
    people = (
        CreditPatch("Al Pacino", "actor", "Vincent Hanna", 0, "tmdb:1158"),
        CreditPatch("Renée Zellweger", "actor", "", 1),
    )
    async with shelf.database.transaction() as session:
        await apply_patch(session, show, TitlePatch(seasons={1: season}))
        await apply_patch(session, heat, TitlePatch(credits=people))


async def names(shelf: Shelf, query: str, **options: Any) -> list[str]:
    async with shelf.database.session() as session:
        hits = await find(session, query, **options)
    return [hit.title for hit in hits.items]


async def test_exact_comes_before_beginning_before_word_before_misspelt(shelf: Shelf) -> None:
    await fill(shelf)
    assert await names(shelf, "heat") == ["The Heat", "Heat", "Heathers", "Body Heat", "City Heat"]
    assert (await names(shelf, "the heat"))[0] == "The Heat"
    assert (await names(shelf, "heat 1995"))[0] == "Heat"
    assert (await names(shelf, "heath"))[0] == "Heathers"


TYPED = [
    ("amelie", "Amélie"),
    ("AMÉLIE", "Amélie"),
    ("poulain", "Amélie"),
    ("fabuleux dest", "Amélie"),
    ("千尋", "Spirited Away"),
    ("神", "Spirited Away"),
    ("千と千尋", "Spirited Away"),
    ("spiderman", "Spider-Man"),
    ("spider man", "Spider-Man"),
    ("shield", "S.H.I.E.L.D. Files"),
    ("schindlers", "Schindler's List"),
    ("schindler’s li", "Schindler's List"),
    ("list schindlers", "Schindler's List"),
    ("елки", "Ёлки"),
    ("2012", "2012"),
    ("int", "Interstellar"),
    ("i", "Interstellar"),
    ("intersellar", "Interstellar"),
    ("interstelalr", "Interstellar"),
    ("interstllar 2014", "Interstellar"),
    ("spirted away", "Spirited Away"),
    ("pacino", "Heat"),
    ("al pacin", "Heat"),
    ("zelweger", "Heat"),
    ("renee zellweger", "Heat"),
    ("crocodile", "Fargo"),
    ("crocodiles dilema", "Fargo"),
]


async def test_what_people_type_finds_what_they_mean(shelf: Shelf) -> None:
    await fill(shelf)
    first = {query: (await names(shelf, query) or ["nothing"])[0] for query, _ in TYPED}
    assert first == dict(TYPED)
    assert "Heat" in await names(shelf, "haet")


async def test_a_hit_tells_what_it_was_found_by(shelf: Shelf) -> None:
    await fill(shelf)
    async with shelf.database.session() as session:
        (by_person,) = (await find(session, "pacino")).items
        (by_episode,) = (await find(session, "crocodile")).items
        (by_title,) = (await find(session, "interstellar")).items
    assert (by_person.matched, by_person.because) == ("person", "Al Pacino")
    assert (by_episode.matched, by_episode.because) == ("episode", "The Crocodile's Dilemma")
    assert (by_title.matched, by_title.because) == ("title", None)


async def test_names_that_say_nothing_and_hidden_titles_are_not_found(shelf: Shelf) -> None:
    await fill(shelf)
    assert await names(shelf, "episode") == []
    file_id = (await shelf.one("SELECT id FROM files WHERE shown_path LIKE '%Interst%'")).id
    async with shelf.database.transaction() as session:
        await mark_missing(session, [file_id])
    assert await names(shelf, "interstellar") == []
    assert await names(shelf, "intersellar") == []


async def test_kinds_and_limits_are_kept(shelf: Shelf) -> None:
    await fill(shelf)
    assert len(await names(shelf, "heat", limit=2)) == 2
    async with shelf.database.session() as session:
        assert await search(session, "fargo", kinds=["movie"]) == []
        assert len(await search(session, "fargo", kinds=["show"])) == 1
        assert await search(session, "crocodile", kinds=["movie", "book"]) == []


async def test_a_changed_title_is_found_by_its_new_name_and_last_by_its_files_name(
    shelf: Shelf,
) -> None:
    await fill(shelf)
    row = (await shelf.one("SELECT id FROM titles WHERE title = 'Heat'")).id
    async with shelf.database.transaction() as session:
        await apply_patch(session, row, TitlePatch(title="Fuego contra fuego"))
    assert await names(shelf, "fuego") == ["Fuego contra fuego"]
    assert (await names(shelf, "heat"))[-1] == "Fuego contra fuego"


async def test_a_rolled_back_change_leaves_the_index_as_it_was(shelf: Shelf) -> None:
    await fill(shelf)
    row = (await shelf.one("SELECT id FROM titles WHERE title = 'Heat'")).id
    async with shelf.database.session() as session:
        await apply_patch(session, row, TitlePatch(title="Fuego"))
        await session.rollback()
    assert await names(shelf, "fuego") == []
    assert "Heat" in await names(shelf, "heat")


async def test_a_list_filter_matches_words_and_forgives_mistakes_too(shelf: Shelf) -> None:
    await fill(shelf)
    async with shelf.database.session() as session:
        for query, total in (("heat", 5), ("pacino", 0), ("intersellar", 1), ("he", 5), ("...", 0)):
            page = await list_titles(session, TitleFilter("movie", q=query))
            assert (page.total, len(page.items)) == (total, total), query
        page = await list_titles(session, TitleFilter("movie", q="heat", year=1995))
        assert [one.title for one in page.items] == ["Heat"]


HOSTILE = [
    "",
    " ",
    "'",
    '"',
    '""',
    "*",
    "heat*",
    "title:heat",
    "NEAR(a b, 2)",
    "heat AND",
    "OR heat NOT",
    "{title} : heat",
    "^heat",
    "-heat",
    "heat:*",
    "heat & !city",
    "(((",
    "%",
    "_",
    "\\",
    "'; DROP TABLE titles; --",
    "\0",
    "he\0at",
    "\ud800",
    "\u202e heat",
    "🎬",
    "a" * 10_000,
    "a " * 5_000,
    "の" * 10_000,
    "\u0301" * 50,
    "क" * 300,
    "１２３",
    "ﷺ",
]


async def test_no_query_is_an_error(shelf: Shelf) -> None:
    await fill(shelf)
    async with shelf.database.session() as session:
        for query in HOSTILE:
            await search(session, query)
            await list_titles(session, TitleFilter("movie", q=query))
        assert [hit.matched for hit in await search(session, "heat:*")][:1] == ["title"]


@given(st.text(max_size=60))
def test_any_text_becomes_a_query_without_syntax_of_its_own(text: str) -> None:
    query = understand_query(text)
    groups = whole_and_begun(query, "ms")
    for written in (fts5_match(groups), tsquery(groups)):
        bare = written.replace('"', "").replace("'", "").replace(":*", "").replace("*", "")
        for operator in ("AND", "OR", "&", "|", "(", ")", " "):
            bare = bare.replace(operator, "")
        assert all(one.isalnum() or one in "ー々〆" or not one.isascii() for one in bare)
    assert all(1 <= len(word) <= 40 for group in query.words for word in group)


@given(st.text("abcdefghij", min_size=4, max_size=12), st.data())
def test_any_one_mistake_shares_a_spelling_with_the_word(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    wrong = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at:],
                word[:at] + "x" + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    assert spellings(word) & spellings(wrong)
    if wrong != word:
        assert nearest(wrong, {word}) == [word]
