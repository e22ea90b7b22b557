"""Tracks taken out of real media files."""

import os
import zlib
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from shadow.hls.errors import FileChanged, SubtitleTooLarge, SubtitleUnreadable
from shadow.hls.subtitles.converting import MOST_TEXT, convert, examine, movie_hash
from shadow.hls.subtitles.cues import Cue, NotCues, from_bytes
from shadow.hls.subtitles.entries import MANIFEST, Entry, unpacked
from shadow.hls.subtitles.extracting import extract_fonts, extract_pictures, extract_text
from shadow.runtime.media_errors import MediaError
from tests.support.hls_fixtures import fixture_file
from tests.support.media import ffmpeg_made, media_folder
from tests.support.pgs import pgs_stream

Extract = Callable[[bytes, str, bytes], dict[str, int]]


def key_of(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}-{'0' * 32}"


def taken(extract: Extract, path: Path, target: Path) -> Entry:
    target.mkdir()
    size = extract(os.fsencode(path), key_of(path), os.fsencode(target))["size"]
    assert size == sum(one.stat().st_size for one in target.iterdir())
    entry = Entry.opened(target)
    assert entry is not None
    return entry


def test_one_pass_takes_all_text_tracks_with_their_styles(tmp_path: Path) -> None:
    entry = taken(extract_text, fixture_file("text_subs_mkv"), tmp_path / "t")
    first, second = sorted(entry.manifest.tracks)
    assert entry.manifest.tracks == {first: ["cues"], second: ["cues", "ass"]}
    assert entry.cues(first) == [
        Cue(1000, 3000, "", "Good evening."),
        Cue(5500, 8000, "", "<i>Across</i> the boundary"),
        Cue(20_000, 22_500, "", "Ünïcödé &amp; <b>tags</b>"),
    ]
    assert entry.cues(second)[1] == Cue(5500, 8000, "line:0", "<b>Über die</b>\n<b>Grenze</b>")
    script = entry.text(second, "ass")
    assert "Style: Sign,DejaVu Sans,14" in script
    assert "Dialogue: 0,0:00:05.50,0:00:08.00,Sign,,0,0,0,,{\\pos(100,40)}Über" in script


@pytest.mark.parametrize(("codec", "name"), [("mov_text", "words.mp4"), ("webvtt", "words.webm")])
def test_the_texts_of_mp4_and_webm_are_read(codec: str, name: str, tmp_path: Path) -> None:
    words = media_folder() / "styled.srt"
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\n<i>One</i> & two\n")
    made = ffmpeg_made(
        name, "-i", str(words), "-f", "lavfi", "-i", "sine=duration=3", "-map", "0", "-map", "1",
        "-c:s", codec, "-c:a", "libopus" if name.endswith("webm") else "aac",
    )  # fmt: skip
    entry = taken(extract_text, made, tmp_path / "t")
    (index,) = entry.manifest.tracks
    assert entry.cues(index) == [Cue(1000, 2000, "", "<i>One</i> &amp; two")]


def test_times_count_from_the_containers_start(tmp_path: Path) -> None:
    source = fixture_file("text_subs_mkv")
    late = ffmpeg_made("late.mkv", "-itsoffset", "10", "-i", str(source), "-map", "0:v",
                       "-map", "0:s:0", "-c", "copy")  # fmt: skip
    entry = taken(extract_text, late, tmp_path / "t")
    (index,) = entry.manifest.tracks
    assert entry.manifest.origin == 10_000
    assert [one.start for one in entry.cues(index)] == [1000, 5500, 20_000]


def test_bytes_that_are_not_utf_8_are_read_as_the_tracks_language_was_written(
    tmp_path: Path,
) -> None:
    """Old Matroska files hold CP1252; FFmpeg would give such lines up."""
    path = tmp_path / "old.mkv"
    with av.open(str(fixture_file("text_subs_mkv"))) as model, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(model.streams.subtitles[0])
        stream.metadata["language"] = "ger"
        stream.time_base = Fraction(1, 1000)
        for number, text in enumerate(("Schöne Grüße", "nur ASCII", "für dich")):
            packet = av.Packet(text.encode("cp1252"))
            packet.stream, packet.time_base = stream, stream.time_base
            packet.pts = packet.dts = number * 1000
            packet.duration = 900
            out.mux(packet)
    entry = taken(extract_text, path, tmp_path / "t")
    assert [one.text for one in entry.cues(0)] == ["Schöne Grüße", "nur ASCII", "für dich"]


def test_pictures_are_wrapped_and_can_be_read_again(tmp_path: Path) -> None:
    entry = taken(extract_pictures, fixture_file("image_subs_mkv"), tmp_path / "t")
    pgs, dvd = sorted(entry.manifest.tracks)
    assert entry.manifest.tracks == {pgs: ["sup"], dvd: ["sub", "idx"]}
    with av.open(str(entry.path(pgs, "sup"))) as container:
        packets = [one for one in container.demux() if one.size]
    times = sorted({float(one.pts * one.time_base) for one in packets})
    assert [round(b - a, 2) for a, b in pairwise(times)] == [2.0, 2.5, 2.5, 12.0, 2.5]
    assert len(entry.path(pgs, "sup").read_bytes()) == len(pgs_stream(((1, 3), (5, 8), (20, 22))))
    with av.open(str(entry.path(dvd, "idx"))) as container:
        assert container.streams[0].metadata["language"] in {"de", "ger"}
        assert sum(1 for one in container.demux() if one.size) == 3


