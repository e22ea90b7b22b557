"""Moved, renamed and vanished files keep what they are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.catalog.found import FoundFile, MoveCandidate, Signature
from shadow.catalog.service import (
    choose_moves,
    files_of_folder,
    find_moved,
    folders_of_root,
    mark_missing,
    remove_title,
    restore_title,
)
from tests.catalog.conftest import Shelf
from tests.catalog.finding import ROOT, found


async def move(shelf: Shelf, *new: FoundFile) -> None:
    """Record files that are at new paths, as a scan does: old paths are all gone."""
    signatures = {one.path: one.signature for one in new}
    async with shelf.database.session() as session:
        candidates = await find_moved(session, set(signatures.values()))
    gone = {one.id for several in candidates.values() for one in several}
    chosen = choose_moves(signatures, candidates, gone)
    moved = [
        found(
            one.path.removeprefix(ROOT + b"/"), content=content_of(one), moved_from=chosen[one.path]
        )
        if one.path in chosen
        else one
        for one in new
    ]
    await shelf.record(*moved)


def content_of(one: FoundFile) -> str:
    return CONTENT[one.signature]


CONTENT: dict[Signature, str] = {}


def at(path: str, content: str) -> FoundFile:
    one = found(path, content=content)
    CONTENT[one.signature] = content
    return one


async def test_a_renamed_file_keeps_its_row_and_title(shelf: Shelf) -> None:
    await shelf.record(at("Heat (1995).mkv", "heat"))
    before = await shelf.one("SELECT id, public_id, title_id FROM files")
    title = await shelf.one("SELECT id, public_id FROM titles")
    for path in ("Heat (1995)/Heat 1995 1080p.mkv", "x/renamed.mkv", "y/another.mkv"):
        await move(shelf, at(path, "heat"))
        assert await shelf.one("SELECT id, public_id, title_id FROM files") == before
        assert await shelf.one("SELECT id, public_id FROM titles") == title
        assert await shelf.titles() == [("movie", "Heat", 1995, False)]


async def test_a_corrected_name_renames_a_title_that_only_the_name_had_made(shelf: Shelf) -> None:
    await shelf.record(at("Haet (1995).mkv", "heat"))
    title = (await shelf.one("SELECT public_id FROM titles")).public_id
    await move(shelf, at("Heat (1995).mkv", "heat"))
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]
    row = await shelf.one("SELECT public_id, match_key, sort_title, search_text FROM titles")
    assert tuple(row) == (title, "movie:heat:1995", "heat", "mheat m1995")


async def test_a_renamed_folder_takes_the_whole_series_along(shelf: Shelf) -> None:
    await shelf.record(*(at(f"Wier/Wier - S01E0{n}.mkv", f"w{n}") for n in range(1, 5)))
    title = (await shelf.one("SELECT public_id FROM titles")).public_id
    episodes = await shelf.rows("SELECT public_id FROM episodes ORDER BY number")
    await move(shelf, *(at(f"The Wire/The Wire - S01E0{n}.mkv", f"w{n}") for n in range(1, 5)))
    row = await shelf.one("SELECT public_id, title, episode_count FROM titles")
    assert tuple(row) == (title, "The Wire", 4)
    assert await shelf.rows("SELECT public_id FROM episodes ORDER BY number") == episodes


async def test_one_file_of_a_series_does_not_rename_it(shelf: Shelf) -> None:
    await shelf.record(*(at(f"Lost/Lost - S01E0{n}.mkv", f"l{n}") for n in range(1, 5)))
    await move(shelf, at("Found/Found - S01E01.mkv", "l1"))
    assert await shelf.titles() == [("show", "Lost", None, False)]


async def test_a_file_renamed_to_another_episode_is_that_episode(shelf: Shelf) -> None:
    await shelf.record(at("Lost/Lost - S01E01.mkv", "a"), at("Lost/Lost - S01E02.mkv", "b"))
    await move(shelf, at("Lost/Lost - S01E03.mkv", "b"))
    rows = await shelf.rows(
        "SELECT e.number FROM file_episodes fe JOIN episodes e ON e.id = fe.episode_id "
        "ORDER BY e.number"
    )
    assert [row.number for row in rows] == [1, 3]
    assert (await shelf.one("SELECT episode_count FROM titles")).episode_count == 2


async def test_a_film_renamed_as_an_episode_becomes_one(shelf: Shelf) -> None:
    await shelf.record(at("Pilot.mkv", "p"))
    await move(shelf, at("Lost/Lost - S01E01.mkv", "p"))
    assert await shelf.titles() == [
        ("show", "Lost", None, False),
        ("movie", "Pilot", None, True),
    ]


async def test_a_missing_file_hides_its_title_and_shows_it_when_back(shelf: Shelf) -> None:
    batch = await shelf.record(found("Heat (1995).mkv"), found("Heat (1995) 4k.mkv"))
    one, other = batch.file_ids.values()
    async with shelf.database.transaction() as session:
        assert await mark_missing(session, [one]) == 1
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]
    async with shelf.database.transaction() as session:
        assert await mark_missing(session, [one, other]) == 1
    assert await shelf.titles() == [("movie", "Heat", 1995, True)]
    await shelf.record(found("Heat (1995).mkv"))
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]


async def test_a_removed_title_comes_back_whole(shelf: Shelf) -> None:
    await shelf.record(found("Heat (1995).mkv"), found("Heat (1995)-trailer.mkv"))
    public_id = (await shelf.one("SELECT public_id FROM titles")).public_id
    async with shelf.database.transaction() as session:
        await remove_title(session, public_id)
    assert await shelf.titles() == [("movie", "Heat", 1995, True)]
    assert {row.state for row in await shelf.rows("SELECT state FROM files")} == {"removed"}
    async with shelf.database.transaction() as session:
        assert await mark_missing(session, [1, 2]) == 0
        await restore_title(session, public_id)
    assert await shelf.titles() == [("movie", "Heat", 1995, False)]


async def test_a_removed_file_that_moves_stays_removed(shelf: Shelf) -> None:
    await shelf.record(at("Heat (1995).mkv", "heat"))
    public_id = (await shelf.one("SELECT public_id FROM titles")).public_id
    async with shelf.database.transaction() as session:
        await remove_title(session, public_id)
    await move(shelf, at("films/Heat (1995).mkv", "heat"))
    assert (await shelf.one("SELECT state FROM files")).state == "removed"


async def test_a_folder_is_compared_by_light_rows(shelf: Shelf) -> None:
    await shelf.record(found("a/One (2001).mkv"), found("a/b/Two (2002).mkv"))
    async with shelf.database.session() as session:
        (known,) = await files_of_folder(session, 1, b"a")
        assert known.path == b"/library/a/One (2001).mkv"
        assert known.state == "present"
        assert await files_of_folder(session, 2, b"a") == []
        assert await folders_of_root(session, 1) == {b"a": 1, b"a/b": 1}


async def test_empty_files_and_files_without_a_hash_are_never_taken_for_moved(
    shelf: Shelf,
) -> None:
    await shelf.record(found("a.mkv", error="It is empty."))
    async with shelf.database.session() as session:
        assert await find_moved(session, [Signature(0, "ab"), Signature(5, "")]) == {}


NAMES = st.sampled_from([b"/l/a/x.mkv", b"/l/b/x.mkv", b"/l/a/y.mkv", b"/l/b/y.mkv", b"/l/c/z.mkv"])
CONTENTS = st.sampled_from([Signature(1, "a"), Signature(1, "b"), Signature(2, "a")])


@settings(max_examples=300)
@given(
    st.dictionaries(NAMES, CONTENTS),
    st.lists(st.tuples(NAMES, CONTENTS, st.booleans()), max_size=6),
)
def test_a_move_is_unambiguous_and_each_known_file_moves_once(
    new: dict[bytes, Signature], known: list[tuple[bytes, Signature, bool]]
) -> None:
    candidates: dict[Signature, list[MoveCandidate]] = {}
    for number, (path, signature, missing) in enumerate(known):
        state = "missing" if missing else "present"
        candidate = MoveCandidate(number, "local", path, 1, state)
        candidates.setdefault(signature, []).append(candidate)
    gone = {number for number in range(len(known)) if number % 2}
    chosen = choose_moves(new, candidates, gone)
    assert len(set(chosen.values())) == len(chosen)
    for path, number in chosen.items():
        assert known[number][1] == new[path]
        assert known[number][2] or number in gone
    for signature in set(new.values()):
        left = [
            one for one in candidates.get(signature, ()) if one.state == "missing" or one.id in gone
        ]
        paths = [path for path, content in new.items() if content == signature]
        if len(left) == 1:
            assert sum(path in chosen for path in paths) == 1


def test_of_two_gone_files_the_one_of_the_same_name_moved() -> None:
    content = Signature(1, "a")
    old = [
        MoveCandidate(1, "local", b"/l/a/one.mkv", 1, "missing"),
        MoveCandidate(2, "local", b"/l/a/two.mkv", 1, "missing"),
    ]
    new = {b"/l/b/two.mkv": content, b"/l/b/one.mkv": content}
    assert choose_moves(new, {content: old}, ()) == {b"/l/b/one.mkv": 1, b"/l/b/two.mkv": 2}
    assert choose_moves({b"/l/c/x.mkv": content}, {content: old}, ()) == {}
