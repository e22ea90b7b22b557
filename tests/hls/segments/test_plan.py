"""Segments begin where they can, last as they should, and are the same in every rendition."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.facts import AudioTrack, FileIndex, Gop, VideoTrack
from shadow.hls.segments.plan import (
    AAC_FRAME,
    AAC_RATES,
    audio_durations,
    audio_source,
    audio_spans,
    choose_cuts,
    copied_audio_spans,
    copied_start,
    peak_rate,
    plan_file,
    target_duration,
)
from tests.hls.segments.pieces import PROPERTY, indexed

TICK = Fraction(1, 1000)


def video(gops: tuple[Gop, ...], end: int, **changes: object) -> VideoTrack:
    track = VideoTrack(
        *(0, "h264", "avc1.64001F", 1, 1000, 1, end, 25, 1, 640, 360, 640, 360),
        *(8, 0, False, "SDR", False, gops, ()),
    )
    return replace(track, **changes)  # type: ignore[arg-type] any field may be changed


def audio(**changes: object) -> AudioTrack:
    track = AudioTrack(
        *(1, "aac", "mp4a.40.2", 1, 1000, 48_000, 2, 1024, 43, -21, True, 128_000, 130_000),
        *("eng", None, True),
        packets=100_000,
    )
    return replace(track, **changes)  # type: ignore[arg-type] any field may be changed


@st.composite
def tracks(draw: st.DrawFn) -> VideoTrack:
    """Groups of 0.1 to 12 s; some open, some that cannot be cut at, some not safe to start from."""
    lengths = draw(st.lists(st.integers(100, 12_000), min_size=1, max_size=60))
    time = draw(st.integers(0, 10**7))
    gops: list[Gop] = []
    for length in lengths:
        leading = draw(st.sampled_from([0, 0, 40, 80])) if gops else 0
        cut = not gops or draw(st.integers(0, 9)) > 0
        sync = not gops or draw(st.integers(0, 9)) > 1
        gops.append(Gop(time + leading, time, 1000, 10, sync, cut))
        time += length
    return video(tuple(gops), time)


@PROPERTY
@given(tracks())
def test_segments_tile_the_film_and_start_where_all_before_has_been_shown(
    track: VideoTrack,
) -> None:
    plan = plan_file(FileIndex(track, (), 0.0), "key")
    cuttable = {one.start: one for one in track.gops if one.cut}
    assert all(one.start in cuttable for one in plan.spans)
    assert plan.spans[0].start == track.gops[0].start
    assert plan.spans[-1].end == track.end
    assert all(one.end == other.start for one, other in pairwise(plan.spans))
    assert [one.number for one in plan.spans] == list(range(len(plan.spans)))
    assert sum(plan.durations) == (track.end - track.gops[0].start) * TICK
    assert plan.boundaries[0] == 0
    assert plan.boundaries[-1] == Fraction(plan.duration).limit_denominator(1000)


@PROPERTY
@given(tracks())
def test_a_copied_segment_starts_at_a_key_that_every_decoder_can_start_from(
    track: VideoTrack,
) -> None:
    plan = plan_file(FileIndex(track, (), 0.0), "key")
    by_start = {one.start: one for one in track.gops}
    for span in plan.spans:
        if plan.can_copy:
            assert by_start[span.start].sync
            assert span.key == by_start[span.start].key
            after = by_start.get(span.end)
            assert span.next_key == (None if after is None else after.key)
        else:
            assert (span.key, span.next_key) == (None, None)
    assert plan.can_copy is (plan.why_no_copy is None)
    if plan.can_copy:
        assert max(plan.durations) <= 20 + 9


@PROPERTY
@given(tracks())
def test_decoding_starts_at_a_key_from_which_the_first_picture_can_be_decoded(
    track: VideoTrack,
) -> None:
    plan = plan_file(FileIndex(track, (), 0.0), "key")
    for span in plan.spans:
        begun = next(one for one in track.gops if one.key == span.decode_key)
        # Its leading pictures need the group before, so that one it must not be.
        assert begun.key <= span.start
        assert all(not begun.key < one.key <= span.start for one in track.gops)


@PROPERTY
@given(st.lists(st.integers(1, 15_000), min_size=1, max_size=80))
def test_a_segment_is_3_to_9_seconds_long_wherever_the_keys_allow(steps: list[int]) -> None:
    times = [0]
    for step in steps:
        times.append(times[-1] + step)
    end = times.pop()
    cuts = choose_cuts(times, end, TICK)
    assert cuts[0] == 0
    for start, stop in pairwise([*cuts, end]):
        chances = [one for one in [*times, end] if start < one <= stop]
        if stop != end:
            assert stop - start >= 3000
        # Never past 9 s while a chance of at least 3 s was there.
        if stop - start > 9000:
            assert all(one - start < 3000 for one in chances[:-1])
        # Never past a chance at 6 s or more.
        assert all(one - start < 6000 for one in chances[:-1])


@PROPERTY
@given(tracks(), st.sampled_from(AAC_RATES), st.integers(-3000, 90))
def test_frames_of_sound_tile_the_film_and_begin_in_their_own_segment(
    track: VideoTrack, rate: int, first: int
) -> None:
    sound = audio(first=track.gops[0].start + first)
    plan = plan_file(FileIndex(track, (sound,), 0.0), "key")
    spans = audio_spans(plan, rate)
    assert spans[0].first == 0
    assert all(one.end == other.first for one, other in pairwise(spans))
    for span, (start, end) in zip(spans, pairwise(plan.boundaries), strict=True):
        if span.end > span.first:
            assert start <= Fraction(span.first * AAC_FRAME, rate)
            assert Fraction((span.end - 1) * AAC_FRAME, rate) < end
    begins = copied_start(plan, sound)
    copies = copied_audio_spans(plan, sound)
    assert begins + copies[0].first * 1024 >= 0
    assert all(one.end == other.first for one, other in pairwise(copies))
    for copy, (start, end) in zip(copies, pairwise(plan.boundaries), strict=True):
        if copy.end > copy.first:
            assert start <= Fraction(begins + copy.first * 1024, 48_000)
            assert Fraction(begins + (copy.end - 1) * 1024, 48_000) < end


@PROPERTY
@given(tracks())
def test_one_target_duration_holds_for_every_playlist(track: VideoTrack) -> None:
    sounds = (audio(first=track.gops[0].start), audio(stream=2, frame_size=1536, rate=44_100))
    index = FileIndex(track, sounds, 0.0)
    plan = plan_file(index, "key")
    target = target_duration(plan, index)
    listed = [list(plan.durations)]
    listed += [audio_durations(audio_spans(plan, rate), rate, AAC_FRAME) for rate in AAC_RATES]
    listed += [
        audio_durations(copied_audio_spans(plan, one), one.rate, one.frame_size) for one in sounds
    ]
    assert target == max(1, *(ceil(max(one)) for one in listed))


def test_a_track_whose_packets_end_early_has_no_more_packets() -> None:
    plan = plan_file(indexed("h264_mkv").index, "key")
    spans = copied_audio_spans(plan, audio(packets=300))
    assert max(one.end for one in spans) == 300
    assert spans[-1].first == spans[-1].end == 300


def test_sound_whose_frames_vary_is_not_copied() -> None:
    plan = plan_file(indexed("h264_mkv").index, "key")
    with pytest.raises(ValueError, match="vary"):
        copied_audio_spans(plan, audio(frame_size=0))


def test_sound_alone_is_cut_every_six_seconds_without_a_short_end() -> None:
    film = indexed("no_video")
    assert film.plan.boundaries == (0, 6, 12, 18, 24)
    assert (film.plan.source, film.plan.spans, film.plan.can_copy) == (None, (), False)
    ends = {
        seconds: plan_file(replace(film.index, duration=seconds), "key").durations[-1]
        for seconds in (1.0, 8.5, 14.0, 15.5)
    }
    assert ends == {1.0: 1, 8.5: Fraction(17, 2), 14.0: 8, 15.5: Fraction(7, 2)}


def test_the_sound_of_a_file_is_on_the_clock_of_its_first_picture() -> None:
    film = indexed("h264_ts")
    source = audio_source(film.index.audio[0], film.plan, film.index)
    assert Fraction(source.origin_num, source.origin_den) == Fraction(148, 100)
    assert source.file_key == film.key
    with pytest.raises(ValueError, match="not of this file"):
        audio_source(audio(stream=9), film.plan, film.index)


def test_a_file_with_nothing_in_it_has_no_plan() -> None:
    with pytest.raises(ValueError, match="neither"):
        plan_file(FileIndex(None, (), 0.0), "key")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codec": "mpeg2video"}, "mpeg2video"),
        ({"codecs": None}, "damaged or missing"),
        ({"trouble": "Its times are lost."}, "times are lost"),
    ],
)
def test_why_pictures_cannot_be_copied_is_said(changes: dict[str, object], words: str) -> None:
    gops = tuple(Gop(at, at, 1, 1, True, True) for at in range(0, 60_000, 2000))
    plan = plan_file(FileIndex(video(gops, 60_000, **changes), (), 60.0), "key")
    assert plan.why_no_copy is not None
    assert words in plan.why_no_copy
    assert all(one.key is None for one in plan.spans)
    assert max(plan.durations) == 6


def test_keys_that_not_every_decoder_can_start_from_bound_encoded_segments_only() -> None:
    gops = tuple(Gop(at, at, 1, 1, at == 0, True) for at in range(0, 60_000, 2000))
    plan = plan_file(FileIndex(video(gops, 60_000), (), 60.0), "key")
    assert not plan.can_copy
    assert plan.durations == (6,) * 10
    unsafe = (replace(gops[0], sync=False), *gops[1:])
    begun = plan_file(FileIndex(video(unsafe, 60_000), (), 60.0), "key")
    assert (
        begun.why_no_copy == "The file begins with a picture that not every player can start from."
    )


def test_runs_of_segments_are_counted_between_half_and_one_and_a_half_targets() -> None:
    assert peak_rate([1000, 1, 1], [6.0, 6.0, 6.0], 6) == ceil(8000 / 6)
    # Two short ones count together only, and one alone not at all.
    assert peak_rate([1000, 1, 1000], [1.0, 2.0, 6.0], 6) == ceil(8 * 1001 / 3)
    assert peak_rate([500], [1.0], 6) == 4000
