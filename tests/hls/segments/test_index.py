"""What one pass over a file finds is what is in the file."""

import os
import subprocess
from array import array
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.columns import PictureColumn
from shadow.hls.segments.facts import FileIndex, Gop
from shadow.hls.segments.groups import (
    CLOSEST_KEYS,
    groups_of,
    on_grid,
    output_scale,
    picture_grid,
    picture_rate,
    steady_keys,
    strays,
)
from shadow.hls.segments.indexing import index_file
from shadow.runtime.media_errors import MediaError, MediaGone
from shadow.runtime.processes import find_ffmpeg
from tests.hls.segments.pieces import PROPERTY, indexed
from tests.support.hls_fixtures import NAMES, fixture_file

MILLISECOND = Fraction(1, 1000)
WHOLE = tuple(one for one in NAMES if not one.startswith(("truncated", "corrupt")))
SEEN = tuple(one for one in WHOLE if one not in {"no_video", "h264_avi"})


def index_of(path: Path) -> FileIndex:
    return FileIndex.from_bytes(index_file(os.fsencode(path)))


def grouped(times: list[int], keys: list[int]) -> tuple[Gop, ...]:
    sizes = array("q", range(1, len(times) + 1))
    return groups_of(array("q", times), sizes, [(one, True) for one in keys], MILLISECOND)


@pytest.mark.parametrize("name", SEEN)
def test_the_groups_of_a_file_hold_every_packet_of_it(name: str) -> None:
    video = indexed(name).index.video
    assert video is not None
    with av.open(str(fixture_file(name)), metadata_errors="replace") as container:
        stream = container.streams[video.stream]
        packets = [one for one in container.demux(stream) if one.size]
    counted = [one for one in packets if one.pts >= video.gops[0].key]
    assert sum(one.count for one in video.gops) == len(counted)
    assert sum(one.size for one in video.gops) == sum(one.size for one in counted)
    keys = [one.pts for one in counted if one.is_keyframe]
    apart = [
        one
        for one, before in zip(keys, [-(10**9), *keys], strict=False)
        if (one - before) * video.tick >= CLOSEST_KEYS
    ]
    assert [one.key for one in video.gops] == apart
    assert video.end > max(one.pts for one in packets)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("h264_bframes_irregular_mkv", Fraction(24000, 1001)),
        ("h264_bframes_irregular_mp4", Fraction(24000, 1001)),
        ("fps25", Fraction(25)),
        ("fps2997", Fraction(30000, 1001)),
        ("fps60", Fraction(60)),
        ("vfr_mkv", Fraction(25)),
        ("corrupt_middle", Fraction(25)),
    ],
)
def test_the_rate_is_what_the_film_was_made_with(name: str, rate: Fraction) -> None:
    video = indexed(name).index.video
    assert video is not None
    assert video.rate == rate


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("h264_mkv", (320, 180)),
        ("rotated_mp4", (180, 320)),
        ("anamorphic_mkv", (512, 288)),
        ("odd_size", (321, 181)),
    ],
)
def test_the_size_is_as_displayed(name: str, shown: tuple[int, int]) -> None:
    video = indexed(name).index.video
    assert video is not None
    assert (video.display_width, video.display_height) == shown


def test_depth_range_rotation_and_fields_are_seen() -> None:
    seen = {
        name: indexed(name).index.video for name in ("hevc_hdr_mkv", "rotated_mp4", "interlaced_ts")
    }
    assert all(seen.values())
    hdr, turned, fields = (one for one in seen.values() if one is not None)
    assert (hdr.dynamic_range, hdr.bit_depth) == ("PQ", 10)
    assert (turned.dynamic_range, turned.bit_depth, turned.rotation) == ("SDR", 8, 90)
    assert (fields.interlaced, turned.interlaced) == (True, False)


def test_time_0_is_the_first_picture_and_not_the_start_of_the_container() -> None:
    film = indexed("h264_ts")
    assert film.plan.origin == Fraction(148, 100)
    assert film.index.duration == 24.0


def test_a_cover_is_no_film() -> None:
    video = indexed("cover_mp4").index.video
    assert video is not None
    assert video.codec == "h264"


def test_open_groups_of_h264_are_no_place_to_start_and_those_of_hevc_are() -> None:
    avc, hevc = indexed("h264_open_gop").index.video, indexed("hevc_mkv").index.video
    assert avc is not None
    assert hevc is not None
    assert [one.sync for one in avc.gops] == [True] + [False] * (len(avc.gops) - 1)
    assert all(one.sync for one in hevc.gops)
    for video in (avc, hevc):
        assert any(one.start < one.key for one in video.gops[1:])
        assert video.gops[0].start == video.gops[0].key


def test_one_key_in_the_file_gives_a_grid_of_real_picture_times() -> None:
    film = indexed("single_keyframe")
    video = film.index.video
    assert video is not None
    assert video.grid == (0, 6000, 12000, 18000, 24000)
    assert not film.plan.can_copy
    assert {one.decode_key for one in film.plan.spans} == {0}


