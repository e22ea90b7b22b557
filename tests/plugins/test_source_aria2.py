"""aria2: files and torrents, a daemon that dies, links that lead astray."""

import asyncio
import hashlib
import os
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from tests.support.faulty_server import faulty_server
from tests.support.ftp import ftp_server
from tests.support.socks import socks_proxy
from tests.support.sources import Told, aria2_source, clients
from tests.support.swarm_of_peers import make_torrent, seeded

from shadow.ingest.ports import (
    Choosable,
    Link,
    NotForThisSource,
    SourceRefused,
    SourceUnavailable,
    WrongContent,
)
from shadow.plugins.source_aria2.source import Aria2Source
from shadow.runtime.http import RequestRefused

FILM = os.urandom(3_000_000)


@pytest.fixture
async def aria2(tmp_path: Path) -> AsyncIterator[Aria2Source]:
    async with aria2_source(tmp_path / "aria2") as opened:
        yield opened


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


async def until(told: Told, done: int) -> None:
    """Wait until so many bytes were reported."""
    while told.most_done < done:
        await asyncio.sleep(0.02)


async def test_a_daemon_killed_in_mid_download_goes_on_to_every_byte(
    aria2: Aria2Source, sandbox: Path
) -> None:
    film = os.urandom(24 << 20)  # more than one connection's share, so that parts lie apart
    async with faulty_server(film, seconds_a_block=0.02) as server:
        told = Told()
        link = Link(f"{server.url}/film.mkv")
        fetching = asyncio.create_task(aria2.fetch(link, sandbox, told, key="job"))
        for share in (0.2, 0.5):
            await until(told, int(len(film) * share))
            assert aria2.daemon.pid is not None
            os.kill(aria2.daemon.pid, signal.SIGKILL)
        server.seconds_a_block = 0
        fetched = await fetching
    assert (sandbox / fetched.files[0]).read_bytes() == film


