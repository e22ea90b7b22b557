import os
from pathlib import Path
from typing import Any

import av
import pytest
import pyvips

from shadow.hls.previews.sheets import make_sheet
from shadow.runtime.media_errors import MediaError, MediaGone, NothingToSee
from shadow.runtime.pictures import plane_image
from tests.support.hls_fixtures import fixture_file

WIDE, HIGH = 320, 180


@pytest.fixture(autouse=True)
def ordinary_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test process keeps its place: lowering it cannot be taken back."""
    monkeypatch.setattr(os, "nice", lambda _: 0)


def key_pictures(path: Path) -> dict[int, Any]:
    """Every picture of a film that is a key packet's, by its PTS, decoded the ordinary way."""
    with av.open(str(path)) as container:
        keys = {one.pts for one in container.demux(video=0) if one.is_keyframe}
    found = {}
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.pts in keys:
                pixels = frame.reformat(width=WIDE, height=HIGH, format="rgb24")
                found[frame.pts] = plane_image(pixels, bands=3)
    return found


def order(path: Path, keys: list[int], *, width: int = WIDE, height: int = HIGH) -> dict[str, Any]:
    seen = path.stat()
    with av.open(str(path)) as container:
        stream = max(container.streams.video, key=lambda one: one.width * one.height).index
    return {
        "stream": stream, "file_key": f"{seen.st_size}-{seen.st_mtime_ns}-abc", "keys": keys,
        "width": width, "height": height, "columns": 10,
    }  # fmt: skip


def sheet_of(path: Path, target: Path, asked: dict[str, Any]) -> tuple[Any, dict[str, int]]:
    told = make_sheet(os.fsencode(path), asked, os.fsencode(target))
    assert told["size"] == target.stat().st_size
    return pyvips.Image.new_from_file(str(target)), told


def difference(one: Any, other: Any) -> float:
    return float((one - other).abs().avg())


@pytest.mark.parametrize(
    "name",
    [
        *("h264_mkv", "h264_mp4", "h264_ts", "h264_bframes_irregular_mp4", "h264_open_gop"),
        *("vfr_mkv", "hevc_mkv", "hevc_ts", "vp9_webm", "av1_mkv", "mpeg4_avi", "cover_mp4"),
    ],
)
def test_each_place_of_a_sheet_shows_the_key_picture_it_is_for(name: str, tmp_path: Path) -> None:
    path = fixture_file(name)
    pictures = key_pictures(path)
    keys = sorted(pictures)[::-1]  # backwards: each picture needs a seek of its own
    sheet, told = sheet_of(path, tmp_path / "sheet", order(path, keys))
    assert told["damaged"] == 0
    assert (sheet.width, sheet.height) == (WIDE * min(10, len(keys)), HIGH * -(-len(keys) // 10))
    for number, key in enumerate(keys):
        row, column = divmod(number, 10)
        tile = sheet.crop(column * WIDE, row * HIGH, WIDE, HIGH)
        nearest = min(keys, key=lambda one: difference(tile, pictures[one]))
        assert nearest == key
        assert difference(tile, pictures[key]) < 8


def test_a_phone_video_is_shown_upright(tmp_path: Path) -> None:
    path = fixture_file("rotated_mp4")
    sheet, _ = sheet_of(path, tmp_path / "a", order(path, [0], width=180, height=320))
    lying = fixture_file("h264_mp4")
    flat, _ = sheet_of(lying, tmp_path / "b", order(lying, [0]))
    assert (sheet.width, sheet.height) == (180, 320)
    assert difference(sheet, flat.rot270()) < 3


def test_high_dynamic_range_is_shown_in_ordinary_colours(tmp_path: Path) -> None:
    path = fixture_file("hevc_hdr_mkv")
    sheet, _ = sheet_of(path, tmp_path / "sheet", order(path, [0]))
    assert sheet.format == "uchar"
    assert sheet.interpretation == "srgb"
    assert sheet.hist_find().hist_entropy() > 1


def test_one_packet_serves_neighbours_that_share_it(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    sheet, _ = sheet_of(path, tmp_path / "sheet", order(path, [2000, 2000, 4000]))
    tiles = [sheet.crop(column * WIDE, 0, WIDE, HIGH) for column in range(3)]
    assert difference(tiles[0], tiles[1]) < 0.5
    assert difference(tiles[1], tiles[2]) > 1


def test_a_damaged_picture_gives_its_place_to_the_one_before(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    asked = order(path, [0, 2000, 2001, 4000])  # there is no key picture at 2001
    sheet, told = sheet_of(path, tmp_path / "sheet", asked)
    assert told["damaged"] == 1
    tiles = [sheet.crop(column * WIDE, 0, WIDE, HIGH) for column in range(4)]
    assert difference(tiles[1], tiles[2]) < 0.5
    _, told = sheet_of(path, tmp_path / "first", order(path, [1, 2000]))
    assert told["damaged"] == 1


def test_a_film_of_damaged_pictures_gives_no_sheet(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    with pytest.raises(MediaError, match="damaged"):
        sheet_of(path, tmp_path / "sheet", order(path, [1, 2001, 4001, 6000]))
    assert not (tmp_path / "sheet").exists()


def test_a_film_torn_in_the_middle_still_gives_its_pictures(tmp_path: Path) -> None:
    path = fixture_file("corrupt_middle")
    keys = sorted(key_pictures(fixture_file("h264_mkv")))
    sheet, _ = sheet_of(path, tmp_path / "sheet", order(path, keys))
    assert sheet.width == WIDE * 10


def test_a_replaced_file_is_noticed(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    asked = order(path, [0]) | {"file_key": "1-2-abc"}
    with pytest.raises(MediaGone):
        sheet_of(path, tmp_path / "sheet", asked)


def test_a_stream_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    with pytest.raises(NothingToSee):
        sheet_of(path, tmp_path / "sheet", order(path, [0]) | {"stream": 7})


def test_a_sheet_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = fixture_file("h264_mkv")
    (tmp_path / "sheet").write_bytes(b"somebody else's")
    with pytest.raises(FileExistsError):
        sheet_of(path, tmp_path / "sheet", order(path, [0]))
    assert (tmp_path / "sheet").read_bytes() == b"somebody else's"
