"""Fragments say what they were given, to a reader written by hand and to libavformat."""

import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.box import (
    audio_fragment,
    boxes,
    find_box,
    read_fragments,
    video_fragment,
)
from shadow.hls.segments.timeline import Laid, Sample, Timed
from shadow.runtime.processes import find_ffmpeg
from tests.hls.segments.pieces import PROPERTY, demuxed, indexed, init_of, read_by_hand, walked
from tests.support.hls_fixtures import fixture_file

WORDS = st.integers(0, 2**32 - 1)


@st.composite
def segments(draw: st.DrawFn) -> tuple[int, Laid, list[Sample]]:
    contents = draw(st.lists(st.binary(max_size=40), min_size=1, max_size=20))
    samples = [Sample(0, content, draw(st.booleans())) for content in contents]
    timed = tuple(
        Timed(draw(WORDS), draw(st.integers(-(2**31), 2**31 - 1)), len(one.content), one.sync)
        for one in samples
    )
    return draw(st.integers(0, 10**6)), Laid(draw(st.integers(0, 2**63)), timed), samples


@PROPERTY
@given(segments())
def test_a_reader_written_by_hand_finds_what_was_written(
    segment: tuple[int, Laid, list[Sample]],
) -> None:
    number, laid, samples = segment
    written = b"".join(video_fragment(number, laid, samples))
    sequence, base, rows, content = read_by_hand(written)
    assert (sequence, base) == (number + 1, laid.base_time)
    assert [(row.duration, row.size, row.cts) for row in rows] == [
        (one.duration, one.size, one.cts) for one in laid.timed
    ]
    assert [row.flags == 0x02000000 for row in rows] == [one.sync for one in laid.timed]
    assert content == b"".join(one.content for one in samples)
    assert [name for name, _ in walked(written)][:3] == ["styp", "moof", "moof/mfhd"]


@PROPERTY
@given(segments())
def test_our_own_reader_finds_it_too(segment: tuple[int, Laid, list[Sample]]) -> None:
    number, laid, samples = segment
    read = read_fragments(b"".join(video_fragment(number, laid, samples)))
    time = laid.base_time
    for one, timed, sample in zip(read, laid.timed, samples, strict=True):
        assert (one.dts, one.pts - one.dts, one.duration) == (time, timed.cts, timed.duration)
        assert (bytes(one.content), one.sync) == (sample.content, sample.sync)
        time += timed.duration


@PROPERTY
@given(st.lists(st.binary(min_size=1, max_size=30), max_size=30), st.integers(0, 2**40))
def test_packets_of_sound_lie_on_the_grid(packets: list[bytes], base: int) -> None:
    read = read_fragments(b"".join(audio_fragment(7, base, packets, 1024)))
    assert [one.pts for one in read] == [base + 1024 * place for place in range(len(packets))]
    assert [bytes(one.content) for one in read] == packets
    assert all(one.sync and one.duration == 1024 for one in read)


def test_libavformat_reads_the_same_times_and_bytes() -> None:
    samples = [Sample(0, b"\0\0\0\1a", True), Sample(80, b"\0\0\0\1b", False)]
    samples.append(Sample(40, b"\0\0\0\1c", False))
    timed = (Timed(37, 0, 5, True), Timed(40, 46, 5, False), Timed(43, 3, 5, False))
    fragment = b"".join(video_fragment(0, Laid(1000, timed), samples))
    read = demuxed(init_of(indexed("h264_mkv")) + fragment)
    assert [(one.dts, one.pts, one.content) for one in read] == [
        (1000, 1000, b"\0\0\0\1a"),
        (1037, 1083, b"\0\0\0\1b"),
        (1077, 1080, b"\0\0\0\1c"),
    ]


@pytest.mark.parametrize("flags", ["default_base_moof", "frag_discont+negative_cts_offsets"])
def test_fragments_of_another_writer_are_read_as_libavformat_reads_them(
    flags: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.mp4"
    command = [str(find_ffmpeg()), "-v", "error", "-i", str(fixture_file("h264_mp4")), "-an"]
    command += ["-c", "copy", "-movflags", f"frag_keyframe+empty_moov+{flags}"]
    subprocess.run([*command, "-use_editlist", "0", str(path)], check=True, timeout=60)
    content = path.read_bytes()
    ours, theirs = read_fragments(content), demuxed(content)
    assert [bytes(one.content) for one in ours] == [one.content for one in theirs]
    assert [one.sync for one in ours] == [one.key for one in theirs]
    shift = ours[0].pts - theirs[0].pts
    assert [one.pts - shift for one in ours] == [one.pts for one in theirs]


def test_a_picture_that_lasts_too_long_for_32_bits_is_refused() -> None:
    laid = Laid(0, (Timed(2**32, 0, 1, True),))
    with pytest.raises(ValueError, match="too long"):
        video_fragment(0, laid, [Sample(0, b"x", True)])


@pytest.mark.parametrize(
    "damaged",
    [
        b"\0\0\0",
        b"\0\0\0\7free",
        b"\0\0\1\0free",
        b"\0\0\0\1free\xff" + bytes(7),
    ],
)
def test_boxes_that_do_not_fit_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="box"):
        list(boxes(damaged))


def test_boxes_with_large_sizes_and_open_ends_are_read() -> None:
    large = struct.pack(">I4sQ", 1, b"wide", 18) + b"ab"
    open_ended = struct.pack(">I4s", 0, b"last") + b"cd"
    found = [(one.kind, bytes(one.body)) for one in boxes(large + open_ended)]
    assert found == [(b"wide", b"ab"), (b"last", b"cd")]
    assert find_box(large, b"none") is None


@PROPERTY
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_plain_words(content: bytes) -> None:
    inside = struct.pack(">I4s", 8 + len(content), b"traf") + content
    with suppress(ValueError):
        samples = read_fragments(struct.pack(">I4s", 8 + len(inside), b"moof") + inside)
        assert all(one.size == len(one.content) for one in samples)