@pytest.mark.parametrize("name", ["truncated_mkv", "truncated_mp4"])
def test_a_file_that_was_cut_off_ends_where_its_packets_do(name: str) -> None:
    index = indexed(name).index
    assert index.truncated
    assert 13 < index.duration < 15
    assert not indexed("h264_mkv").index.truncated


@pytest.mark.parametrize("name", ["corrupt_middle", "corrupt_ts"])
def test_damage_in_the_middle_leaves_the_rest_as_it_is(name: str) -> None:
    film = indexed(name)
    assert film.index.duration == 24.0
    assert film.plan.can_copy
    assert not film.index.audio[0].regular
    assert max(film.plan.durations) <= 9


@pytest.mark.parametrize(
    ("name", "codec", "channels", "rate", "frame"),
    [
        ("h264_mkv", "mp4a.40.2", 2, 48_000, 1024),
        ("surround_71", "mp4a.40.2", 8, 48_000, 1024),
        ("opus_mkv", "Opus", 2, 48_000, 960),
        ("mp3_audio", "mp4a.6B", 2, 44_100, 1152),
        ("flac96", "fLaC", 2, 96_000, None),
        ("eac3_mkv", "ec-3", 6, 48_000, 1536),
    ],
)
def test_sound_on_a_grid_may_be_copied_whatever_its_codec(
    name: str, codec: str, channels: int, rate: int, frame: int | None
) -> None:
    (track,) = indexed(name).index.audio
    assert (track.codecs, track.channels, track.rate) == (codec, channels, rate)
    assert track.frame_size == frame or frame is None
    assert track.regular
    assert 0 < track.bitrate <= track.peak


def test_sound_without_a_header_of_its_own_is_not_copied() -> None:
    (track,) = indexed("h264_ts").index.audio
    assert (track.codecs, track.regular) == (None, False)


def test_sound_that_starts_late_or_ends_early_is_not_copied(tmp_path: Path) -> None:
    regular = {}
    for name, change in {
        "late": ["-itsoffset", "2"],
        "short": ["-t", "15"],
        "whole": [],
    }.items():
        path = tmp_path / f"{name}.mkv"
        film, sound = str(fixture_file("no_audio")), str(fixture_file("no_video"))
        command = [str(find_ffmpeg()), "-v", "error", "-i", film, *change, "-i", sound]
        command += ["-map", "0:v", "-map", "1:a", "-c", "copy", str(path)]
        subprocess.run(command, check=True, timeout=60)
        regular[name] = index_of(path).audio[0].regular
    assert regular == {"late": False, "short": False, "whole": True}


def test_two_languages_are_told_apart() -> None:
    english, german = indexed("two_audio").index.audio
    assert (english.codec, english.language, english.default) == ("aac", "eng", True)
    assert (german.codec, german.language, german.default) == ("ac3", "ger", False)
    assert (german.channels, german.title) == (6, "Surround")


def test_the_anchor_is_a_time_at_which_a_frame_of_sound_begins() -> None:
    (track,) = indexed("h264_mp4").index.audio
    assert (track.first, track.start, track.anchor) == (-1024, 0, 2048)


@pytest.mark.parametrize("name", NAMES)
def test_an_index_survives_being_stored(name: str) -> None:
    index = indexed(name).index
    assert FileIndex.from_bytes(index.to_bytes()) == index


def column_of(times: list[tuple[int | None, int]], keys: set[int]) -> PictureColumn:
    """A column of packets made by hand: PTS and DTS of each, and which are keys."""
    with av.open(str(fixture_file("mpeg4_avi"))) as container:
        column = PictureColumn(container.streams.video[0])
        for place, (pts, dts) in enumerate(times):
            packet = av.Packet(b"x")
            packet.pts, packet.dts, packet.is_keyframe = pts, dts, place in keys
            column.take(packet)
    return column


def test_pictures_that_only_have_decode_times_are_known_as_such() -> None:
    column = column_of([(None, place) for place in range(100)], {0, 50})
    assert not column.finish()
    assert column.timeless
    assert list(column.times) == list(range(100))


def test_h264_in_avi_has_no_times_of_its_own_and_is_encoded() -> None:
    film = indexed("h264_avi")
    assert film.plan.why_no_copy == "The file does not say when each of its pictures is shown."
    assert film.plan.source is not None
    assert film.plan.source.timeless
    assert film.plan.durations == (6, 6, 6, 6)


def test_a_few_packets_without_a_time_are_damage_and_left_out() -> None:
    times: list[tuple[int | None, int]] = [(place, place) for place in range(200)]
    times[70] = (None, 70)
    column = column_of(times, {0, 50, 100})
    assert not column.finish()
    assert not column.timeless
    assert 70 not in column.times
    assert [column.times[place] for place, _ in column.keys] == [0, 50, 100]


