"""HLS over HTTP: from a token to playlists, init segments and segments that decode."""

import asyncio
import io
import random
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from starlette.requests import Request

from shadow.accounts import service as accounts
from shadow.app.bootstrap import open_runtime, read_settings
from shadow.app.web import build_app
from shadow.catalog.events import FilesGone
from shadow.catalog.models import File
from shadow.hls.cache import Kept
from shadow.hls.jobs import on_files_gone
from shadow.hls.routes import while_connected
from shadow.hls.serving import Hls
from shadow.hls.tokens import Grant, mint, token_secret
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from tests.support.hls_fixtures import fixture_file
from tests.support.hls_library import catalogue_media

PLAYLIST = "application/vnd.apple.mpegurl"
FILM = "aaaaaaa"
SETTINGS: dict[str, dict[str, Any]] = {
    "hls": {"encoders": 2, "read_ahead": 0, "index_after_scan": False, "previews": "off"}
}

NOWHERE = [
    "vsource/99.m4s",
    "vsource/-1.m4s",
    "vsource/00.m4s",
    "vsource/0.m4s.part",
    "vsource/0.vtt",
    "vsource/٣.m4s",
    "vsource/1e1.m4s",
    "v720/0.m4s",  # more than the source has
    "v1080/index.m3u8",
    "v359/0.m4s",
    "v/0.m4s",
    "a9/0.m4s",
    "a1source/0.m4s",  # not granted
    "b0/0.m4s",
    "se99/9999.vtt",
    "se0/0.m4s",
    "..%2f..%2fshadow.sqlite/0.m4s",
    "%2e%2e/%2e%2e/0.m4s",
    "vsource/..%2f..%2f..%2fsecret.key",
    "vsource%00/0.m4s",
    "vsource/init.mp4%00",
    f"vsource/{'9' * 500}.m4s",
    "vsource",
    "",
]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return SETTINGS


class Player:
    """A client with a token of one file."""

    def __init__(self, http: httpx.AsyncClient, base: str) -> None:
        self.http = http
        self.base = base

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(f"{self.base}/{path}", **options)

    async def ok(self, path: str) -> httpx.Response:
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer

    async def uris(self, path: str) -> tuple[str, list[str]]:
        """Return the addresses of the init segment and the segments that a playlist names."""
        text = (await self.ok(path)).text
        folder = path.rpartition("/")[0]
        init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
        assert init is not None, text
        named = [line for line in text.splitlines() if line and not line.startswith("#")]
        return f"{folder}/{init[1]}", [f"{folder}/{one}" for one in named]


async def add(runtime: Runtime, library: Path, name: str, file_id: str = FILM) -> Path:
    source = fixture_file(name)
    path = library / f"{file_id}{source.suffix}"
    shutil.copy2(source, path)
    async with runtime.database.transaction() as session:
        await catalogue_media(session, path, public_id=file_id, title_id=f"t{file_id[1:]}")
    return path


def player(
    runtime: Runtime,
    http: httpx.AsyncClient,
    grant: Grant | None = None,
    *,
    file_id: str = FILM,
    user_id: int | None = None,
    seconds: int = 600,
) -> Player:
    expires = int(runtime.clock().timestamp()) + seconds
    secret = token_secret(runtime.secret_key)
    given = grant or Grant()
    token = mint(secret, file_id=file_id, user_id=user_id, expires=expires, grant=given)
    return Player(http, f"/hls/{file_id}/{token}")


def pictures(init: bytes, *segments: bytes) -> list[int]:
    """Decode segments and return the times of the pictures, in ticks."""
    with av.open(io.BytesIO(init + b"".join(segments))) as container:
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


def samples(init: bytes, *segments: bytes) -> int:
    with av.open(io.BytesIO(init + b"".join(segments))) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


