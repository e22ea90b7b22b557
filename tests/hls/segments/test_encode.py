"""Encoded pictures: exact in time, the same bytes whenever and wherever they are made."""

import functools
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from shadow.hls.errors import FileChanged
from shadow.hls.ladder import rungs
from shadow.hls.segments import encode
from shadow.hls.segments.box import find_box, read_fragments
from shadow.hls.segments.decoded import Decoder
from shadow.hls.segments.orders import VideoRung, VideoSource, VideoSpan
from shadow.hls.segments.timeline import output_ticks
from tests.hls.segments.pieces import Indexed, decoded_times, indexed, key_of
from tests.hls.segments.reading import decoded_pictures, distance, indexed_path
from tests.support.media import ffmpeg_made

RUNG = VideoRung(160, 90, maxrate=300_000, bufsize=300_000)
FILMS = (
    "h264_mkv",
    "h264_ts",
    "h264_bframes_irregular_mp4",
    "h264_open_gop",
    "vfr_mkv",
    "hevc_mkv",
    "vp9_webm",
    "av1_mkv",
    "mpeg4_avi",
    "odd_size",
    "interlaced_ts",
    "fps60",
)
DAMAGED = ("corrupt_middle", "corrupt_ts", "truncated_mkv", "truncated_mp4")


def source_of(film: Indexed) -> VideoSource:
    source = film.plan.source
    assert source is not None
    return source


def lowest(film: Indexed) -> VideoRung:
    assert film.index.video is not None
    found = rungs(film.index.video)
    return found[min(found)]


def encoded(film: Indexed, number: int, rung: VideoRung = RUNG) -> bytes:
    span = film.plan.spans[number]
    return b"".join(encode.encode_segment(os.fsencode(film.path), source_of(film), span, rung))


@functools.cache
def in_order(name: str) -> tuple[bytes, ...]:
    """All segments, made one after the other."""
    film = indexed(name)
    return tuple(encoded(film, span.number) for span in film.plan.spans)


def whole(name: str) -> bytes:
    """Init and all segments, in order."""
    return encode.video_init(source_of(indexed(name)), RUNG) + b"".join(in_order(name))


@pytest.mark.parametrize("name", FILMS)
def test_every_picture_of_the_source_is_shown_at_its_own_time(name: str) -> None:
    film = indexed(name)
    source = source_of(film)
    first, end = film.plan.spans[0].start, film.plan.spans[-1].end
    times = [one for one in file_times(film) if first <= one < end]
    expected = [output_ticks(one, source) for one in times]

    shown = sorted(one.pts for one in read_fragments(whole(name)))

    assert shown == expected
    assert decoded_times(whole(name)) == shown


@pytest.mark.parametrize("name", [*FILMS, *DAMAGED, "single_keyframe", "rotated_mp4"])
def test_segments_are_the_same_bytes_in_order_and_out_of_order(name: str) -> None:
    film = indexed(name)
    numbers = [span.number for span in film.plan.spans]
    mixed = random.Random(name).sample(numbers, len(numbers))
    out_of_order = {number: encoded(film, number) for number in mixed}

    assert tuple(out_of_order[number] for number in numbers) == in_order(name)


@pytest.mark.parametrize("name", [*FILMS, *DAMAGED])
def test_segments_join_without_a_gap_and_begin_with_a_key_picture(name: str) -> None:
    film = indexed(name)
    source = source_of(film)
    for span in film.plan.spans:
        samples = read_fragments(in_order(name)[span.number])
        start, end = output_ticks(span.start, source), output_ticks(span.end, source)
        assert min(one.pts for one in samples) == samples[0].dts == start
        assert samples[-1].dts + samples[-1].duration == end
        assert samples[0].sync


def test_damaged_films_still_decode_from_first_to_last_segment() -> None:
    for name in DAMAGED:
        content = whole(name)
        shown = decoded_times(content)
        assert len(shown) == len(read_fragments(content))
        assert shown == sorted(set(shown))


def test_a_segment_without_any_picture_repeats_a_near_one() -> None:
    film = indexed("h264_mkv")
    source, last = source_of(film), film.plan.spans[-1]
    # A time of the file in which no packet is: behind its end, as when it was cut off.
    beyond = VideoSpan(9, last.end + 1000, last.end + 7000, None, None, last.decode_key)

    segment = b"".join(encode.encode_segment(os.fsencode(film.path), source, beyond, RUNG))

    samples = read_fragments(segment)
    assert len(samples) == 1
    assert samples[0].sync
    assert samples[0].duration == output_ticks(beyond.end, source) - output_ticks(
        beyond.start, source
    )
    (still,) = decoded_pictures(encode.video_init(source, RUNG) + segment)
    ended = decoded_pictures(encode.video_init(source, RUNG) + encoded(film, last.number))[-1]
    assert distance(still, ended) < 6


def test_a_segment_far_from_any_picture_is_black() -> None:
    film = indexed("h264_mkv")
    source, last = source_of(film), film.plan.spans[-1]
    far = VideoSpan(9, last.end + 90_000, last.end + 96_000, None, None, last.end + 90_000)

    segment = b"".join(encode.encode_segment(os.fsencode(film.path), source, far, RUNG))

    (picture,) = decoded_pictures(encode.video_init(source, RUNG) + segment)
    assert max(picture) <= 18