def test_fonts_are_taken_if_they_are_fonts(tmp_path: Path) -> None:
    source = fixture_file("h264_mkv")
    evil = media_folder() / "evil.ttf"
    evil.write_bytes(b"<script>alert(1)</script>")
    font = media_folder() / "real.ttf"
    font.write_bytes(b"OTTO" + bytes(60))
    made = ffmpeg_made(
        "fonts.mkv", "-i", str(source), "-c", "copy", "-attach", str(evil), "-attach", str(font),
        "-metadata:s:t", "mimetype=font/otf", "-metadata:s:t:1", "filename=../a\nb\u202e.ttf",
    )  # fmt: skip
    entry = taken(extract_fonts, made, tmp_path / "t")
    (one,) = entry.manifest.fonts
    assert (one.number, one.media_type) == (0, "font/otf")
    assert one.name.isprintable()
    assert (tmp_path / "t" / "0.font").read_bytes() == font.read_bytes()


@pytest.mark.parametrize("name", ["truncated_mkv", "corrupt_middle", "no_video", "h264_mp4"])
def test_damaged_files_and_those_without_subtitles_have_an_empty_entry(
    name: str, tmp_path: Path
) -> None:
    for number, extract in enumerate((extract_text, extract_pictures, extract_fonts)):
        entry = taken(extract, fixture_file(name), tmp_path / str(number))
        assert (entry.manifest.tracks, entry.manifest.fonts) == ({}, [])


def test_another_file_than_the_one_meant_is_refused(tmp_path: Path) -> None:
    path = os.fsencode(fixture_file("text_subs_mkv"))
    with pytest.raises(FileChanged):
        extract_text(path, "1-2-3", os.fsencode(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_media_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / "fake.mkv"
    fake.write_text("#EXTM3U\nhttp://127.0.0.1/secret\n")
    with pytest.raises(MediaError):
        extract_text(os.fsencode(fake), key_of(fake), os.fsencode(tmp_path))


def test_a_file_of_text_is_converted_and_its_styles_kept_in_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.ass"
    path.write_bytes(
        "[V4+ Styles]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,Größe\n".encode(
            "utf-16"
        )
    )
    (tmp_path / "t").mkdir()
    convert(os.fsencode(path), "", 0.0, os.fsencode(tmp_path / "t"))
    entry = Entry.opened(tmp_path / "t")
    assert entry is not None
    assert entry.cues(0) == [Cue(1000, 2000, "", "Größe")]
    assert entry.text(0, "ass").endswith("Größe\n")


def test_an_enormous_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.srt"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    assert path.stat().st_size > MOST_TEXT
    for call in (
        lambda: convert(os.fsencode(path), "", 0.0, os.fsencode(tmp_path)),
        lambda: examine(os.fsencode(path), ""),
    ):
        with pytest.raises(SubtitleTooLarge):
            call()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "srt"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", "vtt"),
        (b"[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,A,,0,0,0,,Hi\n", "ass"),
        (b"{10}{20}Hi\n{20}{30}Ho\n", "text"),
        (pgs_stream(((1, 2),)), "sup"),
    ],
)
def test_an_upload_is_known_by_its_content(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    assert examine(os.fsencode(path), "")["format"] == kind


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(99),
        b"\x1a\x45\xdf\xa3" + bytes(99),
        b"\0\0\1\xba" + bytes(99),
        b"MZ" + bytes(9999),
        b"a letter",
        b"WEBVTT\n\nNOTE nothing else\n",
    ],
)
def test_what_is_no_subtitle_is_refused_with_a_reason(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(SubtitleUnreadable):
        examine(os.fsencode(path), "")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.srt")
    with pytest.raises(MediaError):
        examine(os.fsencode(tmp_path / "a.srt"), "")


def test_the_hash_of_a_film_is_its_size_and_the_sum_of_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(b"\1" + bytes((64 << 10) - 1) + bytes(1000) + b"\xff" * (64 << 10))
    # 8192 words of all ones are -1 each: the size, plus 1, minus 8192.
    expected = (2 << 16) + 1000 + 1 - 8192
    assert movie_hash(os.fsencode(path)) == {"hash": f"{expected:016x}", "size": (2 << 16) + 1000}
    path.write_bytes(bytes(100))
    assert movie_hash(os.fsencode(path)) == {"hash": "", "size": 100}


def test_spoiled_entries_are_none(tmp_path: Path) -> None:
    assert Entry.opened(tmp_path) is None
    for content in (b"", b"[]", b'{"origin": "x"}', b'{"tracks": {"1": ["../../etc"]}}'):
        (tmp_path / MANIFEST).write_bytes(content)
        assert Entry.opened(tmp_path) is None
    for rows in (b"1", b"[1]", b"[[1,2,3,4]]", b'[[5,2,"",""]]', b"[[1,2]]", b"nonsense"):
        with pytest.raises(NotCues):
            from_bytes(rows)
    assert len(unpacked(zlib.compress(bytes(100 << 20)))) == 64 << 20
