"""What an outside player finds in the playlists of every fixture: nothing that is not so."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from tests.hls.conformance.conftest import Theatre
from tests.hls.conformance.test_segments import PICTURES, every_fixture, with_pictures
from tests.support.hls_player import Rendition, Screening, Viewing, probed
from tests.support.hls_playlists import Master, Variant

Watched = Callable[[str], Screening]


@every_fixture
def test_media_playlists_are_complete_and_of_one_target_duration(
    name: str, watched: Watched
) -> None:
    targets = set()
    for rendition in watched(name).renditions.values():
        tags = rendition.playlist.tags
        assert tags["#EXT-X-PLAYLIST-TYPE"] == "VOD"
        assert "#EXT-X-ENDLIST" in tags
        assert int(tags["#EXT-X-VERSION"]) >= 6  # EXT-X-MAP outside of I-frame lists
        assert rendition.playlist.map_uri is not None
        target = int(tags["#EXT-X-TARGETDURATION"])
        assert all(round(one) <= target for one in rendition.playlist.durations)
        assert all(one > 0 for one in rendition.playlist.durations)
        targets.add(target)
    assert len(targets) == 1
    longest = max(max(one.playlist.durations) for one in watched(name).renditions.values())
    assert targets == {math.ceil(longest)}


@every_fixture
def test_the_master_playlist_says_what_a_player_has_to_know(name: str, watched: Watched) -> None:
    for viewing in watched(name).viewings:
        check_master(viewing.master)


def check_master(master: Master) -> None:
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in master.tags
    assert any(tag.startswith("#EXT-X-VERSION:") for tag in master.tags)
    assert master.variants
    groups = {one["GROUP-ID"] for one in master.media}
    for variant in master.variants:
        for kind in ("AUDIO", "SUBTITLES"):
            assert variant.attributes.get(kind, None) in groups | {None}
        assert int(variant.attributes["AVERAGE-BANDWIDTH"]) <= int(variant.attributes["BANDWIDTH"])
        if "RESOLUTION" in variant.attributes:
            assert float(variant.attributes["FRAME-RATE"]) > 0
            assert variant.attributes["VIDEO-RANGE"] in {"SDR", "PQ", "HLG"}


@every_fixture
def test_groups_have_one_default_and_distinct_names(name: str, watched: Watched) -> None:
    for viewing in watched(name).viewings:
        check_groups(viewing.master.media)


def check_groups(lines: list[dict[str, str]]) -> None:
    for key in {(one["TYPE"], one["GROUP-ID"]) for one in lines}:
        group = [one for one in lines if (one["TYPE"], one["GROUP-ID"]) == key]
        assert len({one["NAME"] for one in group}) == len(group), key
        defaults = [one for one in group if one.get("DEFAULT") == "YES"]
        assert len(defaults) == 1 if key[0] == "AUDIO" else len(defaults) <= 1, key
        assert all(one.get("LANGUAGE") != "und" for one in group)


@every_fixture
def test_codecs_are_those_of_the_parameter_sets(name: str, watched: Watched) -> None:
    for viewing, variant, rendition in offered(watched(name)):
        own = rendition.init.codec
        assert own in variant.codecs, (own, variant.codecs)
        sounds = {one.init.codec for one in sounds_of(viewing, variant.attributes)}
        assert sounds | {own} == set(variant.codecs)


def offered(screening: Screening) -> Iterator[tuple[Viewing, Variant, Rendition]]:
    """Every line of a master playlist whose rendition was fetched."""
    for viewing in screening.viewings:
        for variant in viewing.master.variants:
            rendition = viewing.renditions.get(variant.uri.partition("/")[0])
            if rendition is not None:
                yield viewing, variant, rendition


def sounds_of(viewing: Viewing, attributes: dict[str, str]) -> list[Rendition]:
    """The sound renditions of a variant's group."""
    lines = viewing.master.group("AUDIO")
    uris = [one["URI"] for one in lines if one["GROUP-ID"] == attributes.get("AUDIO")]
    return [viewing.renditions[uri.partition("/")[0]] for uri in uris]