def test_a_time_far_outside_its_group_is_left_out() -> None:
    times = [*range(0, 4000, 40)]
    keys = [(0, True), (25, True), (50, True), (75, True)]
    times[30] = 10**7
    times[90] = -(10**7)
    assert strays(array("q", times), keys, MILLISECOND) == {30, 90}
    times[50] = 10**8  # a key
    steady = steady_keys(array("q", times), keys)
    assert steady == [(0, True), (25, True), (75, True)]
    assert strays(array("q", times), steady, MILLISECOND) == {30, 50, 90}


def test_pictures_whose_form_changes_within_the_file_are_encoded(tmp_path: Path) -> None:
    path = tmp_path / "joined.ts"
    films = (fixture_file("h264_ts"), fixture_file("interlaced_ts"))
    path.write_bytes(b"".join(one.read_bytes() for one in films))
    video = index_of(path).video
    assert video is not None
    assert video.trouble == "The form of the pictures changes within the file."


def test_a_file_without_pictures_or_sound_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "words.mkv"
    source = str(fixture_file("text_subs_mkv"))
    command = [str(find_ffmpeg()), "-v", "error", "-i", source, "-map", "0:s:0", "-c", "copy"]
    subprocess.run([*command, str(words)], check=True, timeout=60)
    with pytest.raises(MediaError, match="no pictures and no sound"):
        index_file(os.fsencode(words))
    with pytest.raises(MediaGone):
        index_file(os.fsencode(tmp_path / "gone.mkv"))
    (tmp_path / "junk.mkv").write_bytes(bytes(range(256)) * 64)
    with pytest.raises(MediaError):
        index_file(os.fsencode(tmp_path / "junk.mkv"))


def test_a_group_in_broken_order_is_no_place_to_cut() -> None:
    groups = grouped([0, 500, 1000, 1500, 900, 2000, 3000, 3500], [0, 2, 4, 6])
    assert [(one.key, one.cut) for one in groups] == [
        *((0, True), (1000, True), (3000, True)),
    ]
    assert [one.count for one in groups] == [2, 4, 2]
    jumped = grouped([0, 500, 1000, 5000, 2000, 2500, 6000, 6500], [0, 2, 4, 6])
    assert [(one.key, one.cut) for one in jumped] == [
        *((0, True), (1000, True), (2000, False), (6000, True)),
    ]


def test_what_comes_before_the_first_key_or_is_shown_before_it_is_left_out() -> None:
    (group,) = grouped([5, 7, 100, 60, 80, 140], [2])
    assert group == Gop(100, 100, 3 + 6, 2, True, True, 3)


def test_keys_next_to_each_other_are_one_group() -> None:
    groups = grouped(list(range(0, 4000, 40)), list(range(100)))
    assert [one.key for one in groups] == list(range(0, 4000, 400))
    assert sum(one.count for one in groups) == 100


@PROPERTY
@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60), st.data())
def test_any_times_make_groups_in_rising_order(times: list[int], data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(times) - 1), min_size=1))
    groups = grouped(times, sorted(places))
    assert groups
    starts = [one.start for one in groups]
    assert starts == sorted(starts)
    assert all(one.count > 0 and one.size > 0 for one in groups)
    end = max(times) + 40
    grid = picture_grid(array("q", times), groups, end, MILLISECOND)
    assert set(grid) <= {*times, groups[0].start}
    assert list(grid) == sorted(set(grid))


@pytest.mark.parametrize(
    ("times", "num", "den", "scale"),
    [
        ([0, 42, 83, 125], 1, 1000, 1),
        ([0, 33, 17, 50], 1, 1000, 2),
        ([0, 1, 2, 3], 1, 25, 20),
        ([0, 1, 2, 3], 1001, 24000, 1),
        ([7], 1, 1000, 1),
        ([0, 1, 2], 1, 10**9, 2),
    ],
)
def test_ticks_are_multiplied_until_a_picture_lasts_20(
    times: list[int], num: int, den: int, scale: int
) -> None:
    assert output_scale(array("q", times), num, den) == scale


def test_rates_are_believed_if_the_times_agree() -> None:
    steady = array("q", range(0, 40_000, 40))
    assert picture_rate(steady, Fraction(25), MILLISECOND) == 25
    assert picture_rate(steady, Fraction(1000), MILLISECOND) == 25
    assert picture_rate(steady, None, MILLISECOND) == 25
    assert picture_rate(array("q", [5]), None, MILLISECOND) == 25
    uneven = array("q", [0, 100, 300, 400, 900, 1000, 1300])
    assert picture_rate(uneven, Fraction(60), MILLISECOND) == Fraction(60, 13)


def test_a_grid_of_sound_allows_a_millisecond() -> None:
    times = [round(number * 1024 / 48) for number in range(1000)]
    assert on_grid(array("q", times), 1024, 48_000, MILLISECOND)
    times[500] += 3
    assert not on_grid(array("q", times), 1024, 48_000, MILLISECOND)
