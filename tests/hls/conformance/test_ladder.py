"""A file with every rung below it, of pictures that are as hard to encode as pictures can be."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.hls.conformance.conftest import Theatre
from tests.hls.conformance.test_segments import AS_THEY_ARE
from tests.support.hls_player import PLAYS_ALL, Rendition, Viewing, decoded, probed, watch


@pytest.fixture(scope="module")
def viewing(theatre: Theatre) -> Viewing:
    return watch(theatre.server.url, theatre.ask("noise", PLAYS_ALL), rungs=9)


def pictures(viewing: Viewing) -> list[Rendition]:
    """The renditions of pictures, the source's own first."""
    return [one for name, one in viewing.renditions.items() if name[0] == "v" and name != "vkeys"]


def rungs(viewing: Viewing) -> list[Rendition]:
    """The encoded renditions, the largest first."""
    return [one for one in pictures(viewing) if one.name != "vsource"]


def test_rungs_go_down_from_the_source(viewing: Viewing) -> None:
    assert [one.name for one in pictures(viewing)] == ["vsource", "v720", "v480", "v360"]
    sizes = [one.resolution for one in viewing.master.variants]
    assert sizes == [(1280, 720), (1280, 720), (854, 480), (640, 360)]
    for rendition, (width, height) in zip(pictures(viewing), sizes, strict=True):
        assert rendition.init.coded_size == (width, height)


def test_all_rungs_share_boundaries_and_times_of_pictures(viewing: Viewing) -> None:
    source, *others = pictures(viewing)
    for other in others:
        assert other.playlist.durations == source.playlist.durations
        for mine, theirs in zip(source.fragments, other.fragments, strict=True):
            assert mine.shown == theirs.shown, other.name
            assert (mine.base, mine.end) == (theirs.base, theirs.end), other.name


def test_the_hardest_pictures_keep_to_the_promised_bits(viewing: Viewing) -> None:
    for variant in viewing.master.variants:
        rendition = viewing.renditions[variant.uri.partition("/")[0]]
        assert rendition.peak() <= int(variant.attributes["BANDWIDTH"]), rendition.name
        assert rendition.average() <= int(variant.attributes["AVERAGE-BANDWIDTH"])
    promised = [int(one.attributes["BANDWIDTH"]) for one in viewing.master.variants[1:]]
    assert all(above > below for above, below in pairwise(promised))
    used = [one.peak() / bits for one, bits in zip(rungs(viewing), promised, strict=True)]
    assert min(used) > 0.5, "noise fills what a rung may take, or the test tests nothing"


def test_every_rung_is_decoded_whole(viewing: Viewing) -> None:
    for rendition in pictures(viewing):
        frames = decoded(rendition.url, *AS_THEY_ARE)
        assert len(frames) == sum(len(one.samples) for one in rendition.fragments)


def test_levels_are_those_of_the_rungs_size(viewing: Viewing, tmp_path: Path) -> None:
    for rendition in rungs(viewing):
        file = tmp_path / "rung.mp4"
        file.write_bytes(rendition.init.content + rendition.segments[0])
        (seen,) = probed(file, "-select_streams", "v", "-show_entries", "stream=level,profile")
        assert seen["profile"] == "High"
        assert int(seen["level"]) == int(rendition.init.codec[-2:], 16)
        assert int(seen["level"]) <= 31


@pytest.mark.parametrize(("limit", "names"), [
    ({"max_height": 480}, ["v480", "v360"]),
    ({"max_bitrate": 2_100_000}, ["v480", "v360"]),
    ({"max_bitrate": 1}, ["v360"]),
])  # fmt: skip
def test_limits_leave_out_what_passes_them(
    theatre: Theatre, limit: dict[str, int], names: list[str]
) -> None:
    client = {**PLAYS_ALL, "max_bitrate": limit.get("max_bitrate")}
    wish = {"max_height": limit["max_height"]} if "max_height" in limit else {}
    answer = theatre.ask("noise", client, **wish)
    assert answer["method"] == "transcode"
    limited = watch(theatre.server.url, answer, rungs=0)
    assert [one.uri.partition("/")[0] for one in limited.master.variants] == names
