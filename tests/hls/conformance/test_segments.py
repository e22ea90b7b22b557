"""What an outside player finds in the segments of every fixture, to the tick."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.support.hls_fixtures import NAMES, fixture_file
from tests.support.hls_player import Screening, decoded, probed

Watched = Callable[[str], Screening]
CLOSE = Fraction(50, 1000)
"""Seconds by which a playlist may err (RFC 8216 asks for less than half a second)."""
TICK = Fraction(1, 1000)
"""Matroska's clock."""
PICTURES = [name for name in NAMES if name != "no_video"]
SOUND = [name for name in NAMES if name not in {"no_audio", "hevc_hdr_mkv", "h264_avi"}]
DAMAGED = {"truncated_mkv", "truncated_mp4", "corrupt_middle", "corrupt_ts"}
NO_TIMES = {"mpeg4_avi", "h264_avi"}
"""Containers that say no presentation times by themselves."""
ROUNDING = Fraction(1, 1000)
"""Frames of sound that six decimals of a duration may be off."""
AS_THEY_ARE = ("-fps_mode", "passthrough", "-enc_time_base", "demux")
NOT_COPIED = {
    "h264_open_gop": "players hang at key pictures of open groups",
    "single_keyframe": "one key picture in 30 seconds",
    "odd_size": "4:4:4 colour",
    "interlaced_ts": "interlaced",
    "h264_avi": "no times at which pictures are shown",
    "mpeg4_avi": "not made for segments",
}
every_fixture = pytest.mark.parametrize("name", NAMES)
with_pictures = pytest.mark.parametrize("name", PICTURES)


@every_fixture
def test_segments_last_as_long_as_the_playlist_says(name: str, watched: Watched) -> None:
    for rendition in watched(name).renditions.values():
        if rendition.name == "vkeys":
            continue
        promised = pairwise(rendition.playlist.starts)
        for (start, end), (begun, ended) in zip(promised, rendition.spans, strict=True):
            assert abs((end - start) - (ended - begun)) <= CLOSE, rendition.name
            assert abs(start - begun) <= CLOSE, rendition.name


@with_pictures
def test_pictures_begin_exactly_where_the_playlist_says(name: str, watched: Watched) -> None:
    for rendition in watched(name).video:
        rounding = Fraction(len(rendition.segments), 1_000_000)
        for start, (begun, _) in zip(rendition.playlist.starts, rendition.spans, strict=False):
            assert abs(start - begun) <= rounding, rendition.name


@every_fixture
def test_durations_add_up_to_the_files(name: str, watched: Watched) -> None:
    viewing = watched(name)
    totals = {one.name: one.playlist.starts[-1] for one in viewing.video + viewing.audio}
    if name not in DAMAGED:
        assert max(totals.values()) - min(totals.values()) <= CLOSE, totals
        assert abs(float(max(totals.values())) - viewing.answer["duration"]) < 0.15, totals


@with_pictures
def test_every_segment_starts_on_a_key_picture(name: str, watched: Watched) -> None:
    for rendition in watched(name).video:
        for one in rendition.fragments:
            assert one.samples[0].sync, rendition.name
            assert min(one.samples, key=lambda sample: sample.pts).pts == one.first


@every_fixture
def test_decoding_times_run_on_without_gap_or_overlap(name: str, watched: Watched) -> None:
    for rendition in watched(name).renditions.values():
        if rendition.name == "vkeys":
            continue
        slack = max(2, rendition.init.timescale * TICK)  # open groups begin two ticks early
        for before, after in pairwise(rendition.fragments):
            assert abs(after.base - before.end) <= slack, rendition.name
            assert all(one.duration > 0 for one in before.samples)
            assert all(one.pts >= one.dts - slack for one in before.samples), rendition.name
        assert not rendition.init.has_edit_list, rendition.name
        assert [one.sequence for one in rendition.fragments] == list(
            range(1, len(rendition.fragments) + 1)
        )


