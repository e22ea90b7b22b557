"""Keys under which two names meet, and public ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from shadow.catalog import folding
from shadow.catalog.bulk import table_of
from shadow.catalog.identity import fix_slugs, insert_with_public_ids, match_key, new_public_ids
from shadow.catalog.models import Person, Title
from shadow.catalog.service import record_files
from shadow.kit.ids import is_public_id
from shadow.runtime.database import Database
from tests.catalog.finding import found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "AMELIE"),
        ("Spider-Man", "Spider Man"),
        ("Schindler's List", "Schindler’s List"),
        ("Fast & Furious", "Fast and Furious"),
        ("S.H.I.E.L.D.", "SHIELD"),
        ("Ｆｕｌｌ Ｍｅｔａｌ", "Full Metal"),
        ("Straße", "STRASSE"),
        ("Смешарики ёж", "смешарики еж"),
    ],
)
def test_spellings_of_one_title_share_a_key(one: str, other: str) -> None:
    assert match_key("movie", one, 2001) == match_key("movie", other, 2001)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Alien", "Aliens"), ("क्या", "के"), ("!!!", "???"), ("か", "が"), ("Rocky", "Rocky II")],
)
def test_different_titles_have_different_keys(one: str, other: str) -> None:
    assert match_key("movie", one, 2001) != match_key("movie", other, 2001)


def test_kind_and_year_are_part_of_the_key() -> None:
    keys = {match_key(kind, "Fargo", year) for kind in ("movie", "show") for year in (1996, 2014)}
    assert len(keys) == 4


@given(st.text(max_size=300))
def test_any_text_folds_to_something_stable_that_fits_its_column(text: str) -> None:
    folded = folding.fold(text)
    assert folding.fold(folded) == folded
    assert 0 < len(folding.name_key(text)) <= 380
    assert len(match_key("movie", text, 2001)) <= 400
    folding.sort_title(text).encode()
    assert all(word and " " not in word for word in folding.words(text))


@pytest.mark.parametrize(
    ("title", "sorted_as"),
    [
        ("The Matrix", "matrix"),
        ("A Bug's Life", "bugs life"),
        ("An Education", "education"),
        ("The The", "the"),
        ("The", "the"),
        ("Amélie", "amelie"),
        ("Theatre", "theatre"),
        ("...", "..."),
    ],
)
def test_a_leading_article_does_not_count_for_sorting(title: str, sorted_as: str) -> None:
    assert folding.sort_title(title) == sorted_as


def test_a_text_without_spaces_between_words_is_found_by_any_pair() -> None:
    assert folding.words("東京物語") == ["東京", "京物", "物語", "語"]


def test_public_ids_made_together_are_valid_and_distinct() -> None:
    made = new_public_ids(5_000)
    assert len(set(made)) == 5_000
    assert all(is_public_id(one) for one in made)


async def test_a_taken_public_id_is_not_given_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = iter([["aaaaaaa", "bbbbbbb"], ["aaaaaaa"], ["ccccccc"]])
    monkeypatch.setattr(
        "shadow.catalog.identity.new_public_ids", lambda count: next(offered)[:count]
    )
    async with database.transaction() as session:
        rows = [{"match_key": f"k{n}", "name": "x", "search_text": ""} for n in range(2)]
        await insert_with_public_ids(session, Person, rows, ("match_key",))
        more = [{"match_key": "k2", "name": "y", "search_text": ""}]
        ids = await insert_with_public_ids(session, Person, more, ("match_key",))
        slug = await session.scalar(select(Person.public_id).where(Person.id == ids["k2",]))
    assert slug == "ccccccc"


async def test_rows_without_a_valid_public_id_get_one_and_the_others_keep_theirs(
    database: Database,
) -> None:
    async with database.transaction() as session:
        await record_files(session, [found(f"Film {name} (2001).mkv") for name in ("One", "Two")])
        good = await session.scalar(select(Title.public_id).where(Title.title == "Film Two"))
        await session.execute(
            update(table_of(Title)).where(Title.title == "Film One").values(public_id="x-1")
        )
        assert await fix_slugs(session) == 1
        slugs = list(await session.scalars(select(Title.public_id)))
        assert good in slugs
        assert all(is_public_id(slug) for slug in slugs)
        assert await fix_slugs(session) == 0
        assert await session.scalar(select(func.count()).select_from(Title)) == 2
