"""The timestamp rule holds for every order of decoding, every rhythm and every damage."""

import random
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.orders import VideoSource, VideoSpan
from shadow.hls.segments.timeline import Laid, Sample, lay_out, output_ticks, timescale
from tests.hls.segments.pieces import PROPERTY

DEEPEST = 16  # pictures that H.264 and HEVC let a decoder hold back


def source(num: int = 1, den: int = 1000, scale: int = 1, origin: int = 0) -> VideoSource:
    return VideoSource(0, "h264", num, den, scale, origin, 25, 1, 0, False, False, "key")


def span(start: int, end: int, number: int = 0) -> VideoSpan:
    return VideoSpan(number, start, end, start, None, start)


def laid_out(times: list[int], end: int, *, start: int | None = None, origin: int = 0) -> Laid:
    """Lay out pictures by their times in decode order."""
    samples = [Sample(time, b"x" * (place + 1), place == 0) for place, time in enumerate(times)]
    first = min(times) if start is None else start
    return lay_out(samples, span=span(first, end), source=source(origin=origin))


def shown(laid: Laid) -> list[int]:
    """When each sample is shown, in decode order."""
    decoded = accumulate((one.duration for one in laid.timed), initial=laid.base_time)
    return [time + one.cts for time, one in zip(decoded, laid.timed, strict=False)]


@st.composite
def coded_orders(draw: st.DrawFn, *, closed: bool) -> tuple[list[int], int]:
    """Times in decode order and the end; no picture waits for more than a decoder can hold."""
    steps = draw(st.lists(st.integers(20, 4000), min_size=1, max_size=60))
    first = draw(st.integers(1000, 10**9))
    times = list(accumulate(steps, initial=first))
    end = times.pop()
    depth = draw(st.integers(0, DEEPEST))
    chance = random.Random(draw(st.integers(0, 2**32)))
    waiting = list(range(len(times)))
    order = [waiting.pop(0)] if closed else []
    while waiting:
        overdue = len(order) - waiting[0] >= depth
        order.append(waiting.pop(0 if overdue else chance.randrange(min(depth + 1, len(waiting)))))
    return [times[rank] for rank in order], end


@PROPERTY
@given(coded_orders(closed=True))
def test_a_closed_group_begins_at_its_first_picture_and_lasts_exactly_as_planned(
    order: tuple[list[int], int],
) -> None:
    times, end = order
    laid = laid_out(times, end)
    assert laid.base_time == min(times)
    assert laid.base_time + sum(one.duration for one in laid.timed) == end


@PROPERTY
@given(coded_orders(closed=False))
def test_every_picture_is_shown_at_its_own_time_and_not_before_it_is_decoded(
    order: tuple[list[int], int],
) -> None:
    times, end = order
    laid = laid_out(times, end)
    assert shown(laid) == times
    assert all(one.cts >= 0 for one in laid.timed)
    assert all(one.duration > 0 for one in laid.timed)


@PROPERTY
@given(coded_orders(closed=False))
def test_an_open_group_begins_to_be_decoded_at_most_a_few_ticks_early(
    order: tuple[list[int], int],
) -> None:
    times, end = order
    laid = laid_out(times, end)
    assert 0 <= min(times) - laid.base_time <= DEEPEST
    assert laid.base_time + sum(one.duration for one in laid.timed) == end


@PROPERTY
@given(
    st.lists(st.integers(-5000, 5000), min_size=1, max_size=50),
    st.integers(0, 1000),
    st.integers(100, 3000),
)
def test_times_that_are_doubled_or_outside_the_segment_are_shown_inside_it_one_after_another(
    times: list[int], start: int, length: int
) -> None:
    laid = laid_out(times, start + length, start=start, origin=0)
    moments = sorted(shown(laid))
    assert moments[0] == start
    assert moments[-1] < start + length
    assert all(before < after for before, after in pairwise(moments))
    assert all(one.duration > 0 for one in laid.timed)
    assert laid.base_time >= 0


@PROPERTY
@given(coded_orders(closed=True), st.integers(1, 1001), st.integers(1, 20))
def test_ticks_of_the_output_are_those_of_the_source_times_what_one_tick_lasts(
    order: tuple[list[int], int], num: int, scale: int
) -> None:
    times, end = order
    here = source(num=num, den=24_000, scale=scale, origin=min(times))
    samples = [Sample(time, b"", False) for time in times]
    laid = lay_out(samples, span=span(min(times), end), source=here)
    assert timescale(here) == 24_000 * scale
    assert shown(laid) == [output_ticks(time, here) for time in times]
    assert shown(laid) == [(time - min(times)) * num * scale for time in times]


def test_a_damaged_first_picture_does_not_move_the_join() -> None:
    laid = laid_out([140, 260, 180, 220], 300, start=100)
    assert laid.base_time == 100
    assert sorted(shown(laid)) == [100, 180, 220, 260]


def test_segments_of_a_film_follow_each_other_without_gap_or_overlap() -> None:
    film = [0, 160, 80, 40, 120, 320, 240, 200, 280]
    one, other = film[:5], film[5:]
    first, second = laid_out(one, 200), laid_out(other, 360, start=200)
    assert first.base_time + sum(part.duration for part in first.timed) == 200
    assert min(shown(second)) == 200


def test_sizes_and_sync_samples_are_told_as_they_are() -> None:
    laid = laid_out([0, 80, 40], 120)
    assert [(one.size, one.sync) for one in laid.timed] == [(1, True), (2, False), (3, False)]


def test_a_segment_without_pictures_is_refused() -> None:
    with pytest.raises(ValueError, match="0 pictures"):
        lay_out([], span=span(0, 100), source=source())


def test_more_pictures_than_ticks_are_refused() -> None:
    with pytest.raises(ValueError, match="5 pictures cannot be shown in 4 ticks"):
        laid_out([0, 1, 2, 3, 3], 4)
