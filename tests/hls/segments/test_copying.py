"""Copied segments, fetched in any order, are the film that is in the file."""

import functools
import os
import random
from itertools import pairwise

import pytest

from shadow.hls.segments.box import read_fragments
from shadow.hls.segments.copying import copy_segment, key_segment
from shadow.hls.segments.nal import PARAMETER_SETS, annex_b_units, unit_type
from shadow.hls.segments.opening import kept_open, packets_of
from shadow.hls.segments.orders import VideoSpan
from shadow.hls.segments.timeline import output_ticks
from shadow.runtime.media_errors import MediaError
from shadow.runtime.media_file import opened
from tests.hls.segments.pieces import (
    Indexed,
    copied,
    decoded_times,
    demuxed,
    indexed,
    init_of,
    read_by_hand,
)
from tests.support.hls_fixtures import NAMES, fixture_file

ENCODED_ONLY = {"single_keyframe", "h264_open_gop", "no_video", "mpeg4_avi", "h264_avi"}
COPIED = tuple(one for one in NAMES if one not in ENCODED_ONLY)
DAMAGED = {"corrupt_middle", "corrupt_ts", "truncated_mp4"}


@functools.cache
def in_any_order(name: str) -> list[bytes]:
    """All segments, made in random order and each twice, in order of time."""
    film = indexed(name)
    numbers = [one.number for one in film.plan.spans] * 2
    random.Random(name).shuffle(numbers)
    made: dict[int, bytes] = {}
    for number in numbers:
        segment = copied(film, number)
        assert made.setdefault(number, segment) == segment
    return [made[number] for number in sorted(made)]


def pictures_in(film: Indexed) -> list[tuple[int, bytes]]:
    """Time in output ticks and content of each picture of the file that belongs to the film."""
    source = film.plan.source
    assert source is not None
    first, end = film.plan.spans[0].start, film.plan.spans[-1].end
    found = []
    with opened(os.fsencode(film.path)) as (container, _):
        for packet in packets_of(container, container.streams[source.stream]):
            if packet.pts is not None and first <= packet.pts < end:
                content = bytes(packet)
                if source.annex_b:
                    content = b"".join(picture_units(content, source.codec))
                found.append((output_ticks(packet.pts, source), content))
    return found


def picture_units(content: bytes, codec: str) -> list[bytes]:
    left_out = PARAMETER_SETS[codec] | {9 if codec == "h264" else 35}
    return [one for one in annex_b_units(content) if unit_type(one, codec) not in left_out]


def without_lengths(content: bytes) -> bytes:
    units, position = [], 0
    while position < len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        units.append(content[position + 4 : position + 4 + size])
        position += 4 + size
    return b"".join(units)


@pytest.mark.parametrize("name", COPIED)
def test_segments_made_in_any_order_hold_what_is_in_the_file(name: str) -> None:
    film = indexed(name)
    assert film.plan.can_copy
    assert film.plan.source is not None
    segments = in_any_order(name)
    read = [one for segment in segments for one in read_fragments(segment)]
    contents = [bytes(one.content) for one in read]
    if film.plan.source.annex_b:
        contents = [without_lengths(one) for one in contents]
    expected = pictures_in(film)
    if name in DAMAGED:
        # What no demuxer can be sure of is left out; nothing is made up.
        assert set(zip([one.pts for one in read], contents, strict=True)) <= set(expected)
        assert len(read) > len(expected) * 0.95
    else:
        assert list(zip([one.pts for one in read], contents, strict=True)) == expected


@pytest.mark.parametrize("name", COPIED)
def test_segments_begin_and_end_exactly_where_the_playlist_says(name: str) -> None:
    film = indexed(name)
    source = film.plan.source
    assert source is not None
    for span, segment in zip(film.plan.spans, in_any_order(name), strict=True):
        number, base, rows, _ = read_by_hand(segment)
        start, end = output_ticks(span.start, source), output_ticks(span.end, source)
        read = read_fragments(segment)
        assert number == span.number + 1
        assert base + sum(one.duration for one in rows) == end
        assert 0 <= start - base <= 16
        assert min(one.pts for one in read) == start
        assert max(one.pts for one in read) < end
        assert read[0].sync
        assert all(one.cts >= 0 for one in rows)