@with_pictures
def test_presentation_times_never_go_back_over_a_join(name: str, watched: Watched) -> None:
    for rendition in watched(name).video:
        shown = [pts for one in rendition.fragments for pts in one.shown]
        assert shown == sorted(set(shown)), rendition.name


@with_pictures
def test_renditions_share_boundaries_and_clock(name: str, watched: Watched) -> None:
    first, *others = watched(name).video
    assert bool(others) == (name not in NOT_COPIED)
    for other in others:
        assert other.playlist.durations == first.playlist.durations
        assert other.init.timescale == first.init.timescale
        for mine, theirs in zip(first.fragments, other.fragments, strict=True):
            assert abs(mine.first - theirs.first) == 0, other.name


@pytest.mark.parametrize("name", [one for one in PICTURES if one not in DAMAGED | NO_TIMES])
def test_pictures_are_the_sources_at_the_sources_times(name: str, watched: Watched) -> None:
    expected = source_times(name)
    for rendition in watched(name).video:
        shown = [rendition.seconds(pts) for one in rendition.fragments for pts in one.shown]
        assert len(shown) == len(expected), rendition.name
        worst = max(abs(a - b) for a, b in zip(shown, expected, strict=True))
        assert worst <= TICK, (rendition.name, float(worst))


def source_times(name: str) -> list[Fraction]:
    """Seconds at which the source shows its pictures, from the first on, as ffprobe reads it."""
    entries = ("-select_streams", "V:0", "-show_entries", "packet=pts_time,flags")
    packets = probed(fixture_file(name), *entries)
    times = sorted(Fraction(one["pts_time"]) for one in packets if "D" not in one["flags"])
    return [one - times[0] for one in times]


@with_pictures
def test_the_source_is_copied_whenever_its_pictures_allow(name: str, watched: Watched) -> None:
    assert ("vsource" in watched(name).renditions) == (name not in NOT_COPIED)


@pytest.mark.parametrize("name", SOUND)
def test_sound_joins_sample_exactly_on_its_grid(name: str, watched: Watched) -> None:
    sounds = watched(name).audio
    assert sounds
    for rendition in sounds:
        for before, after in pairwise(rendition.fragments):
            assert after.base == before.end, rendition.name
        lengths = {one.duration for part in rendition.fragments for one in part.samples}
        if rendition.name.endswith("source"):
            continue
        assert lengths == {1024}, rendition.name
        assert rendition.init.timescale in {44_100, 48_000}
        for start, part in zip(rendition.playlist.starts, rendition.fragments, strict=False):
            assert part.base % 1024 == 0
            late = part.base // 1024 - start * rendition.init.timescale / 1024
            assert -ROUNDING < late < 1 + ROUNDING, rendition.name


@with_pictures
def test_every_picture_is_decoded_without_complaint(name: str, watched: Watched) -> None:
    for rendition in watched(name).video:
        if name in DAMAGED and rendition.name == "vsource":
            continue  # a copy has the source's own damage
        frames = decoded(rendition.url, *AS_THEY_ARE)
        wanted = [rendition.seconds(pts) for one in rendition.fragments for pts in one.shown]
        assert [one.pts for one in frames] == pytest.approx(wanted, abs=0.002), rendition.name


@with_pictures
def test_the_key_pictures_alone_are_key_pictures(name: str, watched: Watched) -> None:
    keys = watched(name).renditions.get("vkeys")
    assert (keys is None) == (name in NOT_COPIED)
    if keys is None:
        return
    assert "#EXT-X-I-FRAMES-ONLY" in keys.playlist.tags
    source = watched(name).renditions["vsource"]
    assert keys.init.content == source.init.content
    for alone, full in zip(keys.fragments, source.fragments, strict=True):
        assert len(alone.samples) == 1
        assert alone.samples[0].sync
        assert alone.samples[0].content == full.samples[0].content