async def test_a_fetch_begun_by_a_process_that_is_gone_is_taken_up(
    tmp_path: Path, sandbox: Path
) -> None:
    film = os.urandom(16 << 20)
    async with faulty_server(film, seconds_a_block=0.02) as server:
        link, told = Link(f"{server.url}/film.mkv"), Told()
        async with aria2_source(tmp_path / "aria2") as first:
            fetching = asyncio.create_task(first.fetch(link, sandbox, told, key="job"))
            await until(told, len(film) // 2)
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
        server.seconds_a_block, before = 0, len(server.served.asked)
        async with aria2_source(tmp_path / "aria2") as second:
            fetched = await second.fetch(link, sandbox, Told(), key="job")
    assert (sandbox / fetched.files[0]).read_bytes() == film
    later = [one.headers.get("range", "") for one in server.served.asked[before:]]
    spans = [text.removeprefix("bytes=").split("-") for text in later if text]
    assert spans
    assert sum(int(end) + 1 - int(start) for start, end in spans) < len(film) * 0.7


async def test_a_part_without_its_control_file_is_not_believed(
    aria2: Aria2Source, sandbox: Path
) -> None:
    (sandbox / "aria2.part").write_bytes(b"x" * 2_000_000)
    async with faulty_server(FILM) as server:
        fetched = await aria2.fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
    assert (sandbox / fetched.files[0]).read_bytes() == FILM


async def test_cancelling_stops_the_daemons_download(aria2: Aria2Source, sandbox: Path) -> None:
    async with faulty_server(FILM, seconds_a_block=0.05) as server:
        told = Told()
        link = Link(f"{server.url}/film.mkv")
        fetching = asyncio.create_task(aria2.fetch(link, sandbox, told, key="job"))
        await until(told, 200_000)
        fetching.cancel()
        async with asyncio.timeout(60):
            await asyncio.gather(fetching, return_exceptions=True)
        assert await aria2.daemon.call("tellActive") == []
        assert await aria2.daemon.call("tellStopped", 0, 10) == []


async def test_a_daemon_that_hangs_does_not_keep_a_cancelled_job(
    aria2: Aria2Source, sandbox: Path
) -> None:
    async with faulty_server(FILM, seconds_a_block=0.05) as server:
        told = Told()
        link = Link(f"{server.url}/film.mkv")
        fetching = asyncio.create_task(aria2.fetch(link, sandbox, told, key="job"))
        await until(told, 200_000)
        assert aria2.daemon.pid is not None
        hanging = psutil.Process(aria2.daemon.pid)
        hanging.suspend()
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        assert not hanging.is_running() or hanging.status() == psutil.STATUS_ZOMBIE


async def test_several_downloads_survive_the_death_of_the_daemon_they_share(
    aria2: Aria2Source, tmp_path: Path
) -> None:
    async with faulty_server(FILM, seconds_a_block=0.02) as server:
        reports = [Told() for _ in range(3)]
        folders = [tmp_path / f"sandbox{number}" for number in range(3)]
        for folder in folders:
            folder.mkdir()
        fetching = [
            asyncio.create_task(
                aria2.fetch(Link(f"{server.url}/{number}.mkv"), folder, told, key=str(number))
            )
            for number, (folder, told) in enumerate(zip(folders, reports, strict=True))
        ]
        for told in reports:
            await until(told, 500_000)
        assert aria2.daemon.pid is not None
        os.kill(aria2.daemon.pid, signal.SIGKILL)
        for folder, fetched in zip(folders, await asyncio.gather(*fetching), strict=True):
            assert (folder / fetched.files[0]).read_bytes() == FILM


async def test_the_daemon_listens_on_loopback_and_tells_nobody_its_secret(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    async with faulty_server(FILM) as server:
        await aria2.fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
    assert aria2.daemon.pid is not None
    process = psutil.Process(aria2.daemon.pid)
    (configuration,) = (tmp_path / "aria2").glob("*/aria2.conf")
    secret = next(
        line.partition("=")[2].strip()
        for line in configuration.read_text().splitlines()
        if line.startswith("rpc-secret=")
    )
    assert len(secret) == 64
    assert secret not in " ".join(process.cmdline()) + str(process.environ())
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    listening = [one for one in process.net_connections() if one.status == psutil.CONN_LISTEN]
    assert listening
    rpc = [one for one in listening if one.laddr.port not in range(6881, 7000)]
    assert {one.laddr.ip for one in rpc} <= {"127.0.0.1", "::1"}


async def test_links_with_secrets_in_headers_are_left_to_others(aria2: Aria2Source) -> None:
    assert aria2.takes(Link("https://host/x", headers={"User-Agent": "mine"}))
    assert not aria2.takes(Link("https://host/x", headers={"Cookie": "token=1"}))
    assert not aria2.takes(Link("https://host/x", headers={"Accept": "a\r\nCookie: b"}))
    assert not aria2.takes(Link("sftp://host/x"))


async def test_a_wrong_checksum_is_told_as_such(aria2: Aria2Source, sandbox: Path) -> None:
    async with faulty_server(FILM) as server:
        link = Link(f"{server.url}/film.mkv", sha256="0" * 64)
        with pytest.raises(WrongContent):
            await aria2.fetch(link, sandbox, Told(), key="job")


async def test_a_torrent_is_fetched_from_a_peer_and_not_seeded(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    files = {"Film.mkv": FILM, "Extras/Making of.mkv": b"m" * 100_000}
    async with seeded(tmp_path, "Film (2020)", files) as swarm:
        meta = tmp_path / "film.torrent"
        meta.write_bytes(swarm.torrent)
        told = Told()
        fetched = await aria2.fetch(Link("", torrent=str(meta)), sandbox, told, key="job")
        assert await aria2.daemon.call("tellActive") == []
    assert fetched.files == ("Film (2020)/Film.mkv", "Film (2020)/Extras/Making of.mkv")
    assert (sandbox / fetched.files[0]).read_bytes() == FILM
    assert (sandbox / fetched.files[1]).read_bytes() == files["Extras/Making of.mkv"]
    assert told.details.keys() >= {"peers", "seeds", "connections"}


async def test_a_torrent_whose_daemon_is_killed_goes_on_to_every_byte(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    film = os.urandom(6_000_000)
    async with seeded(tmp_path, "Film.mkv", {"Film.mkv": film}, speed="2M") as swarm:
        meta = tmp_path / "film.torrent"
        meta.write_bytes(swarm.torrent)
        told = Told()
        fetching = asyncio.create_task(
            aria2.fetch(Link("", torrent=str(meta)), sandbox, told, key="job")
        )
        await until(told, 2_000_000)
        assert aria2.daemon.pid is not None
        os.kill(aria2.daemon.pid, signal.SIGKILL)
        fetched = await fetching
    assert (sandbox / fetched.files[0]).read_bytes() == film


async def test_a_magnet_link_offers_its_files_and_brings_the_chosen_one(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    files = {"1.mkv": os.urandom(200_000), "2.mkv": os.urandom(300_000), "3.mkv": b"c" * 70_000}
    async with seeded(tmp_path, "Season", files) as swarm:
        assert isinstance(aria2, Choosable)
        link = Link(swarm.magnet)
        offered = await aria2.list_files(link, sandbox, key="job")
        assert [(one.number, one.path, one.size) for one in offered] == [
            (1, "Season/1.mkv", 200_000),
            (2, "Season/2.mkv", 300_000),
            (3, "Season/3.mkv", 70_000),
        ]
        fetched = await aria2.fetch(Link(swarm.magnet, files=(2,)), sandbox, Told(), key="job")
    assert fetched.files == ("Season/2.mkv",)
    assert (sandbox / "Season/2.mkv").read_bytes() == files["2.mkv"]
    assert not (sandbox / "Season/3.mkv").exists()


async def test_a_link_to_a_torrent_file_brings_what_the_torrent_holds(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    async with (
        seeded(tmp_path, "Film.mkv", {"Film.mkv": FILM}) as swarm,
        faulty_server(swarm.torrent) as server,
    ):
        fetched = await aria2.fetch(Link(f"{server.url}/dl?id=5"), sandbox, Told(), key="job")
    assert fetched.files == ("Film.mkv",)
    assert (sandbox / "Film.mkv").read_bytes() == FILM


async def test_hostile_names_in_a_torrent_stay_in_the_sandbox(
    aria2: Aria2Source, sandbox: Path, tmp_path: Path
) -> None:
    files = {"../../evil.mkv": b"e" * 50_000, "a\x00b\u202e/" + "n" * 400 + ".mkv": b"n" * 50_000}
    plain = {"evil.mkv": b"e" * 50_000, "n.mkv": b"n" * 50_000}
    async with seeded(tmp_path, "x", plain):
        meta = tmp_path / "evil.torrent"
        meta.write_bytes(make_torrent("../../../out", files))
        offered = await aria2.list_files(Link("", torrent=str(meta)), sandbox, key="job")
        with pytest.raises((SourceUnavailable, SourceRefused)):  # nobody seeds this one
            await aria2.fetch(Link("", torrent=str(meta)), sandbox, Told(), key="job")
    for one in offered:
        assert (sandbox / one.path).resolve().is_relative_to(sandbox)
        assert ".." not in Path(one.path).parts
        assert all(len(part.encode()) <= 200 for part in Path(one.path).parts)
    assert not [path for path in tmp_path.rglob("*evil.mkv") if sandbox not in path.parents][1:]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"d4:infod6:lengthi5eee", "malformed"),
        (b"d4:infoi1ee", "says nothing"),
        (b"not a torrent", "no torrent file"),
        (b"d" * 10_000, "no torrent file"),
        (b"l" * 10_000 + b"e" * 10_000, "no torrent file"),
        (b"i" + b"9" * 1_000_000 + b"e", "no torrent file"),
        (make_torrent("many", {f"{n}.mkv": b"x" for n in range(50)}), "50 files"),
    ],
)
async def test_torrents_that_cannot_be_fetched_say_why(
    content: bytes, words: str, sandbox: Path, tmp_path: Path
) -> None:
    meta = tmp_path / "bad.torrent"
    meta.write_bytes(content)
    async with aria2_source(tmp_path / "aria2", max_files=40) as aria2:
        with pytest.raises(SourceRefused, match=words):
            await aria2.fetch(Link("", torrent=str(meta)), sandbox, Told(), key="job")


async def test_a_magnet_nobody_has_is_given_up(sandbox: Path, tmp_path: Path) -> None:
    async with aria2_source(tmp_path / "aria2", peer_seconds=1) as aria2:
        link = Link("magnet:?xt=urn:btih:" + hashlib.sha1(b"nobody").hexdigest())
        with pytest.raises(SourceUnavailable):
            await aria2.fetch(link, sandbox, Told(), key="job")
        for broken in ("magnet:?xt=urn:btih:xyz", "magnet:?dn=name"):
            with pytest.raises(SourceRefused):
                await aria2.fetch(Link(broken), sandbox, Told(), key="job2")


async def test_torrents_are_refused_where_a_proxy_is_set(sandbox: Path, tmp_path: Path) -> None:
    behind = clients(proxy="socks5://127.0.0.1:1080")
    async with aria2_source(tmp_path / "aria2", http=behind) as aria2:
        with pytest.raises(SourceRefused, match="SHADOW_ARIA2__TORRENTS_BESIDE_PROXY"):
            await aria2.fetch(Link(f"magnet:?xt=urn:btih:{'a' * 40}"), sandbox, Told(), key="job")


async def test_a_file_is_fetched_over_ftp(aria2: Aria2Source, sandbox: Path) -> None:
    async with ftp_server({"/films/film.mkv": FILM}) as ftp:
        link = Link(f"ftp://127.0.0.1:{ftp.port}/films/film.mkv")
        fetched = await aria2.fetch(link, sandbox, Told(), key="job")
    assert (sandbox / fetched.files[0]).read_bytes() == FILM
    assert fetched.files == ("film.mkv",)


async def test_an_ftp_server_that_names_another_host_for_the_content_is_not_followed(
    aria2: Aria2Source, sandbox: Path
) -> None:
    async with ftp_server({"/film.mkv": FILM}, passive_host="127.0.0.2") as ftp:
        link = Link(f"ftp://127.0.0.1:{ftp.port}/film.mkv")
        fetched = await aria2.fetch(link, sandbox, Told(), key="job")
    assert (sandbox / fetched.files[0]).read_bytes() == FILM  # of the host that was asked


async def test_the_operators_proxy_carries_what_aria2_fetches(
    sandbox: Path, tmp_path: Path
) -> None:
    async with socks_proxy() as operators, faulty_server(FILM) as server:
        behind = clients(proxy=f"socks5://127.0.0.1:{operators.port}")
        async with aria2_source(tmp_path / "aria2", http=behind) as aria2:
            await aria2.fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
        assert set(operators.asked) == {("127.0.0.1", server.served.port)}
    assert (sandbox / "f.mkv").read_bytes() == FILM


async def test_private_addresses_and_redirects_to_them_are_refused(
    sandbox: Path, tmp_path: Path
) -> None:
    async with faulty_server(FILM) as server:
        server.redirects["/away"] = "http://127.0.0.2:8080/secret"
        async with aria2_source(tmp_path / "aria2") as aria2:
            for url in (f"{server.url}/away", "http://127.0.0.2:8080/", "ftp://127.0.0.2/x"):
                with pytest.raises(RequestRefused, match="not on the public internet"):
                    await aria2.fetch(Link(url), sandbox, Told(), key=url)
            for url in ("file:///etc/passwd", "sftp://127.0.0.1/x", "http://u:p@127.0.0.1/"):
                with pytest.raises((NotForThisSource, RequestRefused)):
                    await aria2.fetch(Link(url), sandbox, Told(), key=url)
