from pathlib import Path
from xml.etree import ElementTree

import pytest
import pyvips
from tests.support.media import media_folder

from shadow.ingest.frames import grab_frame
from shadow.ingest.probe import probe
from shadow.ingest.sample.library import FolderOccupied, make_sample_library
from shadow.runtime.processes import ProgramFailed

FILMS = ("Films/Tidelight (2021)", "Films/The Paper Mountains (2019)")
SERIES = "Series/Small Orbits (2020)"


@pytest.fixture(scope="module")
def library() -> Path:
    target = media_folder() / "sample library"
    said: list[str] = []
    make_sample_library(target, progress=said.append)
    assert len([line for line in said if line.endswith(".mp4")]) == 6
    return target


def films_of(library: Path) -> list[Path]:
    return sorted(library.rglob("*.mp4"))


def top_level_boxes(film: Path) -> list[bytes]:
    content, at, names = film.read_bytes(), 0, []
    while at < len(content):
        names.append(content[at + 4 : at + 8])
        at += int.from_bytes(content[at : at + 4], "big")
    return names


def test_two_films_and_two_seasons_of_two_episodes_are_made(library: Path) -> None:
    names = [film.relative_to(library).as_posix() for film in films_of(library)]
    assert names == [
        f"{FILMS[1]}/The Paper Mountains (2019).mp4",
        f"{FILMS[0]}/Tidelight (2021).mp4",
        f"{SERIES}/Season 01/Small Orbits - S01E01 - First Light.mp4",
        f"{SERIES}/Season 01/Small Orbits - S01E02 - The Long Way Round.mp4",
        f"{SERIES}/Season 02/Small Orbits - S02E01 - Ring Season.mp4",
        f"{SERIES}/Season 02/Small Orbits - S02E02 - Home Is a Direction.mp4",
    ]


def test_each_film_is_what_a_browser_plays_and_a_player_menu_needs(library: Path) -> None:
    for film in films_of(library):
        facts = probe(film.as_posix())
        video, audio, words = (facts.of_type(kind) for kind in ("video", "audio", "subtitle"))
        assert (facts.container, round(facts.duration or 0)) == ("mp4", 60)
        assert [(one.codec, one.width, one.height, one.fps) for one in video] == [
            ("h264", 960, 540, 24.0)
        ]
        assert [(one.codec, one.language) for one in audio] == [("aac", "en"), ("aac", "es")]
        assert [(one.codec, one.language) for one in words] == [("mov_text", "en")]
        assert [chapter.start for chapter in facts.chapters] == [0, 15, 30, 45]
        assert all(chapter.title for chapter in facts.chapters)
        assert "CC0" in facts.tags["comment"]
        assert film.stat().st_size < 8 << 20
        boxes = top_level_boxes(film)
        assert boxes.index(b"moov") < boxes.index(b"mdat")


def test_the_pictures_move_and_differ_from_film_to_film(library: Path) -> None:
    seen = {
        grab_frame(film.as_posix(), at=at, height=90)
        for film in films_of(library)
        for at in (0.1, 0.15, 0.4, 0.65, 0.9)
    }
    assert len(seen) == 30


def test_posters_and_stills_have_the_sizes_that_clients_expect(library: Path) -> None:
    posters = [library / folder / "poster.jpg" for folder in (*FILMS, SERIES)]
    posters += [library / SERIES / f"season0{number}-poster.jpg" for number in (1, 2)]
    wide = [library / folder / "fanart.jpg" for folder in (*FILMS, SERIES)]
    thumbs = sorted(library.rglob("*-thumb.jpg"))
    assert len(thumbs) == 4
    for paths, size in ((posters, (1000, 1500)), (wide, (1920, 1080)), (thumbs, (1280, 720))):
        for path in paths:
            picture = pyvips.Image.new_from_file(str(path))
            assert (picture.width, picture.height) == size
            assert picture.hist_find().hist_entropy() > 4


def test_descriptions_are_xml_with_title_plot_and_year(library: Path) -> None:
    described = sorted(library.rglob("*.nfo"))
    assert len(described) == 7
    for path in described:
        root = ElementTree.parse(path).getroot()
        assert root.tag in {"movie", "tvshow", "episodedetails"}
        assert all(root.findtext(name) for name in ("title", "plot", "year"))


def test_made_again_it_makes_only_what_is_missing(library: Path) -> None:
    missing = library / SERIES / "poster.jpg"
    before = {path: path.stat().st_mtime_ns for path in library.rglob("*") if path.is_file()}
    missing.unlink()
    said: list[str] = []
    make_sample_library(library, progress=said.append)
    assert said == [f"made {SERIES}/poster.jpg"]
    after = {path: path.stat().st_mtime_ns for path in library.rglob("*") if path.is_file()}
    assert {path for path in after if after[path] != before[path]} == {missing}


@pytest.mark.parametrize("foreign", ["holiday.mkv", "Films/Tidelight (2021)/notes.txt"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / foreign
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(FolderOccupied, match=path.name):
        make_sample_library(tmp_path, progress=print)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(FolderOccupied, match="name a folder"):
        make_sample_library(path, progress=print)


def test_a_failing_ffmpeg_is_one_plain_error_and_leaves_no_half_film(tmp_path: Path) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho out of luck >&2\nexit 1\n")
    broken.chmod(0o700)
    target = tmp_path / "library"
    with pytest.raises(ProgramFailed, match="out of luck"):
        make_sample_library(target, progress=print, ffmpeg_setting=str(broken))
    assert not list(target.rglob("*.mp4")) + list(target.rglob("*.part"))
