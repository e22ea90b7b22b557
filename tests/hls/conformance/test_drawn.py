"""What the FFmpeg program draws: subtitles in the picture, HDR on ordinary screens."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from shadow.runtime.processes import find_ffmpeg
from tests.hls.conformance.conftest import Theatre
from tests.hls.conformance.test_segments import AS_THEY_ARE
from tests.support.hls_fixtures import fixture_file
from tests.support.hls_player import (
    FEW_LINES,
    PLAYS_ALL,
    Rendition,
    Viewing,
    decoded,
    probed,
    watch,
)

PLAIN = {**PLAYS_ALL, "hdr": False, "subtitles": []}
WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def plain(theatre: Theatre) -> Viewing:
    """The film without subtitles, encoded by the workers."""
    answer = theatre.ask("image_subs_mkv", PLAIN, max_height=FEW_LINES)
    return watch(theatre.server.url, answer)


@pytest.fixture(scope="module")
def burned(theatre: Theatre) -> Viewing:
    answer = theatre.ask("image_subs_mkv", PLAIN, subtitle_index=2)
    return watch(theatre.server.url, answer)


@pytest.fixture(scope="module")
def mapped(theatre: Theatre) -> Viewing:
    return watch(theatre.server.url, theatre.ask("hevc_hdr_mkv", PLAIN))


def pixels(rendition: Rendition, second: float) -> bytes:
    """The picture of a rendition at a second, in grey."""
    return grey(rendition.url, second, "format=gray")


def grey(source: str | Path, second: float, look: str) -> bytes:
    """The picture of a file at a second, through filters that end in grey."""
    command = [
        str(find_ffmpeg()), "-nostdin", "-v", "error", "-copyts", "-i", str(source),
        "-vf", f"select=gte(t\\,{second}),{look}", "-frames:v", "1", "-f", "rawvideo", "-",
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
    assert len(shown) == WIDTH * HEIGHT
    return shown


def difference(a: bytes, b: bytes, *, by: int = 60) -> int:
    """How many pixels differ plainly."""
    return sum(abs(x - y) > by for x, y in zip(a, b, strict=True))


def test_a_burned_subtitle_is_seen_at_its_time_and_no_other(
    plain: Viewing, burned: Viewing
) -> None:
    without, drawn = plain.renditions["v360"], burned.renditions["v360"]
    for second in (1.0, 5.5, 20.5):  # FFmpeg's muxer let the first subtitle begin at 0
        assert difference(pixels(without, second), pixels(drawn, second)) > 200, second
    for second in (3.0, 12.0, 23.5):
        assert difference(pixels(without, second), pixels(drawn, second)) < 50, second


def test_the_picture_with_the_subtitle_keeps_every_boundary(
    plain: Viewing, burned: Viewing
) -> None:
    assert "vsource" not in burned.renditions
    without, drawn = plain.renditions["v360"], burned.renditions["v360"]
    assert without.playlist.durations == drawn.playlist.durations
    for mine, theirs in zip(without.fragments, drawn.fragments, strict=True):
        assert mine.shown == theirs.shown
        assert (mine.base, mine.end) == (theirs.base, theirs.end)


def test_bright_pictures_are_mapped_to_ordinary_screens(mapped: Viewing, tmp_path: Path) -> None:
    (variant,) = mapped.master.variants
    assert variant.attributes["VIDEO-RANGE"] == "SDR"
    rendition = mapped.renditions["v360"]
    file = tmp_path / "mapped.mp4"
    file.write_bytes(rendition.init.content + rendition.segments[0])
    shown = "stream=color_transfer,color_primaries,pix_fmt"
    (seen,) = probed(file, "-select_streams", "v", "-show_entries", shown)
    assert seen == {"pix_fmt": "yuv420p", "color_transfer": "bt709", "color_primaries": "bt709"}


MAPPED = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,format=gray"
)


def test_bright_pictures_look_as_mapped_and_not_as_taken_for_ordinary(mapped: Viewing) -> None:
    shown = pixels(mapped.renditions["v360"], 2.0)
    source = fixture_file("hevc_hdr_mkv")
    assert difference(shown, grey(source, 2.0, MAPPED), by=30) < 1_000
    assert difference(shown, grey(source, 2.0, "format=gray"), by=30) > 5_000


@pytest.mark.parametrize("which", ["burned", "mapped"])
def test_what_the_program_made_is_as_exact(which: str, request: pytest.FixtureRequest) -> None:
    viewing: Viewing = request.getfixturevalue(which)
    rendition = viewing.renditions["v360"]
    for before, after in pairwise(rendition.fragments):
        assert after.base == before.end
    for start, (begun, _) in zip(rendition.playlist.starts, rendition.spans, strict=False):
        assert abs(start - begun) < 0.001
    assert all(one.samples[0].sync for one in rendition.fragments)
    frames = decoded(rendition.url, *AS_THEY_ARE)
    assert len(frames) == sum(len(one.samples) for one in rendition.fragments)
    (variant,) = viewing.master.variants
    assert rendition.init.codec in variant.codecs
    assert rendition.peak() <= int(variant.attributes["BANDWIDTH"])
