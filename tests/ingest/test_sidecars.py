"""Which pictures, `.nfo` and subtitle files belong to which media file."""

from pathlib import Path

import pytest

from shadow.ingest.sidecars import (
    Surroundings,
    beside,
    folder_names,
    nfo_names,
    pictures_of,
    subtitles_beside,
)
from shadow.ingest.signatures import Entry
from shadow.kit.naming import understand


def chosen(name: str, folder: str, here: list[str], above: list[str] = [], media: int = 1):  # noqa: B006 it is only read
    """Return the pictures of a file as {kind: name}."""
    around = Surroundings(
        folder.encode(),
        [one.encode() for one in here],
        [one.encode() for one in above],
        [name.encode()] + [b"Other Film %d (2000).mkv" % number for number in range(media - 1)],
    )
    parsed = understand(name, folders=folder_names(folder.encode()))
    return {
        one.kind: (here if one.where == "here" else above)[one.place]
        for one in pictures_of(name.encode(), parsed, around)
    }


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (["poster.jpg", "fanart.jpg"], {"poster": "poster.jpg", "backdrop": "fanart.jpg"}),
        (["folder.JPG"], {"poster": "folder.JPG"}),
        (["cover.png", "backdrop.webp"], {"poster": "cover.png", "backdrop": "backdrop.webp"}),
        (["Heat (1995)-poster.jpg", "poster.jpg"], {"poster": "Heat (1995)-poster.jpg"}),
        (["Heat (1995).jpg"], {"poster": "Heat (1995).jpg"}),
        (["Other-poster.jpg", "notes.nfo"], {}),
    ],
)
def test_a_film_has_the_pictures_of_its_folder_and_of_its_name(
    here: list[str], expected: dict[str, str]
) -> None:
    assert chosen("Heat (1995).mkv", "Heat (1995)", here) == expected


def test_a_shelf_of_several_films_has_no_poster_for_each() -> None:
    assert chosen("Heat (1995).mkv", "Films", ["folder.jpg"], media=3) == {}
    assert chosen("Heat (1995).mkv", "", ["folder.jpg"]) == {}
    named = chosen("Heat (1995).mkv", "Films", ["folder.jpg", "Heat (1995)-poster.jpg"], media=30)
    assert named == {"poster": "Heat (1995)-poster.jpg"}


def test_an_episode_has_its_still_its_season_and_its_show() -> None:
    found = chosen(
        "Lost S02E03.mkv",
        "Lost/Season 02",
        ["Lost S02E03-thumb.jpg", "poster.jpg"],
        ["poster.jpg", "fanart.jpg", "season01-poster.jpg"],
    )
    assert found == {
        "still": "Lost S02E03-thumb.jpg",
        "season_poster": "poster.jpg",
        "poster": "poster.jpg",
        "backdrop": "fanart.jpg",
    }
    numbered = chosen(
        "Lost S02E03.mkv", "Lost/Season 2", [], ["season01-poster.jpg", "season02-poster.jpg"]
    )
    assert numbered == {"season_poster": "season02-poster.jpg"}
    flat = chosen("Lost S02E03.mkv", "Lost", ["poster.jpg", "season02.jpg"])
    assert flat == {"poster": "poster.jpg", "season_poster": "season02.jpg"}
    special = chosen("Lost S00E01.mkv", "Lost/Specials", [], ["season-specials-poster.jpg"])
    assert special == {"season_poster": "season-specials-poster.jpg"}


def test_a_trailer_has_no_poster_of_its_own() -> None:
    assert chosen("Heat (1995)-trailer.mkv", "Heat (1995)", ["poster.jpg"]) == {}


def test_nfo_files_are_taken_most_particular_first() -> None:
    around = Surroundings(
        b"Lost/Season 1", [b"lost s01e01.NFO", b"other.nfo"], [b"tvshow.nfo"], [b"Lost S01E01.mkv"]
    )
    assert nfo_names(b"Lost S01E01.mkv", around) == [("here", 0), ("above", 0)]
    film = Surroundings(b"Heat (1995)", [b"movie.nfo"], [], [b"Heat (1995).mkv"])
    assert nfo_names(b"Heat (1995).mkv", film) == [("here", 0)]
    shelf = Surroundings(b"Films", [b"movie.nfo"], [], [b"Heat (1995).mkv"] * 9)
    assert nfo_names(b"Heat (1995).mkv", shelf) == []


def test_of_thousands_of_sidecars_a_batch_is_sent_its_own() -> None:
    entries = [Entry(b"Lost S01E%03d-thumb.jpg" % number, 1, 1) for number in range(1000)]
    entries += [Entry(b"Lost S01E%03d.nfo" % number, 1, 1) for number in range(1000)]
    entries += [Entry(b"poster.jpg", 1, 1), Entry(b"season01-poster.jpg", 1, 1)]
    sent = beside(entries, [Entry(b"Lost S01E007.mkv", 1, 1)])
    assert sent == [
        b"Lost S01E007-thumb.jpg",
        b"Lost S01E007.nfo",
        b"poster.jpg",
        b"season01-poster.jpg",
    ]


def test_subtitles_beside_a_film_are_told_with_the_words_in_their_names(tmp_path: Path) -> None:
    for name in (
        "Heat.mkv",
        "Heat.srt",
        "Heat.de.forced.srt",
        "Heat.en.ass",
        "Heat 2.srt",
        "x.srt",
    ):
        (tmp_path / name).touch()
    found = subtitles_beside(bytes(tmp_path / "Heat.mkv"))
    assert [(one.format, one.words) for one in found] == [
        ("srt", ("de", "forced")),
        ("ass", ("en",)),
        ("srt", ()),
    ]
    assert subtitles_beside(b"/nowhere/Heat.mkv") == []
