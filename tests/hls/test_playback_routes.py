"""`POST /api/playback` through the whole application, over files that a scan found."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shadow.accounts import service as accounts
from shadow.catalog.models import File
from shadow.hls.indexing import signature_of
from shadow.hls.models import MediaIndex, PreparedRendition
from shadow.hls.segments.facts import INDEX_VERSION
from shadow.hls.tokens import read, token_secret
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.support.hls_fixtures import fixture_file
from tests.support.library import Library

CHROME: dict[str, Any] = {
    "containers": ["mp4", "webm"],
    "video": [{"codec": "h264", "profiles": ["high"], "max_level": 52}],
    "audio": [{"codec": "aac", "max_channels": 6}],
    "subtitles": ["webvtt", "ass", "pgs"],
    "renews": True,
}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"hls": {"index_after_scan": False, "previews": "off"}}


@pytest.fixture
async def ids(request: pytest.FixtureRequest, runtime: Runtime, tmp_path: Path) -> dict[str, str]:
    """Public ids of the fixtures that the test names with `of`, once a scan found them."""
    place = tmp_path / "library"
    place.mkdir()
    library = Library(runtime, place)
    for name in request.param:
        source = fixture_file(name)
        library.put(f"{name} (2001){source.suffix}", source.read_bytes())
    await library.scan()
    return {path.partition(" ")[0]: row.public_id for path, row in (await library.rows()).items()}


def of(*names: str) -> pytest.MarkDecorator:
    """Let a test have these fixtures in its library."""
    return pytest.mark.parametrize("ids", [names], indirect=True, ids=["library"])


async def ask(
    client: httpx.AsyncClient, file_id: str, said: dict[str, Any] = CHROME, **wish: Any
) -> dict[str, Any]:
    body = {"file_id": file_id, "client": said, **wish}
    answer = await client.post("/api/playback", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def granted(runtime: Runtime, file_id: str, url: str) -> Any:
    """The grant of the token in an address."""
    token = url.split("/")[3]
    now = runtime.clock().timestamp()
    return read(token_secret(runtime.secret_key), token, file_id=file_id, now=now)


def codes(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["reasons"]]


@of("h264_mp4", "h264_mkv", "hevc_mkv", "hevc_hdr_mkv", "no_video")
async def test_every_kind_of_file_is_answered_rightly(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    """One scan serves all: method, reasons, address, tracks."""
    direct = await ask(client, ids["h264_mp4"])
    assert (direct["method"], direct["reasons"]) == ("direct", [])
    assert direct["url"].startswith(f"/stream/{ids['h264_mp4']}?md5=")
    streamed = await client.get(direct["url"], headers={"Range": "bytes=4-7", "Cookie": ""})
    assert (streamed.status_code, streamed.content) == (206, b"ftyp")

    remux = await ask(client, ids["h264_mkv"])
    assert (remux["method"], remux["video"], codes(remux)) == ("remux", "copy", ["container"])
    claims = granted(runtime, ids["h264_mkv"], remux["url"])
    assert claims.grant.copy_video
    assert claims.grant.audio_copies == (1,)

    encoded = await ask(client, ids["hevc_mkv"])
    assert (encoded["method"], codes(encoded)) == ("transcode", ["container", "video_codec"])
    assert not granted(runtime, ids["hevc_mkv"], encoded["url"]).grant.copy_video

    mapped = await ask(client, ids["hevc_hdr_mkv"])
    assert "video_range" in codes(mapped)
    assert granted(runtime, ids["hevc_hdr_mkv"], mapped["url"]).grant.tone_map

    sound = await ask(client, ids["no_video"], {**CHROME, "prefer": "hls"})
    assert (sound["method"], sound["video"], sound["video_track"]) == ("remux", "none", None)
    assert sound["qualities"] == []


@of("single_keyframe")
async def test_what_packets_tell_is_found_out_before_the_first_play(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    before = await ask(client, ids["single_keyframe"], preview=True)
    assert (before["method"], before["url"], before["expires_at"]) == ("remux", None, None)
    played = await ask(client, ids["single_keyframe"])
    assert (played["method"], codes(played)) == ("transcode", ["container", "key_pictures"])
    after = await ask(client, ids["single_keyframe"], preview=True)
    assert (after["method"], after["url"]) == ("transcode", None)


@of("two_audio")
async def test_tracks_are_told_with_their_languages_and_what_becomes_of_them(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    answer = await ask(client, ids["two_audio"], audio_index=2)
    shown = [(one["index"], one["language"], one["copied"], one["selected"])
             for one in answer["audio"]]  # fmt: skip
    assert shown == [(1, "en", True, False), (2, "de", False, True)]
    assert answer["audio"][1]["title"] == "Surround"
    assert "audio_codec" in codes(answer)
    assert granted(runtime, ids["two_audio"], answer["url"]).grant.audio == 2


@of("text_subs_mkv")
async def test_subtitles_chapters_and_markers_come_along(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    file = ids["text_subs_mkv"]
    answer = await ask(client, file)
    assert [(one["id"], one["format"], one["text"]) for one in answer["subtitles"]] == [
        ("e2", "vtt", True), ("e3", "ass", True),
    ]  # fmt: skip
    assert answer["subtitles"][0]["url"] == f"/api/files/{file}/subtitles/2.vtt"
    assert answer["subtitles"][1]["url"] == f"/api/files/{file}/subtitles/3.ass"
    plain = await ask(client, file, {**CHROME, "subtitles": ["webvtt"]})
    assert [one["url"].rpartition(".")[2] for one in plain["subtitles"]] == ["vtt", "vtt"]
    assert [one["title"] for one in answer["chapters"]] == ["Intro", "The Story", "Credits"]
    intro = {"kind": "intro", "start": 1.0, "end": 4.5}
    put = await client.put(f"/api/files/{file}/markers", json={"markers": [intro]})
    assert put.status_code == 200, put.text
    assert (await ask(client, file, preview=True))["markers"] == [intro]
    assert answer["previews"] is None


@of("image_subs_mkv")
async def test_picture_subtitles_are_burned_in_only_when_chosen(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    plain = {**CHROME, "subtitles": ["webvtt"]}
    unasked = await ask(client, ids["image_subs_mkv"], plain)
    assert unasked["method"] == "remux"
    assert [one["url"] for one in unasked["subtitles"]] == [None, None]
    drawn = await ask(client, ids["image_subs_mkv"], CHROME, subtitle_index=2)
    assert drawn["method"] == "remux"
    assert [bool(one["url"]) for one in drawn["subtitles"]] == [True, False]
    burned = await ask(client, ids["image_subs_mkv"], plain, subtitle_index=2)
    assert codes(burned) == ["container", "subtitle_burn"]
    assert [one["burned"] for one in burned["subtitles"]] == [True, False]
    claims = granted(runtime, ids["image_subs_mkv"], burned["url"])
    assert (claims.grant.burn, claims.grant.copy_video) == (2, False)


@of("h264_mkv")
async def test_addresses_live_shortly_for_players_that_renew_them(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    for said, life in (
        (CHROME, timedelta(minutes=15)),
        ({**CHROME, "renews": False}, timedelta(hours=4)),
    ):
        answer = await ask(client, ids["h264_mkv"], said)
        left = datetime.fromisoformat(answer["expires_at"]) - runtime.clock()
        assert life - timedelta(seconds=30) < left <= life
        claims = granted(runtime, ids["h264_mkv"], answer["url"])
        expires = datetime.fromtimestamp(claims.expires, UTC)
        assert expires == datetime.fromisoformat(answer["expires_at"])
        assert claims.user_id is not None


@of("h264_mkv", "h264_mp4")
async def test_sizes_to_choose_from_are_told_before_and_while_playing(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    answer = await ask(client, ids["h264_mkv"])
    assert [(one["name"], one["height"]) for one in answer["qualities"]] == [
        ("source", 360), ("360p", 360),
    ]  # fmt: skip
    assert all(one["bandwidth"] > 0 for one in answer["qualities"])
    again = await ask(client, ids["h264_mp4"], preview=True)
    assert [one["name"] for one in again["qualities"]] == ["source", "360p"]


@of("h264_mkv")
async def test_renditions_made_ahead_are_named(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    async with runtime.database.transaction() as session:
        file = await session.scalar(select(File).where(File.public_id == ids["h264_mkv"]))
        assert file is not None
        for name, signature, ready in (
            ("v360", signature_of(file), True),
            ("a1", signature_of(file), False),
            ("v720", "of another file", True),
        ):
            session.add(
                PreparedRendition(
                    file_id=file.id, signature=signature, rendition=name, recipe="r", segments=4,
                    ready=ready, updated_at=runtime.clock(),
                )
            )  # fmt: skip
    assert (await ask(client, ids["h264_mkv"]))["prepared"] == ["v360"]


@of("h264_mkv")
async def test_a_file_whose_packets_cannot_be_read_says_so(
    client: httpx.AsyncClient, ids: dict[str, str], runtime: Runtime
) -> None:
    async with runtime.database.transaction() as session:
        file = await session.scalar(select(File).where(File.public_id == ids["h264_mkv"]))
        assert file is not None
        session.add(
            MediaIndex(
                file_id=file.id, version=INDEX_VERSION, signature=signature_of(file),
                content=b"", error="The file holds noise.", made_at=runtime.clock(),
            )
        )  # fmt: skip
    for preview in (True, False):
        asked = {"file_id": ids["h264_mkv"], "client": CHROME, "preview": preview}
        refused = await client.post("/api/playback", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (422, "hls.not_indexed")
        assert "noise" in refused.json()["detail"]


@of("hevc_mkv")
async def test_a_player_that_takes_nothing_is_told_what_it_lacks(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    said = {"containers": ["webm"], "video": [{"codec": "vp9"}], "audio": [{"codec": "opus"}]}
    asked = {"file_id": ids["hevc_mkv"], "client": said}
    refused = await client.post("/api/playback", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "streaming.nothing_playable")
    assert "HEVC" in refused.json()["detail"]


ODD = (
    {},
    {"file_id": "Ab3dE9x", "client": {"max_bitrate": 0}},
    {"file_id": "Ab3dE9x", "client": {"video": [{"codec": "h264", "max_level": 10**30}]}},
    {"file_id": "Ab3dE9x", "client": {"containers": ["mp4"] * 1000}},
    {"file_id": "Ab3dE9x", "audio_index": -1},
    {"file_id": "Ab3dE9x", "max_height": 0},
    {"file_id": "far too long"},
)


async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient) -> None:
    for body in ODD:
        answer = await client.post("/api/playback", json=body)
        assert answer.status_code == 422, (body, answer.text)


async def test_an_unknown_file_is_missing(client: httpx.AsyncClient) -> None:
    for file_id in ("0000000", "a\0b3456", "../../e"):
        answer = await client.post("/api/playback", json={"file_id": file_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "streaming.file_missing")


async def test_nobody_plays_without_signing_in(
    anonymous: httpx.AsyncClient, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name="bob", password="hunter2 hunter2", role=Role.free)
    await client.post("/api/auth/logout")
    refused = await anonymous.post("/api/playback", json={"file_id": "0000000"})
    assert refused.status_code == 401
