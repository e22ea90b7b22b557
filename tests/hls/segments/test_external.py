"""Segments made by the FFmpeg program: the same times as all others, and what only it can do."""

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest

from shadow.hls.errors import EncodingFailed
from shadow.hls.segments import external
from shadow.hls.segments.box import read_fragments
from shadow.hls.segments.external import ExternalWish, encode_externally, external_init
from shadow.hls.segments.orders import VideoRung, VideoSource
from shadow.hls.segments.timeline import output_ticks
from shadow.runtime.processes import ProgramMissing, find_ffmpeg
from tests.hls.segments.pieces import Indexed, decoded_times, indexed
from tests.hls.segments.reading import decoded_pictures, distance, indexed_path
from tests.hls.segments.test_encode import encoded
from tests.support.hls_fixtures import ASS, PQ, SRT
from tests.support.media import ffmpeg_made

RUNG = VideoRung(160, 90, 300_000, 300_000)
FILMS = (
    "h264_mkv",
    "h264_ts",
    "h264_open_gop",
    "vfr_mkv",
    "hevc_mkv",
    "interlaced_ts",
    "mpeg4_avi",
)
PLAIN = ExternalWish()
HOSTILE = "we'ird, [name];:\\ %s=1:force_style='x'.ass"


def source_of(film: Indexed) -> VideoSource:
    assert film.plan.source is not None
    return film.plan.source


async def made(film: Indexed, number: int, wish: ExternalWish, rung: VideoRung = RUNG) -> bytes:
    span = film.plan.spans[number]
    path = os.fsencode(film.path)
    return await encode_externally(find_ffmpeg(), path, source_of(film), span, rung, wish)


async def pictures_of(
    film: Indexed, number: int, wish: ExternalWish, rung: VideoRung = RUNG
) -> list[bytes]:
    span = film.plan.spans[number]
    path = os.fsencode(film.path)
    init = await external_init(find_ffmpeg(), path, source_of(film), span, rung, wish)
    return decoded_pictures(init + await made(film, number, wish, rung))


@pytest.mark.parametrize("name", FILMS)
async def test_its_pictures_have_the_times_that_workers_give(name: str) -> None:
    film = indexed(name)
    source = source_of(film)
    for number in (0, 2):
        span = film.plan.spans[number]
        samples = read_fragments(await made(film, number, PLAIN))
        workers = read_fragments(encoded(film, number, RUNG))
        assert sorted(one.pts for one in samples) == sorted(one.pts for one in workers)
        assert samples[0].sync
        assert samples[0].dts == output_ticks(span.start, source)
        assert samples[-1].dts + samples[-1].duration == output_ticks(span.end, source)


