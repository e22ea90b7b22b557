"""Subtitles as an outside player of HLS finds them."""

import re
from collections.abc import Callable
from fractions import Fraction

import httpx
import pytest

from tests.hls.conformance.conftest import Theatre
from tests.support.hls_player import PLAYS_ALL, Screening, fetched, joined
from tests.support.hls_playlists import MediaPlaylist, read_media

Watched = Callable[[str], Screening]
TIMING = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d{3})")


def cues(text: str) -> list[tuple[Fraction, Fraction, str]]:
    """Read the cues of a WebVTT file: begin, end, words."""
    header, *blocks = re.split(r"\n{2,}", text.strip())
    assert header.startswith("WEBVTT")
    found = []
    for block in blocks:
        lines = block.splitlines()
        at = next((n for n, line in enumerate(lines) if TIMING.match(line)), None)
        if at is None:
            assert lines[0].startswith(("NOTE", "STYLE", "REGION")), block
            continue
        numbers = [int(one or 0) for one in TIMING.match(lines[at]).groups()]  # type: ignore[union-attr] # found above
        begin, end = (
            Fraction(h * 3_600_000 + m * 60_000 + s * 1000 + ms, 1000)
            for h, m, s, ms in (numbers[:4], numbers[4:])
        )
        found.append((begin, end, "\n".join(lines[at + 1 :])))
    return found


@pytest.fixture(scope="module")
def lists(theatre: Theatre, watched: Watched) -> dict[str, tuple[MediaPlaylist, list[str]]]:
    """The subtitle playlists of a film with two subtitles by language, and their segments."""
    viewing = watched("text_subs_mkv").viewings[0]
    found = {}
    with httpx.Client(base_url=theatre.server.url, timeout=60) as client:
        for line in viewing.master.group("SUBTITLES"):
            url = joined(viewing.master_url, line["URI"])
            playlist = read_media(fetched(client, url).text)
            answers = [fetched(client, joined(url, uri)) for uri in playlist.uris]
            assert {one.headers["content-type"].partition(";")[0] for one in answers} == {
                "text/vtt"
            }
            found[line["LANGUAGE"]] = (playlist, [one.text for one in answers])
    return found


def test_each_language_has_a_rendition(lists: dict[str, tuple[MediaPlaylist, list[str]]]) -> None:
    assert sorted(lists) == ["de", "en"]


def test_subtitles_share_the_boundaries_of_the_pictures(
    watched: Watched, lists: dict[str, tuple[MediaPlaylist, list[str]]]
) -> None:
    pictures = watched("text_subs_mkv").renditions["vsource"].playlist
    for playlist, _ in lists.values():
        assert playlist.durations == pictures.durations
        target = "#EXT-X-TARGETDURATION"
        assert playlist.tags[target] == pictures.tags[target]


def test_cues_lie_in_every_segment_that_they_touch(
    lists: dict[str, tuple[MediaPlaylist, list[str]]],
) -> None:
    playlist, texts = lists["en"]
    crossing = 0
    for start, end, text in zip(playlist.starts, playlist.starts[1:], texts, strict=False):
        for begin, until, words in cues(text):
            assert begin < end, words
            assert until > start, words
            crossing += begin < start
    assert crossing == 1  # “Across the boundary” begins before a segment that shows it


def test_words_come_at_the_films_own_times(
    lists: dict[str, tuple[MediaPlaylist, list[str]]],
) -> None:
    english = {one for text in lists["en"][1] for one in cues(text)}
    assert sorted((float(begin), float(end)) for begin, end, _ in english) == [
        (1.0, 3.0), (5.5, 8.0), (20.0, 22.5),
    ]  # fmt: skip
    words = " ".join(text for *_, text in sorted(english))
    assert "Good evening." in words
    assert "Ünïcödé &amp; <b>tags</b>" in words
    german = {one for text in lists["de"][1] for one in cues(text)}
    said = {re.sub(r"</?[a-z][^>]*>", "", words) for *_, words in german}
    assert said == {"Guten Abend.", "Über die\nGrenze"}


def test_picture_subtitles_are_offered_beside_and_burned_in_when_asked(theatre: Theatre) -> None:
    shown = theatre.ask("image_subs_mkv", {**PLAYS_ALL, "subtitles": ["pgs"]})
    assert [(one["format"], bool(one["url"])) for one in shown["subtitles"]] == [
        ("pgs", True), ("vobsub", False),
    ]  # fmt: skip
    burned = theatre.ask("image_subs_mkv", PLAYS_ALL, subtitle_index=2)
    assert burned["method"] == "transcode"
    assert [one["code"] for one in burned["reasons"]][-1] == "subtitle_burn"
