"""OpenSubtitles: what is asked, what is understood, how its quota and its troubles are met."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.opensubtitles import (
    KEY,
    PASSWORD,
    USER,
    Server,
    opensubtitles,
    reply,
    running_opensubtitles,
)
from tests.support.wire import plain

from shadow.hls.ports import (
    SubtitleGone,
    SubtitleQuery,
    SubtitleQuotaSpent,
    SubtitlesRefused,
    SubtitlesUnavailable,
)
from shadow.plugins.subtitles_opensubtitles.entries import finds, questions
from shadow.plugins.subtitles_opensubtitles.settings import OpenSubtitlesSettings
from shadow.runtime.plugins import PluginOff
from shadow.runtime.settings import SettingsInvalid, load_settings

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nWake up, Neo.\n"
MATRIX = SubtitleQuery(
    ("en",), "The Matrix", 1999, external_ids={"imdb": "tt0133093"}, movie_hash="18379ac9af039390"
)
NOON = datetime(2026, 5, 1, 11, 59, tzinfo=UTC)


@pytest.fixture
async def server() -> Any:
    async with running_opensubtitles() as running:
        running.add(1, SRT, download_count=5)
        running.add(2, SRT + b"2", download_count=900, hearing_impaired=True)
        running.add(3, SRT, moviehash="18379ac9af039390", download_count=1)
        running.add(4, SRT, ai_translated=True, download_count=99_999)
        running.add(5, SRT, language="pt-BR", foreign_parts_only=True)
        episode = {"title": "Lost", "imdb_id": 1, "season_number": 2, "episode_number": 3}
        running.add(6, SRT, feature={**episode, "parent_imdb_id": 411008, "year": 2005})
        yield running


async def test_a_film_is_found_by_its_id_the_exact_file_first_and_machines_last(
    server: Server, tmp_path: Path
) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        found = await provider.search(MATRIX)
    assert [(one.id, one.exact, one.machine, one.sdh) for one in found] == [
        ("3~en~", True, False, False),
        ("2~en~s", False, False, True),
        ("1~en~", False, False, False),
        ("4~en~", False, True, False),
    ]
    assert found[0].name == "The.Matrix.1999.3"
    assert [one.target for one in server.served.asked] == [
        "/api/v1/subtitles?imdb_id=133093&languages=en&moviehash=18379ac9af039390"
    ]


async def test_an_id_that_finds_nothing_falls_back_to_the_name(
    server: Server, tmp_path: Path
) -> None:
    query = SubtitleQuery(("en",), "The  MATRIX", 1999, external_ids={"tmdb": "999"})
    async with opensubtitles(server, tmp_path) as provider:
        assert len(await provider.search(query)) == 4
    assert "query=the+matrix" in server.served.asked[-1].target


async def test_an_episode_is_asked_for_by_its_show(server: Server, tmp_path: Path) -> None:
    query = SubtitleQuery(("en",), "Lost", 2004, 2, 3, external_ids={"imdb": "tt0411008"})
    async with opensubtitles(server, tmp_path) as provider:
        (found,) = await provider.search(query)
    assert found.id == "6~en~"
    assert "parent_imdb_id=411008" in server.served.asked[0].target


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        ("pt-BR", "pt-br"),
        ("pt", "pt-br,pt-pt"),
        ("zh-Hant", "zh-tw"),
        ("de-AT", "de"),
        ("nb", "no"),
    ],
)
def test_languages_are_asked_for_in_its_spelling(tag: str, asked: str) -> None:
    (question,) = questions(SubtitleQuery((tag,), "x"))
    assert question == {"languages": asked, "query": "x"}


def test_hostile_facts_do_not_reach_the_question() -> None:
    ids = {"imdb": "tt1&languages=all", "tmdb": "../../download"}
    assert questions(SubtitleQuery(("en",), " ", external_ids=ids)) == []


async def test_a_search_is_remembered(server: Server, tmp_path: Path) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        assert await provider.search(MATRIX) == await provider.search(MATRIX)
    assert len(server.served.asked) == 1


async def test_a_find_is_fetched_with_what_was_said_of_it(server: Server, tmp_path: Path) -> None:
    portuguese = SubtitleQuery(("pt-BR",), "The Matrix")
    async with opensubtitles(server, tmp_path) as provider:
        (found,) = await provider.search(portuguese)
        fetched = await provider.fetch(found.id)
    assert (fetched.content, fetched.name) == (SRT, "matrix.5.srt")
    assert (fetched.language, fetched.forced, fetched.sdh) == ("pt-BR", True, False)


async def test_the_key_goes_to_the_api_alone(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running_opensubtitles() as files, opensubtitles(server, tmp_path) as provider:
        server.files = files
        files.contents = server.contents
        await provider.fetch("1")
        (download,) = files.served.asked
    assert "api-key" not in download.headers
    assert server.served.asked[-1].headers["api-key"] == KEY
    assert KEY not in caplog.text


async def test_a_spent_quota_is_told_with_the_time_of_its_renewal(
    server: Server, tmp_path: Path
) -> None:
    server.allowed = 0
    async with opensubtitles(server, tmp_path, clock=lambda: NOON) as provider:
        with pytest.raises(SubtitleQuotaSpent) as spent:
            await provider.fetch("1")
    assert spent.value.retry_after == 61
    assert len(server.served.asked) == 1


async def test_an_account_signs_in_once_and_again_when_its_token_ends(
    server: Server, tmp_path: Path
) -> None:
    account = {"opensubtitles_user": USER, "opensubtitles_password": PASSWORD}
    async with opensubtitles(server, tmp_path, **account) as provider:
        await provider.fetch("1")
        await provider.fetch("2")
        assert server.tokens == ["token-0"]
        server.tokens.append("another")  # what we hold is void now
        await provider.fetch("1")
    assert server.tokens[-1] == "token-2"
    assert server.allowed == 2


async def test_a_wrong_password_or_key_is_said_plainly(server: Server, tmp_path: Path) -> None:
    wrong = {"opensubtitles_user": USER, "opensubtitles_password": "guess"}
    async with opensubtitles(server, tmp_path / "a", **wrong) as provider:
        with pytest.raises(SubtitlesRefused, match="account"):
            await provider.fetch("1")
    async with opensubtitles(server, tmp_path / "b", key="wrong") as provider:
        for call in (provider.search(MATRIX), provider.fetch("1")):
            with pytest.raises(SubtitlesRefused, match="key"):
                await call


async def test_a_pause_is_kept_and_a_long_one_told(server: Server, tmp_path: Path) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        server.faults.append(reply({"message": "Throttle limit reached"}, 429, Retry_After="0"))
        assert (await provider.fetch("1")).content == SRT
        server.faults.append(plain(429, b"busy", Retry_After="600"))
        with pytest.raises(SubtitlesUnavailable) as long:
            await provider.fetch("1")
        assert long.value.retry_after == 601


async def test_a_download_is_not_asked_for_twice_when_the_answer_is_lost(
    server: Server, tmp_path: Path
) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        for fault in (None, plain(503, b"oops"), plain(200, b"not json"), reply({"link": 5})):
            server.faults.append(fault)
            with pytest.raises((SubtitlesUnavailable, SubtitlesRefused)):
                await provider.fetch("1")
    assert len(server.served.asked) == 4
    assert server.allowed == 5


@pytest.mark.parametrize(
    "link",
    ["file:///etc/passwd", "http://169.254.169.254/latest", "ftp://x/y", "http://[::1]:22/", "x"],
)
async def test_a_link_to_anywhere_else_is_not_followed(
    server: Server, tmp_path: Path, link: str
) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        server.faults.append(reply({"link": link, "file_name": "a.srt"}))
        with pytest.raises((SubtitlesRefused, SubtitlesUnavailable)):
            await provider.fetch("1")


async def test_a_file_that_never_ends_is_given_up(server: Server, tmp_path: Path) -> None:
    server.contents[1] = bytes((10 << 20) + 1)
    async with opensubtitles(server, tmp_path) as provider:
        with pytest.raises(SubtitlesRefused):
            await provider.fetch("1")


@pytest.mark.parametrize("subtitle_id", ["77", "", "x", "1/../2", "1~en~zz", "-1", "١", "9" * 40])
async def test_an_unknown_id_is_gone(server: Server, tmp_path: Path, subtitle_id: str) -> None:
    async with opensubtitles(server, tmp_path) as provider:
        with pytest.raises(SubtitleGone):
            await provider.fetch(subtitle_id)


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "x", {"data": None}, {"data": [None, 5, {}]}, {"data": [{"attributes": []}]},
        {"data": [{"attributes": {"files": [{"file_id": "1"}]}}]},
        {"data": [{"attributes": {"files": [{"file_id": True}]}}]},
        {"data": [{"attributes": {"files": [{"file_id": 1}, {"file_id": 2}]}}]},
    ],
)  # fmt: skip
def test_odd_answers_find_nothing(answer: Any) -> None:
    assert finds(answer) == []


def test_names_of_finds_are_plain_and_bounded() -> None:
    said = {"release": "a\n\x00b" * 500, "language": "xx-evil<script>", "files": [{"file_id": 1}]}
    (found,) = finds(json.loads(json.dumps({"data": [{"attributes": said}]})))
    assert len(found.name) <= 300
    assert found.name.isprintable()
    assert (found.language, found.id) == (None, "1~~")


async def test_it_is_off_without_a_key_and_a_wrong_address_is_refused(
    server: Server, tmp_path: Path
) -> None:
    with pytest.raises(PluginOff):
        async with opensubtitles(server, tmp_path, key=" "):
            pass
    groups = {"subtitles": OpenSubtitlesSettings}
    with pytest.raises(SettingsInvalid):
        load_settings(groups, given={"subtitles": {"opensubtitles_url": "ftp://x"}})
    plain_host = load_settings(groups, given={"subtitles": {"opensubtitles_url": "https://a.b/"}})
    assert plain_host.group(OpenSubtitlesSettings).opensubtitles_url == "https://a.b/api/v1"
