"""What names of subtitle files say, and which files belong to a film."""

import os
from pathlib import Path

import pytest

from shadow.hls.subtitles.beside import BesideFile, files_beside
from shadow.hls.subtitles.names import said_by, said_by_name


@pytest.mark.parametrize(
    ("name", "language", "flags"),
    [
        ("en", "en", ""),
        ("ger.forced", "de", "forced"),
        ("pt-BR.sdh", "pt-BR", "sdh"),
        ("en.cc.default", "en", "sdh default"),
        ("English", "en", ""),
        ("2_English", "en", ""),
        ("forced", None, "forced"),
        ("", None, ""),
        ("1999", None, ""),
    ],
)
def test_language_and_marks_are_read(name: str, language: str | None, flags: str) -> None:
    said = said_by(tuple(name.split(".")))
    found = [one for one in ("forced", "sdh", "default") if getattr(said, one)]
    assert (said.language, " ".join(found)) == (language, flags)


@pytest.mark.parametrize(
    ("name", "language", "sdh"),
    [
        ("hi", "hi", False),
        ("en.hi", "en", True),
        ("hi.en", "en", True),
        ("hi.hi", "hi", True),
        ("hi.sdh", "hi", True),
        ("hi.forced", "hi", False),
    ],
)
def test_hi_is_hindi_unless_there_is_another_language(name: str, language: str, sdh: bool) -> None:
    said = said_by(tuple(name.split(".")))
    assert (said.language, said.sdh) == (language, sdh)


def test_what_is_left_is_the_title_without_line_breaks() -> None:
    said = said_by(("Director's\nCut", "de", "forced", "Signs"))
    assert (said.title, said.language, said.forced) == ("Director'sCut", "de", True)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Some.Film.2001.de.srt", "de"),
        ("Der.Film.To.Go.srt", None),
        ("film.en.forced.srt", "en"),
        ("srt", None),
        ("../../en.srt", None),
        ("C:\\x\\Film.fr.srt", "fr"),
    ],
)
def test_of_a_strange_name_only_the_last_words_are_believed(
    name: str, language: str | None
) -> None:
    if name == "Der.Film.To.Go.srt":  # `go` is no language, so `to` before it is not looked at
        assert said_by_name(name).language is None
    assert said_by_name(name).language == language


def laid(folder: Path, *names: str) -> bytes:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1\n00:00:01,000 --> 00:00:02,000\nHi\n")
    return os.fsencode(folder / "Heat.mkv")


def shown(files: list[BesideFile]) -> dict[str, str]:
    return {os.fsdecode(one.path).rpartition("/")[2]: one.format for one in files}


async def test_files_with_the_films_name_belong_to_it(tmp_path: Path) -> None:
    names = ("Heat.srt", "Heat.de.ass", "Heat.en.sdh.ssa", "Heat.fr.SRT", "Heat 2.srt", "other.srt")
    path = laid(tmp_path, *names, "Heat.jpg", "Heat.de.sub", "Heat.en.sub", "Heat.en.idx")
    assert shown(await files_beside(path, only_film=False)) == {
        "Heat.srt": "srt",
        "Heat.de.ass": "ass",
        "Heat.de.sub": "text",
        "Heat.en.sdh.ssa": "ass",
        "Heat.en.sub": "sub",
        "Heat.fr.SRT": "srt",
    }


async def test_a_subs_folder_is_looked_into(tmp_path: Path) -> None:
    path = laid(tmp_path, "Subs/Heat.de.srt", "Subs/Heat/2_English.srt", "Subtitles/French.srt")
    assert set(shown(await files_beside(path, only_film=False))) == {"Heat.de.srt", "2_English.srt"}
    alone = await files_beside(path, only_film=True)
    assert {one.said.language for one in alone} == {"de", "en", "fr"}


async def test_a_file_keeps_its_id_and_has_a_new_stamp_when_it_changes(tmp_path: Path) -> None:
    path = laid(tmp_path, "Heat.de.srt", "Heat.en.srt")
    before = await files_beside(path, only_film=False)
    (tmp_path / "Heat.de.srt").write_text("changed, and longer than it was before: other bytes")
    after = await files_beside(path, only_film=False)
    assert [one.public_id for one in before] == [one.public_id for one in after]
    assert len({one.public_id for one in before}) == 2
    assert [a.stamp == b.stamp for a, b in zip(before, after, strict=True)] == [False, True]


async def test_names_of_any_bytes_and_dangling_links_do_no_harm(tmp_path: Path) -> None:
    path = laid(tmp_path, "Heat.srt")
    (tmp_path / "Heat.en.srt").symlink_to("/nowhere")
    (tmp_path / os.fsdecode(b"Heat.\xff\n.de.srt")).write_bytes(b"x")
    found = await files_beside(path, only_film=False)
    assert {one.said.language for one in found} == {None, "de"}
    assert all("\n" not in (one.said.title or "") for one in found)


async def test_a_folder_that_is_gone_has_none(tmp_path: Path) -> None:
    assert await files_beside(os.fsencode(tmp_path / "no" / "Heat.mkv"), only_film=True) == []
