"""Playlists say what is there, in words that every player reads alike."""

import re
from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.box import read_fragments
from shadow.hls.segments.orders import AudioRung, VideoRung
from shadow.hls.segments.plan import peak_rate, target_duration
from shadow.hls.segments.playlist import (
    Bandwidth,
    Sound,
    Subtitles,
    Variant,
    copied_sound_bandwidth,
    copy_bandwidth,
    key_bandwidth,
    master_playlist,
    media_playlist,
    rung_bandwidth,
    sound_bandwidth,
)
from tests.hls.segments.pieces import PROPERTY, copied, indexed

HIGH = Variant(
    "v1080/index.m3u8",
    "avc1.640028",
    Bandwidth(6_000_000, 5_000_000),
    1920,
    1080,
    Fraction(24000, 1001),
    "SDR",
)
LOW = replace(HIGH, uri="v360/index.m3u8", codecs="avc1.64001E", bandwidth=Bandwidth(900, 800))
ENGLISH = Sound(
    "stereo", "English", "en", "a1/index.m3u8", "mp4a.40.2", 2, Bandwidth(170, 160), default=True
)
GERMAN = replace(ENGLISH, name="Deutsch", language="de", uri="a2/index.m3u8", default=False)
WORDS = Subtitles("English", "en", "se3/index.m3u8", sdh=True)


def attributes(line: str) -> dict[str, str]:
    """The attribute list of a tag, read as RFC 8216 4.2 has it."""
    found = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)', line.split(":", 1)[1])
    assert ",".join(f"{name}={value}" for name, value in found) == line.split(":", 1)[1]
    assert len({name for name, _ in found}) == len(found)
    return {name: value.strip('"') for name, value in found}


def tagged(playlist: str, tag: str) -> list[dict[str, str]]:
    return [attributes(one) for one in playlist.splitlines() if one.startswith(f"#{tag}:")]


def test_a_media_playlist_lists_every_segment_to_the_end() -> None:
    playlist = media_playlist(
        [Fraction(6006, 1000), Fraction(13, 3)],
        7,
        segment_name=lambda number: f"{number}.m4s?v=1",
        init="init.mp4?v=1",
    )
    assert playlist.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:7",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4?v=1"',
        "#EXTINF:6.006000,",
        "0.m4s?v=1",
        "#EXTINF:4.333333,",
        "1.m4s?v=1",
        "#EXT-X-ENDLIST",
    ]
    assert playlist.endswith("\n")


def test_key_pictures_and_subtitles_are_listed_with_what_is_theirs() -> None:
    keys = media_playlist([6], 6, segment_name=str, init="init.mp4", iframes=True)
    words = media_playlist([6], 6, segment_name=str, init=None)
    assert "#EXT-X-I-FRAMES-ONLY" in keys
    assert "#EXT-X-MAP" not in words
    assert "I-FRAMES" not in words


@PROPERTY
@given(st.lists(st.fractions(min_value=0, max_value=30), min_size=1, max_size=200))
def test_listed_durations_add_up_to_the_film(durations: list[Fraction]) -> None:
    playlist = media_playlist(durations, 30, segment_name=str, init=None)
    listed = [Fraction(one) for one in re.findall(r"#EXTINF:([\d.]+),", playlist)]
    assert len(listed) == len(durations)
    assert abs(sum(listed) - sum(durations)) <= Fraction(len(durations), 10**6)


@pytest.mark.parametrize("name", ["h264_mkv", "vfr_mkv", "hevc_ts", "no_video", "single_keyframe"])
def test_no_listed_duration_is_longer_than_the_target(name: str) -> None:
    film = indexed(name)
    target = target_duration(film.plan, film.index)
    playlist = media_playlist(film.plan.durations, target, segment_name=str, init=None)
    listed = [float(one) for one in re.findall(r"#EXTINF:([\d.]+),", playlist)]
    assert max(listed) <= target
    assert abs(sum(listed) - film.index.duration) < 0.001


def test_every_quality_is_listed_once_with_every_group_of_sounds() -> None:
    copies = [
        replace(one, group="best", uri=f"{one.uri}s", codecs="ec-3", channels=6)
        for one in (ENGLISH, GERMAN)
    ]
    playlist = master_playlist([HIGH, LOW], sounds=[*copies, ENGLISH, GERMAN], subtitles=[WORDS])
    streams = tagged(playlist, "EXT-X-STREAM-INF")
    assert [(one["AUDIO"], one["CODECS"]) for one in streams] == [
        ("best", "avc1.640028,ec-3"),
        ("best", "avc1.64001E,ec-3"),
        ("stereo", "avc1.640028,mp4a.40.2"),
        ("stereo", "avc1.64001E,mp4a.40.2"),
    ]
    assert {one["SUBTITLES"] for one in streams} == {"subtitles"}
    assert streams[0]["FRAME-RATE"] == "23.976"
    assert streams[0]["RESOLUTION"] == "1920x1080"
    assert streams[0]["VIDEO-RANGE"] == "SDR"
    media = tagged(playlist, "EXT-X-MEDIA")
    assert [(one["GROUP-ID"], one["CHANNELS"]) for one in media[:4]] == [
        *(("best", "6"), ("best", "6"), ("stereo", "2"), ("stereo", "2")),
    ]
    for group in ("best", "stereo"):
        members = [one for one in media if one["GROUP-ID"] == group]
        assert [one["DEFAULT"] for one in members] == ["YES", "NO"]
    assert media[4]["CHARACTERISTICS"].startswith("public.accessibility.transcribes")