@with_pictures
def test_the_resolution_is_what_is_seen(name: str, watched: Watched, tmp_path: Path) -> None:
    for _, variant, rendition in offered(watched(name)):
        file = tmp_path / "seen.mp4"
        file.write_bytes(rendition.init.content + rendition.segments[0])
        shape = "stream=width,height,sample_aspect_ratio:stream_side_data=rotation"
        (seen,) = probed(file, "-select_streams", "v", "-show_entries", shape)
        across, _, up = seen.get("sample_aspect_ratio", "1:1").partition(":")
        aspect = Fraction(int(across), int(up)) if across.isdecimal() and int(across) else 1
        width, height = round(int(seen["width"]) * aspect), int(seen["height"])
        if int(seen.get("rotation", 0)) % 180:
            width, height = height, width
        assert variant.resolution == pytest.approx((width, height), abs=1), rendition.name


@every_fixture
def test_no_stretch_needs_more_bits_than_promised(name: str, watched: Watched) -> None:
    for viewing, variant, rendition in offered(watched(name)):
        sounds = [] if rendition.name.startswith("a") else sounds_of(viewing, variant.attributes)
        peak = rendition.peak() + max((one.peak() for one in sounds), default=0)
        average = rendition.average() + max((one.average() for one in sounds), default=0)
        assert peak <= int(variant.attributes["BANDWIDTH"]), rendition.name
        assert average <= int(variant.attributes["AVERAGE-BANDWIDTH"]), rendition.name


@pytest.mark.parametrize("name", PICTURES)
def test_a_copy_does_not_ask_for_more_than_it_needs(name: str, watched: Watched) -> None:
    for viewing, variant, rendition in offered(watched(name)):
        if rendition.name != "vsource":
            continue
        sounds = sounds_of(viewing, variant.attributes)
        peak = rendition.peak() + max((one.peak() for one in sounds), default=0)
        assert int(variant.attributes["BANDWIDTH"]) <= 1.5 * peak + 100_000


@every_fixture
def test_parts_are_labelled_as_what_they_are(name: str, watched: Watched) -> None:
    for rendition in watched(name).renditions.values():
        assert rendition.types == {"video/mp4" if rendition.init.is_video else "audio/mp4"}


@every_fixture
def test_a_rendition_is_the_same_for_every_player(name: str, watched: Watched) -> None:
    mine, theirs = (one.renditions for one in watched(name).viewings)
    for common in mine.keys() & theirs.keys():
        assert mine[common].segments == theirs[common].segments
        assert mine[common].init.content == theirs[common].init.content
        assert mine[common].playlist.durations == theirs[common].playlist.durations


def test_languages_and_names_of_sound_are_the_files_own(watched: Watched) -> None:
    lines = watched("two_audio").viewings[0].master.group("AUDIO")
    assert {one.get("LANGUAGE") for one in lines} == {"en", "de"}
    assert any("Surround" in one["NAME"] for one in lines)


def test_addresses_that_no_playlist_names_are_missing(theatre: Theatre, watched: Watched) -> None:
    base = watched("h264_mkv").viewings[0].master_url.rpartition("/")[0]
    wrong = (
        "vsource/999.m4s", "vsource/00.m4s", "vsource/-1.m4s", "v4320/0.m4s", "a9/index.m3u8",
        "vsource/1e0.m4s", "vsource/..%2f..%2fetc%2fpasswd", "nonsense/index.m3u8", "a1/0.vtt",
        "se9/0.vtt", "vsource/init.mp4%00",
    )  # fmt: skip
    with httpx.Client(base_url=theatre.server.url, timeout=60) as client:
        for path in wrong:
            assert client.get(f"{base}/{path}").status_code == 404, path
        spoiled = client.get(f"{base[:-2]}AA/master.m3u8")
        assert spoiled.status_code in {403, 404}
