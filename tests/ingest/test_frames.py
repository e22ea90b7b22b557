import os
from pathlib import Path
from typing import Any

import pytest
import pyvips
from tests.ingest.test_probe import hdr_film
from tests.support.media import ffmpeg_made, film, media_folder, song

from shadow.ingest.frames import cover_art, grab_frame
from shadow.runtime.media_errors import MediaError, NothingToSee

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")


def picture_of(path: Path, **options: Any) -> Any:
    return pyvips.Image.new_from_buffer(grab_frame(os.fsencode(path), **options), "")


def colour_at(picture: Any, x: float, y: float) -> list[int]:
    return [round(one) for one in picture.getpoint(int(x * picture.width), int(y * picture.height))]


def test_black_and_flat_parts_are_passed_over() -> None:
    shape = "size=320x180:rate=25"
    graph = (
        f"color=black:{shape}:duration=6[a];testsrc2={shape}:duration=2[b];"
        f"color=navy:{shape}:duration=2[c];[a][b][c]concat=n=3"
    )
    mixed = ffmpeg_made("mixed.mp4", "-filter_complex", graph, *H264)
    chosen = picture_of(mixed)
    assert chosen.hist_find().hist_entropy() > 2
    assert max(chosen[band].deviate() for band in range(3)) > 60
    assert picture_of(mixed, at=0.1).avg() < 5


def test_the_place_asked_for_is_the_place_shown() -> None:
    graph = (
        "color=red:size=320x180:rate=25:duration=2[a];color=lime:size=320x180:rate=25:duration=2[b];"
        "[a][b]concat=n=2"
    )
    halves = ffmpeg_made("halves.mp4", "-filter_complex", graph, *H264, "-pix_fmt", "yuv420p")
    red, green, _ = colour_at(picture_of(halves, at=0.25), 0.5, 0.5)
    assert red > 200
    assert green < 60
    red, green, _ = colour_at(picture_of(halves, at=0.75), 0.5, 0.5)
    assert green > 200
    assert red < 60


def test_a_large_picture_is_made_smaller_and_a_small_one_left() -> None:
    big = ffmpeg_made(
        "big.mkv", *("-f", "lavfi", "-i", "testsrc2=size=2560x1440:rate=2:duration=1"), *H264
    )
    picture = picture_of(big)
    assert (picture.width, picture.height) == (1280, 720)
    picture = picture_of(film())
    assert (picture.width, picture.height) == (320, 180)
    picture = picture_of(film(), height=90)
    assert (picture.width, picture.height) == (160, 90)


def test_a_rotated_film_gives_an_upright_picture() -> None:
    turned = ffmpeg_made("turned.mp4", "-display_rotation", "90", "-i", str(film()), "-c", "copy")
    upright = picture_of(turned)
    assert (upright.width, upright.height) == (180, 320)
    plain = picture_of(film())
    # Turned counter-clockwise: what was at the right is now at the top.
    assert colour_at(upright, 0.5, 0.1) == pytest.approx(colour_at(plain, 0.9, 0.5), abs=40)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_becomes_an_ordinary_picture(transfer: str) -> None:
    picture = picture_of(hdr_film(transfer))
    assert (picture.format, picture.bands) == ("uchar", 3)
    assert picture.hist_find().hist_entropy() > 1


def test_a_stream_without_a_seekable_keyframe_gives_its_first_picture() -> None:
    single = ffmpeg_made(
        "single.ts",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "1000"),
    )
    assert picture_of(single).width == 320


def test_a_film_cut_short_still_gives_a_picture(tmp_path: Path) -> None:
    whole = film("film.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert picture_of(cut).width == 320


def test_sound_alone_has_no_picture() -> None:
    with pytest.raises(NothingToSee):
        grab_frame(os.fsencode(song()))
    with pytest.raises(NothingToSee):
        cover_art(os.fsencode(song()))


def test_what_is_no_film_has_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "words.mkv"
    path.write_text("words")
    for take in (grab_frame, cover_art):
        with pytest.raises(MediaError):
            take(os.fsencode(path))


def red_picture() -> Path:
    path = media_folder() / "red.png"
    pyvips.Image.black(1600, 1200, bands=3).linear(1, [255, 0, 0]).cast("uchar").pngsave(str(path))
    return path


@pytest.mark.parametrize("name", ["red.mp3", "red.m4a", "red.flac"])
def test_the_cover_of_a_song_comes_out_smaller(name: str) -> None:
    codec = {"red.mp3": "libmp3lame", "red.m4a": "aac", "red.flac": "flac"}[name]
    covered = ffmpeg_made(
        name,
        *("-i", str(song()), "-i", str(red_picture()), "-map", "0:a", "-map", "1:v"),
        *("-c:a", codec, "-c:v", "copy", "-disposition:v", "attached_pic"),
    )
    cover = pyvips.Image.new_from_buffer(cover_art(os.fsencode(covered)), "")
    assert (cover.width, cover.height) == (1000, 750)
    red, green, blue = colour_at(cover, 0.5, 0.5)
    assert red > 230
    assert max(green, blue) < 20
    with pytest.raises(NothingToSee):
        grab_frame(os.fsencode(covered))


def test_the_cover_attached_to_a_matroska_film_comes_out() -> None:
    covered = ffmpeg_made(
        "covered.mkv",
        *("-i", str(film("film.mkv")), "-map", "0", "-c", "copy"),
        *("-attach", str(red_picture()), "-metadata:s:t:0", "mimetype=image/png"),
    )
    cover = pyvips.Image.new_from_buffer(cover_art(os.fsencode(covered)), "")
    assert cover.width == 1000


def test_a_cover_that_is_no_picture_is_told(tmp_path: Path) -> None:
    fake = tmp_path / "cover.png"
    fake.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 10)
    covered = ffmpeg_made(
        "fake.mkv",
        *("-i", str(film("film.mkv")), "-map", "0", "-c", "copy"),
        *("-attach", str(fake), "-metadata:s:t:0", "mimetype=image/png"),
    )
    with pytest.raises(NothingToSee):
        cover_art(os.fsencode(covered))