def test_bandwidth_counts_the_most_of_the_sounds_that_may_go_with_it() -> None:
    loud = replace(GERMAN, bandwidth=Bandwidth(1000, 500))
    (stream,) = tagged(master_playlist([HIGH], sounds=[ENGLISH, loud]), "EXT-X-STREAM-INF")
    assert stream["BANDWIDTH"] == "6001000"
    assert stream["AVERAGE-BANDWIDTH"] == "5000500"


def test_codecs_name_all_that_a_group_may_hold() -> None:
    other = replace(GERMAN, codecs="ac-3")
    (stream,) = tagged(master_playlist([HIGH], sounds=[ENGLISH, other]), "EXT-X-STREAM-INF")
    assert stream["CODECS"] == "avc1.640028,mp4a.40.2,ac-3"


def test_sound_alone_is_a_variant_without_a_size() -> None:
    playlist = master_playlist([], sounds=[GERMAN, ENGLISH])
    (stream,) = tagged(playlist, "EXT-X-STREAM-INF")
    assert stream == {
        "BANDWIDTH": "170",
        "AVERAGE-BANDWIDTH": "160",
        "CODECS": "mp4a.40.2",
        "AUDIO": "stereo",
        "CLOSED-CAPTIONS": "NONE",
    }
    assert playlist.splitlines()[-1] == ENGLISH.uri


def test_pictures_alone_need_no_group() -> None:
    keys = replace(HIGH, uri="vkeys/index.m3u8", bandwidth=Bandwidth(50, 40))
    playlist = master_playlist([HIGH], key_pictures=keys)
    (stream,) = tagged(playlist, "EXT-X-STREAM-INF")
    assert "AUDIO" not in stream
    (pictures,) = tagged(playlist, "EXT-X-I-FRAME-STREAM-INF")
    assert pictures["URI"] == "vkeys/index.m3u8"
    assert pictures["BANDWIDTH"] == "50"
    assert "FRAME-RATE" not in pictures


def test_there_must_be_something_to_list() -> None:
    with pytest.raises(ValueError, match="nothing"):
        master_playlist([], subtitles=[WORDS])


@PROPERTY
@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.text(max_size=30))
def test_hostile_names_stay_inside_their_quotes_and_differ(names: list[str], title: str) -> None:
    sounds = [replace(ENGLISH, name=one, default=False) for one in [*names, f'"{names[0]}']]
    playlist = master_playlist([HIGH], sounds=sounds, subtitles=[replace(WORDS, name=title)])
    media = tagged(playlist, "EXT-X-MEDIA")
    assert len(media) == len(sounds) + 1
    assert len(playlist.split("\n")) == 3 + len(media) + 2 + 1
    assert len({one["NAME"] for one in media[:-1]}) == len(sounds)
    assert playlist.encode()


@pytest.mark.parametrize("name", ["h264_mkv", "vfr_mkv", "hevc_ts", "h264_bframes_irregular_mkv"])
def test_copied_segments_take_no_more_than_is_declared_and_hardly_less(name: str) -> None:
    film = indexed(name)
    target = target_duration(film.plan, film.index)
    sizes = [len(copied(film, span.number)) for span in film.plan.spans]
    declared = copy_bandwidth(film.index, film.plan)
    measured = peak_rate(sizes, film.plan.seconds, target)
    assert measured <= declared.peak <= measured * 1.05
    average = 8 * sum(sizes) / film.plan.duration
    assert abs(declared.average - average) < average * 0.02
    assert declared.average <= declared.peak
    keys = key_bandwidth(film.index, film.plan)
    assert keys.peak < declared.peak
    first = read_fragments(copied(film, 0))[0]
    assert keys.average * film.plan.duration / 8 > first.size


def test_an_encoded_rung_may_spend_its_buffer_in_every_segment() -> None:
    film = indexed("h264_mkv")
    rung = VideoRung(640, 360, maxrate=1_000_000, bufsize=1_000_000)
    declared = rung_bandwidth(rung, film.plan, 6)
    assert declared.peak >= 1_000_000 + 1_000_000 / 6
    assert declared.peak <= (1_000_000 + 1_000_000 / 6) * 1.02
    # Half a target duration is what the RFC's formula of the recipe allows for at most.
    assert declared.peak <= (1_000_000 + 1_000_000 / 3) * 1.01
    assert declared.average <= declared.peak


def test_sound_takes_its_bits_and_what_is_around_them() -> None:
    encoded = sound_bandwidth(AudioRung(48_000))
    assert encoded.peak >= 168_000
    assert 160_000 < encoded.average < 166_000
    (track,) = indexed("eac3_mkv").index.audio
    held = copied_sound_bandwidth(track)
    assert held.peak >= track.peak
    assert held.average == ceil(track.bitrate + Fraction(48_000, 1536) * 64 + 8 * 140)