@pytest.mark.parametrize("name", ["h264_mkv", "vfr_mkv"])
async def test_a_graphics_card_is_given_the_same_pictures(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There is no card here: an encoder that is stands in for it, with the card's other arguments.
    monkeypatch.setitem(external.HARDWARE, "nvenc", {"c:v": "libx264", "preset": "ultrafast"})
    film = indexed(name)
    for number in (0, 2):
        samples = read_fragments(await made(film, number, ExternalWish(hardware="nvenc")))
        workers = read_fragments(encoded(film, number, RUNG))
        assert sorted(one.pts for one in samples) == sorted(one.pts for one in workers)
        assert [one.sync for one in samples] == [True] + [False] * (len(samples) - 1)


async def test_one_init_segment_serves_all_segments() -> None:
    film = indexed("h264_mkv")
    ffmpeg, path, source = find_ffmpeg(), os.fsencode(film.path), source_of(film)
    inits = [
        await external_init(ffmpeg, path, source, span, RUNG, PLAIN)
        for span in (film.plan.spans[0], film.plan.spans[-1])
    ]
    assert inits[0] == inits[1]
    content = inits[0] + b"".join([await made(film, number, PLAIN) for number in (0, 1)])
    assert decoded_times(content) == [n * 40 for n in range(300)]


async def test_the_same_request_gives_the_same_bytes() -> None:
    film = indexed("h264_mkv")
    odd = VideoRung(148, 84, 300_000, 300_000)
    assert await made(film, 1, PLAIN, odd) == await made(film, 1, PLAIN, odd)


async def test_turned_films_stand_upright() -> None:
    film = indexed("rotated_mp4")
    small = VideoRung(90, 160, 300_000, 300_000)
    ours = decoded_pictures(
        await external_init(
            find_ffmpeg(), os.fsencode(film.path), source_of(film), film.plan.spans[0], small, PLAIN
        )
        + encoded(film, 0, small)
    )
    theirs = await pictures_of(film, 0, PLAIN, small)
    assert distance(theirs[10], ours[10]) < 4


def redrawn(one: bytes, other: bytes) -> float:
    """Share of a picture that is quite another."""
    return sum(abs(a - b) > 60 for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.parametrize("text", [ASS, SRT])
async def test_text_is_drawn_while_it_is_shown_whatever_its_file_is_called(
    text: str, tmp_path: Path
) -> None:
    film = indexed("h264_mkv")
    words = tmp_path / HOSTILE
    words.write_text(text, encoding="utf-8")
    wish = ExternalWish(burn_file=os.fsencode(words), fonts=os.fsencode(tmp_path))
    large = VideoRung(320, 180, 1_000_000, 1_000_000)

    plain, drawn = await pictures_of(film, 1, PLAIN, large), await pictures_of(film, 1, wish, large)

    changed = [redrawn(a, b) for a, b in zip(plain, drawn, strict=True)]
    # Shown from 5.5 to 8 s; the segment begins at 6 s, 25 pictures a second.
    assert min(changed[2:45]) > 0.002
    assert max(changed[55:]) < 0.0005


async def test_text_of_a_file_that_begins_late_is_drawn_by_its_own_clock(tmp_path: Path) -> None:
    film = indexed("h264_ts")
    words = tmp_path / "words.ass"
    words.write_text(ASS, encoding="utf-8")
    start = float(film.plan.origin)
    wish = ExternalWish(burn_file=os.fsencode(words), burn_offset=start)
    large = VideoRung(320, 180, 1_000_000, 1_000_000)

    plain, drawn = await pictures_of(film, 0, PLAIN, large), await pictures_of(film, 0, wish, large)

    changed = [redrawn(a, b) for a, b in zip(plain, drawn, strict=True)]
    assert start > 1
    assert max(changed[:24]) < 0.0005
    assert min(changed[27:73]) > 0.002


async def test_picture_subtitles_shown_across_a_boundary_are_drawn_on_both_sides() -> None:
    film = indexed("image_subs_mkv")
    large = VideoRung(320, 180, 1_000_000, 1_000_000)
    for stream in (2, 3):  # PGS and VobSub
        wish = ExternalWish(burn_stream=stream)
        before = await pictures_of(film, 0, wish, large)
        after = await pictures_of(film, 1, wish, large)
        plain = (await pictures_of(film, 0, PLAIN, large), await pictures_of(film, 1, PLAIN, large))
        assert distance(before[149], plain[0][149]) > 2
        assert distance(after[1], plain[1][1]) > 2
        if stream == 2:  # the other one's end is not in the file
            assert distance(after[60], plain[1][60]) < 1


async def test_hdr_becomes_a_picture_of_ordinary_brightness() -> None:
    ramp = ffmpeg_made(
        "ramp.mkv",
        *("-f", "lavfi", "-i", "color=black:size=256x64:rate=25:duration=4,format=yuv420p10le"),
        *("-vf", f"geq=lum='64+X/255*876':cb=512:cr=512,{PQ[1]}", "-c:v", "libx265"),
        *("-preset", "ultrafast", "-x265-params", "log-level=error:keyint=50"),
    )
    film = indexed_path(ramp)
    rung = VideoRung(256, 64, 1_000_000, 1_000_000)

    mapped = (await pictures_of(film, 0, ExternalWish(tone_map=True), rung))[10][32 * 256 :][:256]
    flat = (await pictures_of(film, 0, PLAIN, rung))[10][32 * 256 :][:256]

    # BT.2100: code 0.30 of the ramp is 6 cd/m2, 0.51 is 100, 0.75 is 1000.
    assert mapped[10] <= 24
    assert mapped[77] < flat[77] - 4
    assert 120 < mapped[130] < 200
    assert mapped[191] > mapped[130] + 15
    steps = [later - former for former, later in itertools.pairwise(mapped[8:200:8])]
    assert min(steps) >= 0


async def test_a_playlist_that_poses_as_subtitles_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "words.ass"
    words.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret\n")
    with pytest.raises(EncodingFailed, match="neither ASS nor SRT"):
        await made(indexed("h264_mkv"), 0, ExternalWish(burn_file=os.fsencode(words)))


async def test_a_failing_encoder_says_why(tmp_path: Path) -> None:
    film = indexed("h264_mkv")
    span, source = film.plan.spans[0], source_of(film)
    damaged = tmp_path / "film.mkv"
    damaged.write_bytes(b"no film at all" * 100)
    with pytest.raises(EncodingFailed, match="FFmpeg could not encode"):
        await encode_externally(find_ffmpeg(), os.fsencode(damaged), source, span, RUNG, PLAIN)
    missing = tmp_path / "ffmpeg"
    with pytest.raises(ProgramMissing):
        await encode_externally(missing, os.fsencode(film.path), source, span, RUNG, PLAIN)


async def test_a_segment_behind_the_end_is_an_error_and_leaves_no_folder() -> None:
    film = indexed("h264_mkv")
    last = film.plan.spans[-1]
    beyond = replace(last, number=9, start=last.end + 1000, end=last.end + 7000)
    with pytest.raises(EncodingFailed):
        await encode_externally(
            find_ffmpeg(), os.fsencode(film.path), source_of(film), beyond, RUNG, PLAIN
        )