@pytest.mark.parametrize("name", COPIED)
def test_libavformat_plays_the_segments_like_the_file(name: str) -> None:
    film = indexed(name)
    whole = init_of(film) + b"".join(in_any_order(name))
    read = demuxed(whole)
    assert read[0].key
    assert all(one.dts is not None for one in read)
    assert all(one.dts < other.dts for one, other in pairwise(read))  # type: ignore[operator] none is None
    assert [one.pts for one in read] == [one.pts for one in read_fragments(whole)]
    if name not in DAMAGED:
        with opened(os.fsencode(film.path)) as (container, _):
            stream = container.streams[film.plan.source.stream]  # type: ignore[union-attr] copied
            times = [one.pts for one in container.decode(stream)]
        shown = decoded_times(whole)
        assert len(shown) == len(times)
        assert shown == sorted(shown)


def test_leading_pictures_of_an_open_group_are_in_the_segment_that_they_are_shown_in() -> None:
    film = indexed("hevc_mkv")
    opened = [one for one in film.plan.spans if one.key is not None and one.start < one.key]
    assert opened
    for span in opened:
        read = read_fragments(copied(film, span.number))
        assert read[0].pts > read[1].pts
        assert read[0].sync


def test_parameter_sets_of_a_transport_stream_are_in_the_init_segment_only() -> None:
    film = indexed("hevc_ts")
    for one in read_fragments(copied(film, 0)):
        content, position = bytes(one.content), 0
        while position < len(content):
            size = int.from_bytes(content[position : position + 4], "big")
            assert content[position + 4] >> 1 & 63 not in {32, 33, 34, 35}
            position += 4 + size
        assert position == len(content)


@pytest.mark.parametrize("name", ["h264_mkv", "hevc_ts", "av1_mp4", "vp9_webm"])
def test_a_key_picture_stands_for_its_segment(name: str) -> None:
    film = indexed(name)
    source = film.plan.source
    assert source is not None
    with kept_open(os.fsencode(film.path), film.key) as container:
        for span in film.plan.spans:
            key = b"".join(key_segment(container, source, span))
            (picture,) = read_fragments(key)
            segment = read_fragments(b"".join(copy_segment(container, source, span)))
            assert bytes(picture.content) == bytes(segment[0].content)
            assert picture.sync
            assert picture.pts == picture.dts == output_ticks(span.start, source)
            assert picture.duration == output_ticks(span.end, source) - picture.pts
            assert len(decoded_times(init_of(film) + key)) == 1


def test_a_segment_without_a_key_is_not_copied() -> None:
    film = indexed("single_keyframe")
    assert film.plan.source is not None
    with (
        pytest.raises(MediaError, match="does not start with a key picture"),
        kept_open(os.fsencode(film.path), film.key) as container,
    ):
        copy_segment(container, film.plan.source, film.plan.spans[1])


def test_a_key_that_is_not_there_is_said_to_be_missing() -> None:
    film = indexed("h264_mp4")
    assert film.plan.source is not None
    nowhere = VideoSpan(1, 5, 10_000, 5, None, 5)
    with (
        pytest.raises(MediaError, match="a key picture is not where it was"),
        kept_open(os.fsencode(film.path), film.key) as container,
    ):
        copy_segment(container, film.plan.source, nowhere)


def test_the_film_beside_a_cover_is_what_is_copied() -> None:
    plain, covered = indexed("h264_mp4"), indexed("cover_mp4")
    assert copied(plain, 2) == copied(covered, 2)
    assert fixture_file("cover_mp4") == covered.path