def test_turned_films_are_encoded_upright() -> None:
    upright, turned = indexed("h264_mp4"), indexed("rotated_mp4")
    small = VideoRung(90, 160, 300_000, 300_000)

    picture = decoded_pictures(
        encode.video_init(source_of(turned), small) + encoded(turned, 1, small)
    )[0]

    plain = VideoRung(160, 90, 300_000, 300_000)
    lying = decoded_pictures(
        encode.video_init(source_of(upright), plain) + encoded(upright, 1, plain)
    )[0]
    # Counter-clockwise: what was in column x is in row 159 - x.
    expected = bytes(lying[x * 160 + (159 - y)] for y in range(160) for x in range(90))
    assert distance(picture, expected) < 8


def test_interlaced_films_are_encoded_without_combs() -> None:
    scrolled = ffmpeg_made(
        "scrolled.ts",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=50:duration=4", "-vf"),
        *("scroll=horizontal=0.02,tinterlace=interleave_top", "-flags", "+ilme+ildct"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"),
    )
    film = indexed_path(scrolled)
    large = VideoRung(320, 180, 4_000_000, 4_000_000)
    with_combs = replace(source_of(film), interlaced=False)
    span = film.plan.spans[0]

    def comb_of(source: VideoSource) -> float:
        segment = encode.encode_segment(os.fsencode(film.path), source, span, large)
        pictures = decoded_pictures(encode.video_init(source, large) + b"".join(segment))
        return comb(pictures[20], large.width)

    assert source_of(film).interlaced
    assert comb_of(source_of(film)) < 0.8
    assert comb_of(with_combs) > 1.2


def test_oblong_pixels_become_square_ones() -> None:
    film = indexed("anamorphic_mkv")
    rung = lowest(film)
    assert (rung.width, rung.height) == (512, 288)
    picture = decoded_pictures(encode.video_init(source_of(film), rung) + encoded(film, 3, rung))[0]
    assert len(picture) == 512 * 288


@pytest.mark.parametrize("width", [852, 640])
def test_the_bytes_do_not_depend_on_what_memory_held_before(width: int, tmp_path: Path) -> None:
    film = indexed("h264_mkv")
    # x264 reads beyond the end of a row of 54 macroblocks, not of 40, when it uses AVX-512.
    program = (
        "import sys; from shadow.hls.segments import encode\n"
        "from shadow.hls.segments.orders import VideoRung, VideoSource, VideoSpan\n"
        f"made = encode.encode_segment({os.fsencode(film.path)!r}, {source_of(film)!r}, "
        f"{film.plan.spans[0]!r}, VideoRung({width}, 356, 600_000, 600_000))\n"
        "open(sys.argv[1], 'wb').write(b''.join(made))"
    )
    made = []
    for filling in ("1", "170"):
        target = tmp_path / filling
        subprocess.run(
            [sys.executable, "-c", program, str(target)],
            env={**os.environ, "MALLOC_PERTURB_": filling},
            check=True,
        )
        made.append(target.read_bytes())
    assert made[0] == made[1]


def test_no_encoder_spends_more_than_the_rung_allows() -> None:
    noise = ffmpeg_made(
        "noise.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=14"),
        *("-vf", "noise=alls=60:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"),
        *("-g", "50", "-sc_threshold", "0"),
    )
    film = indexed_path(noise)
    for span, seconds in zip(film.plan.spans, film.plan.durations, strict=True):
        size = len(encoded(film, span.number))
        assert size * 8 <= RUNG.maxrate * float(seconds) + RUNG.bufsize


def test_a_replaced_file_is_noticed_in_the_middle_of_a_film(tmp_path: Path) -> None:
    film = indexed("h264_mkv")
    path = tmp_path / "film.mkv"
    shutil.copy(film.path, path)
    source = replace(source_of(film), file_key=key_of(path))
    encode.encode_segment(os.fsencode(path), source, film.plan.spans[0], RUNG)
    shutil.copy(indexed("fps60").path, tmp_path / "other.mkv")
    (tmp_path / "other.mkv").replace(path)

    with pytest.raises(FileChanged):
        encode.encode_segment(os.fsencode(path), source, film.plan.spans[1], RUNG)


def test_the_decoder_runs_on_instead_of_starting_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    film = indexed("single_keyframe")
    begun: list[int] = []
    start = Decoder._start

    def counted(decoder: Decoder, key: int) -> None:
        begun.append(key)
        start(decoder, key)

    monkeypatch.setattr(Decoder, "_start", counted)
    with_own_decoder = VideoRung(128, 72, 200_000, 200_000)
    for span in film.plan.spans:
        encoded(film, span.number, with_own_decoder)

    assert len(begun) == 1


def test_the_init_segment_tells_the_size_and_the_clock() -> None:
    film = indexed("h264_mkv")
    init = encode.video_init(source_of(film), RUNG)
    mdhd = find_box(init, b"moov", b"trak", b"mdia", b"mdhd")
    assert mdhd is not None
    assert int.from_bytes(mdhd[12:16], "big") == 1000
    assert encode.video_init(source_of(film), RUNG) == init


def file_times(film: Indexed) -> list[int]:
    """When each picture of the file is shown; where it tells no times, one tick after the other."""
    with av.open(str(film.path)) as container:
        frames = container.decode(container.streams[source_of(film).stream])
        return [number if one.pts is None else one.pts for number, one in enumerate(frames)]


def comb(picture: bytes, width: int) -> float:
    """How much neighbouring lines differ more than lines two apart."""
    lines = [picture[at : at + width] for at in range(0, len(picture), width)]
    near = sum(distance(a, b) for a, b in pairwise(lines))
    far = sum(distance(a, b) for a, b in zip(lines, lines[2:], strict=False))
    return near / far