async def test_a_film_plays_from_its_master_playlist_down(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous, Grant(audio_copies=(1,)))

    master = await film.ok("master.m3u8")

    assert master.headers["content-type"] == PLAYLIST
    listed = [line for line in master.text.splitlines() if line and not line.startswith("#")]
    assert listed[0].startswith("vsource/index.m3u8")
    times = {}
    for uri in dict.fromkeys([*listed, "v360/index.m3u8"]):
        init, segments = await film.uris(uri)
        first = await film.ok(init)
        assert first.headers["content-type"] == "video/mp4"
        contents = [(await film.ok(one)).content for one in segments]
        times[uri] = sorted(pictures(first.content, *contents))
        for content in contents:
            assert len(pictures(first.content, content)) > 10  # each stands alone
    assert len({tuple(one) for one in times.values()}) == 1, "the same pictures in every quality"
    sound = re.findall(r'TYPE=AUDIO.*?URI="([^"]+)"', master.text)
    assert sound
    for uri in sound:
        init, segments = await film.uris(uri)
        contents = [(await film.ok(one)).content for one in segments]
        assert samples((await film.ok(init)).content, *contents) > 48_000 * 10


async def test_segments_are_the_same_in_any_order_and_after_a_restart(
    data_dir: Path, sqlite_file: Path, library: Path
) -> None:
    data_dir.mkdir()
    shutil.copy(sqlite_file, data_dir / "shadow.sqlite")
    got: list[dict[str, bytes]] = []
    for start in range(3):
        async with running(data_dir) as (runtime, http):
            if not start:
                await add(runtime, library, "h264_bframes_irregular_mkv")
            film = player(runtime, http)
            asked = []
            for name in ("vsource", "v360", "a1"):
                init, segments = await film.uris(f"{name}/index.m3u8")
                asked += [init, *segments]
            random.Random(start).shuffle(asked)
            got.append({uri: (await film.ok(uri)).content for uri in asked})
        if start == 1:
            shutil.rmtree(data_dir / "cache")

    assert got[0] == got[1], "from the cache"
    assert got[0] == got[2], "made again"


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient]]:
    async with AsyncExitStack() as stack:
        settings = read_settings({"data_dir": data_dir, **SETTINGS})
        runtime = await stack.enter_async_context(open_runtime(settings))
        transport = httpx.ASGITransport(build_app(runtime), raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://testserver")
        yield runtime, await stack.enter_async_context(http)


async def test_twenty_players_of_one_segment_have_it_made_once(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    players = [player(runtime, anonymous, seconds=600 + one) for one in range(20)]
    before = await made(anonymous, "encode")

    answers = await asyncio.gather(*(one.ok("v360/1.m4s") for one in players))

    assert len({one.content for one in answers}) == 1
    assert await made(anonymous, "encode") == before + 1


async def made(http: httpx.AsyncClient, kind: str) -> float:
    text = (await http.get("/metrics")).text
    found = re.search(rf'shadow_hls_segments_made_total{{kind="{kind}"}} (\S+)', text)
    return float(found[1]) if found else 0.0


async def test_playlists_are_compressed_for_those_who_take_it_and_not_sent_twice(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)

    plain = await film.get("master.m3u8", headers={"Accept-Encoding": "identity"})
    packed = await film.get("master.m3u8", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers.get("content-encoding") == "gzip" or len(plain.content) < 1024
    assert packed.text == plain.text
    again = await film.get("master.m3u8", headers={"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


async def test_a_segment_has_a_strong_etag_and_ranges(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)

    whole = await film.ok("vsource/0.m4s")
    part = await film.get("vsource/0.m4s", headers={"Range": "bytes=10-19"})
    same = await film.get("vsource/0.m4s", headers={"If-None-Match": whole.headers["etag"]})
    head = await anonymous.head(f"{film.base}/vsource/0.m4s")

    assert whole.headers["etag"].startswith('"')
    assert "immutable" in whole.headers["cache-control"]
    assert "private" in whole.headers["cache-control"]
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert (same.status_code, same.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


async def test_what_is_not_there_is_not_found(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)

    for path in NOWHERE:
        answer = await film.get(path)
        assert answer.status_code == 404, (path, answer.text)


async def test_only_a_valid_token_of_this_file_opens_it(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    await add(runtime, library, "no_audio", "bbbbbbb")
    film = player(runtime, anonymous)
    other = film.base.replace(FILM, "bbbbbbb")
    late = player(runtime, anonymous, seconds=-1)
    altered = film.base[:-3] + ("AAA" if not film.base.endswith("AAA") else "BBB")

    async def refused(base: str, path: str) -> tuple[int, str]:
        answer = await anonymous.get(f"{base}/{path}")
        return answer.status_code, answer.json()["code"]

    for path in ("master.m3u8", "vsource/index.m3u8", "vsource/0.m4s", "vsource/init.mp4"):
        assert await refused(other, path) == (403, "hls.token_invalid")
        assert await refused(altered, path) == (403, "hls.token_invalid")
        assert await refused(late.base, path) == (403, "hls.token_expired")
        assert await refused(f"/hls/{FILM}/nonsense", path) == (404, "hls.missing")


async def test_a_token_dies_with_its_person(
    runtime: Runtime,
    anonymous: httpx.AsyncClient,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await add(runtime, library, "h264_mkv")
    async with runtime.database.transaction() as session:
        user = await accounts.create_user(
            session, name="eve", password="correct horse battery", role=Role.free
        )
    film = player(runtime, anonymous, user_id=user.id)
    await film.ok("vsource/0.m4s")

    async with runtime.database.transaction() as session:
        found = await accounts.find_user(session, name="eve")
        found.role_name = Role.banned.name
    monkeypatch.setattr("shadow.hls.access.CHECK_SECONDS", -1.0)

    answer = await film.get("vsource/0.m4s")
    assert (answer.status_code, answer.json()["code"]) == (403, "hls.access_ended")


async def test_a_file_replaced_while_it_plays_is_said_to_be(
    runtime: Runtime,
    anonymous: httpx.AsyncClient,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)
    init, segments = await film.uris("vsource/index.m3u8")
    await film.ok(segments[0])
    monkeypatch.setattr("shadow.hls.files.LOOK_SECONDS", -1.0)

    shutil.copy(fixture_file("h264_bframes_irregular_mkv"), path)
    before_scan = await film.get(segments[1])
    status = path.stat()
    async with runtime.database.transaction() as session:
        row = await session.get(File, 1)
        assert row is not None
        row.size, row.mtime_ns = status.st_size, status.st_mtime_ns
    after_scan = await film.get(segments[1])

    for answer in (before_scan, after_scan):
        assert (answer.status_code, answer.json()["code"]) == (404, "hls.file_changed")
    assert (await film.get(init)).status_code == 404
    fresh, _ = await film.uris("vsource/index.m3u8")
    assert fresh != init
    assert pictures((await film.ok(fresh)).content, (await film.ok("vsource/0.m4s")).content)


async def test_a_file_that_goes_is_no_longer_served(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    path = await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)
    await film.ok("vsource/0.m4s")

    path.unlink()
    await on_files_gone(runtime, FilesGone((1,)))

    answer = await film.get("vsource/0.m4s")
    assert (answer.status_code, answer.json()["code"]) == (404, "streaming.file_missing")


async def test_a_file_that_is_no_media_says_why(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    path = library / "noise.mkv"
    path.write_bytes(random.Random(1).randbytes(100_000))
    async with runtime.database.transaction() as session:
        await catalogue_media(session, path, public_id=FILM)

    for _ in range(2):  # the second time from what is stored
        answer = await player(runtime, anonymous).get("master.m3u8")
        assert (answer.status_code, answer.json()["code"]) == (422, "hls.not_indexed")
        assert answer.json()["detail"]


@pytest.mark.parametrize("name", ["no_video", "no_audio", "single_keyframe", "truncated_mkv"])
async def test_odd_films_play_as_far_as_they_go(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path, name: str
) -> None:
    await add(runtime, library, name)
    film = player(runtime, anonymous)

    master = (await film.ok("master.m3u8")).text
    listed = [line for line in master.splitlines() if line and not line.startswith("#")]

    assert listed
    for uri in dict.fromkeys(listed):
        init, segments = await film.uris(uri)
        contents = [(await film.ok(one)).content for one in (segments[0], segments[-1])]
        first = (await film.ok(init)).content
        measure: Callable[..., Any] = samples if name == "no_video" else pictures
        assert all(measure(first, one) for one in contents)


async def test_what_a_grant_does_not_give_is_not_listed(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "two_audio")

    every = (await player(runtime, anonymous, Grant(audio_copies=(1, 2))).ok("master.m3u8")).text
    plain = (await player(runtime, anonymous, Grant(copy_video=False)).ok("master.m3u8")).text

    assert "vsource/" in every
    assert "a2source/" in every
    assert "vkeys/" in every
    assert "vsource/" not in plain
    assert "source/" not in plain
    assert "vkeys/" not in plain
    refused = await player(runtime, anonymous, Grant(copy_video=False)).get("vsource/0.m4s")
    assert refused.status_code == 404


async def test_the_chosen_sound_is_the_default_one(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "two_audio")

    master = (await player(runtime, anonymous, Grant(audio=2)).ok("master.m3u8")).text

    (default,) = [
        line for line in master.splitlines() if "TYPE=AUDIO" in line and "DEFAULT=YES" in line
    ]
    assert "a2/index.m3u8" in default


async def test_no_worker_writes_outside_the_cache_and_nothing_is_left_half_made(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path, data_dir: Path
) -> None:
    await add(runtime, library, "corrupt_middle")
    film = player(runtime, anonymous)
    for name in ("vsource", "v360"):
        _, segments = await film.uris(f"{name}/index.m3u8")
        for uri in segments:
            assert (await film.get(uri)).status_code in (200, 422, 503)

    assert list((data_dir / "cache" / "hls" / "making").iterdir()) == []
    assert sorted(one.name for one in library.iterdir()) == [f"{FILM}.mkv"]


async def test_workers_are_few_and_the_server_has_no_media_library(
    runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
) -> None:
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous)
    await asyncio.gather(*(film.ok(f"v360/{k}.m4s") for k in range(3)))

    hls = runtime.part(Hls)
    assert 1 <= hls.heavy.processes <= 2
    assert hls.light.processes <= 2


class TestBusy:
    """More is asked for than can be made."""

    @pytest.fixture
    def given_settings(self) -> dict[str, Any]:
        return {"hls": {**SETTINGS["hls"], "encoders": 1, "waiting": 1}}

    async def test_who_is_one_too_many_is_told_when_to_come_again(
        self, runtime: Runtime, anonymous: httpx.AsyncClient, library: Path
    ) -> None:
        await add(runtime, library, "h264_bframes_irregular_mkv")
        film = player(runtime, anonymous)
        _, segments = await film.uris("v360/index.m3u8")

        answers = await asyncio.gather(*(film.get(one) for one in segments))

        refused = [one for one in answers if one.status_code == 503]
        assert refused
        assert {one.status_code for one in answers} == {200, 503}
        for one in refused:
            assert one.json()["code"] == "hls.busy"
            assert int(one.headers["retry-after"]) >= 1
        for one in segments:  # one after the other they all come
            await film.ok(one)


async def test_a_player_that_went_away_is_waited_for_by_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shadow.hls.routes.WATCH_SECONDS", 0.01)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    making: asyncio.Task[Kept] = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type] # never ends
    request = Request({"type": "http", "headers": []}, receive)

    assert await while_connected(request, making) is None
    await asyncio.gather(making, return_exceptions=True)
    assert making.cancelled()
