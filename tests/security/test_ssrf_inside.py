"""What is fetched names more addresses: pages, playlists, torrents, hosts' answers, programs.

None of them leads to where requests may not go. A second loopback address is watched.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shadow.ingest.ports import Link, Resolver, Source, SourceRefused
from shadow.kit.errors import ShadowError
from shadow.plugins.source_archive_org.resolver import ArchiveOrgResolver
from shadow.plugins.source_external.resolver import ExternalResolver
from shadow.plugins.source_external.settings import Command
from shadow.plugins.source_gofile.resolver import GofileResolver
from shadow.plugins.source_gofile.settings import GofileLinksSettings
from shadow.plugins.source_pixeldrain.resolver import PixeldrainResolver
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.http import HttpClients, RequestRefused
from tests.security.addresses import ELSEWHERE, NAMES, SCHEMES, spellings, understandable
from tests.security.judging import engine, judging, nobody_knocked, refusal
from tests.support.canary import Canary
from tests.support.faulty_server import FaultyServer
from tests.support.hosts.archive_org import Item, archive_org
from tests.support.hosts.gofile import Folder, gofile
from tests.support.sources import aria2_source
from tests.support.swarm_of_peers import bencode, make_torrent
from tests.support.video_site import VideoSite, video_site
from tests.support.wire import plain, serving

LOOPBACK = "127.0.0.1/32"
FILM = b"film" * 10_000


@pytest.fixture
async def site() -> AsyncIterator[VideoSite]:
    async with video_site() as opened:
        yield opened


@pytest.fixture
async def ytdlp(tmp_path: Path) -> AsyncIterator[Source]:
    async with engine("ytdlp", judging(LOOPBACK), tmp_path) as source:
        yield source


@pytest.fixture
async def aria2(tmp_path: Path) -> AsyncIterator[Source]:
    http = judging(LOOPBACK)
    async with aria2_source(tmp_path / "aria2", http=http, peer_seconds=3) as source:
        yield source


class TestPages:
    async def test_no_address_on_a_page_is_followed_to_where_it_must_not(
        self, ytdlp: Source, site: VideoSite, bird: Canary, seen: list[str], sandbox: Path
    ) -> None:
        named = [one for one, found in NAMES.items() if found != ["127.0.0.1"]]  # allowed here
        hosts = [*spellings(2), *ELSEWHERE, *named]
        links = [f"http://{host}:{bird.port}/{n}.mp4" for n, host in enumerate(hosts)]
        schemes = [one.replace("127.0.0.1", "127.0.0.2") for one in SCHEMES]
        links += [one.replace("{port}", str(bird.port)) for one in schemes]
        url = site.page("/all", "".join(f'<video src="{one}"></video>' for one in links))
        error = await refusal(ytdlp, Link(url), sandbox)
        assert error is not None
        assert understandable(error), error
        assert [one.name for one in sandbox.rglob("*.mp4")] == []
        assert nobody_knocked(bird, seen)

    @pytest.mark.parametrize(
        "head",
        [
            '<meta property="og:video" content="{away}">',
            '<meta name="twitter:player:stream" content="{away}">',
            '<meta http-equiv="refresh" content="0; url={away}">',
            '<script type="application/ld+json">{{"@context": "https://schema.org", "@type": '
            '"VideoObject", "name": "x", "contentUrl": "{away}"}}</script>',
            '<link rel="alternate" type="application/json+oembed" href="{away}">',
            '</head><iframe src="{away}"></iframe>',
            '</head><script>jwplayer("x").setup({{"file": "{away}"}})</script>',
        ],
    )
    async def test_every_way_in_which_a_page_names_a_video_is_judged(
        self,
        ytdlp: Source,
        site: VideoSite,
        bird: Canary,
        seen: list[str],
        sandbox: Path,
        head: str,
    ) -> None:
        away = f"http://127.0.0.2:{bird.port}/film.mp4"
        url = site.page("/watch", "<p>x</p>", head=head.format(away=away))
        assert await refusal(ytdlp, Link(url), sandbox) is not None
        assert nobody_knocked(bird, seen)


class TestPlaylists:
    @pytest.mark.parametrize(
        "lines",
        [
            "#EXTINF:2,\n{away}/0.ts",
            "#EXTINF:2,\nudp://127.0.0.2:{port}",
            "#EXTINF:2,\ntcp://127.0.0.2:{port}",
            "#EXTINF:2,\nrtp://127.0.0.2:{port}",
            "#EXTINF:2,\nconcat:{away}/0.ts|file:///etc/passwd",
            '#EXT-X-MAP:URI="{away}/init.mp4"\n#EXTINF:2,\n0.ts',
            '#EXT-X-KEY:METHOD=AES-128,URI="{away}/key"\n#EXTINF:2,\n0.ts',
            '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{away}/key"\n#EXTINF:2,\n0.ts',
            "#EXT-X-STREAM-INF:BANDWIDTH=1000\n{away}/inner.m3u8",
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="{away}/a.m3u8"\n'
            '#EXT-X-STREAM-INF:BANDWIDTH=1000,AUDIO="a"\n{away}/inner.m3u8',
        ],
    )
    async def test_what_a_playlist_names_is_judged(
        self,
        ytdlp: Source,
        site: VideoSite,
        bird: Canary,
        seen: list[str],
        sandbox: Path,
        lines: str,
    ) -> None:
        told = lines.format(away=f"http://127.0.0.2:{bird.port}", port=bird.port)
        site.files |= {"/all.m3u8": f"#EXTM3U\n{told}\n#EXT-X-ENDLIST\n".encode(), "/0.ts": FILM}
        site.types["/all.m3u8"] = "application/vnd.apple.mpegurl"
        url = site.page("/watch", '<video src="/all.m3u8"></video>')
        assert await refusal(ytdlp, Link(url), sandbox) is not None
        assert nobody_knocked(bird, seen)

    @pytest.mark.parametrize(
        "part",
        [
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:2,\n{away}\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile {away}\n",
            "ffconcat version 1.0\nfile /etc/passwd\n",
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
            "<AdaptationSet><Representation><BaseURL>{away}</BaseURL></Representation>"
            "</AdaptationSet></Period></MPD>",
        ],
    )
    async def test_a_video_that_is_a_playlist_in_disguise_is_opened_by_nothing(
        self,
        ytdlp: Source,
        site: VideoSite,
        bird: Canary,
        seen: list[str],
        sandbox: Path,
        part: str,
    ) -> None:
        """FFmpeg, which repairs what came in parts, would fetch what is named in it."""
        away = f"http://127.0.0.2:{bird.port}/x.ts"
        site.files |= {
            "/all.m3u8": b"#EXTM3U\n#EXTINF:2,\n0.ts\n#EXT-X-ENDLIST\n",
            "/0.ts": part.format(away=away).encode(),
        }
        site.types["/all.m3u8"] = "application/vnd.apple.mpegurl"
        url = site.page("/watch", '<video src="/all.m3u8"></video>')
        error = await refusal(ytdlp, Link(url), sandbox)
        held = b"".join(one.read_bytes() for one in sandbox.rglob("*") if one.is_file())
        assert b"root:" not in held
        assert error is not None
        assert nobody_knocked(bird, seen)


async def all_refusals(
    source: Source, links: Mapping[str, Link], sandbox: Path
) -> list[BaseException | None]:
    """Try several links at once, each in a folder of its name."""

    async def one(name: str) -> BaseException | None:
        folder = sandbox / name
        folder.mkdir()
        return await refusal(source, links[name], folder)

    return await asyncio.gather(*(one(name) for name in links))


class TestTorrents:
    async def test_web_seeds_and_trackers_of_a_torrent_are_judged(
        self, aria2: Source, bird: Canary, seen: list[str], sandbox: Path, tmp_path: Path
    ) -> None:
        places = [f"127.0.0.2:{bird.port}", f"[::1]:{bird.port}", f"0x7f.2:{bird.port}"]
        trackers = [f"{scheme}://{one}/announce" for one in places for scheme in ("http", "udp")]
        plain_torrent = make_torrent("Film.mkv", {"Film.mkv": FILM})
        info = plain_torrent[plain_torrent.index(b"4:info") + 6 : -1]
        links = {}
        for key, value in (
            ("announce", trackers[0]),
            ("announce-list", [[one] for one in trackers]),
            ("url-list", [f"http://{one}/Film.mkv" for one in places]),
            ("httpseeds", [f"http://{one}/Film.mkv" for one in places]),
            ("nodes", [["127.0.0.2", bird.port]]),
        ):
            pairs = sorted([(key, bencode(value)), ("info", info)])
            meta = tmp_path / f"{key}.torrent"
            meta.write_bytes(b"d" + b"".join(bencode(k) + v for k, v in pairs) + b"e")
            links[key] = Link("", torrent=str(meta))
        assert None not in await all_refusals(aria2, links, sandbox)
        assert nobody_knocked(bird, seen)

    async def test_what_a_magnet_link_names_is_judged(
        self, aria2: Source, bird: Canary, seen: list[str], sandbox: Path
    ) -> None:
        away = [f"http://127.0.0.2:{bird.port}/x", f"udp://127.0.0.2:{bird.port}/announce"]
        topic = f"magnet:?xt=urn:btih:{hashlib.sha1(b'x').hexdigest()}"
        links = {
            f"{key}{number}": Link(f"{topic}&{key}={quote(value, safe='')}")
            for key in ("tr", "ws", "as", "xs", "kt")
            for number, value in enumerate(away)
        }
        links["peer"] = Link(f"{topic}&x.pe=127.0.0.2:{bird.port}")
        assert None not in await all_refusals(aria2, links, sandbox)
        assert nobody_knocked(bird, seen)


Made = Callable[[HttpClients, str], tuple[Resolver, str]]


def _pixeldrain(http: HttpClients, url: str) -> tuple[Resolver, str]:
    return PixeldrainResolver(http, url), "https://pixeldrain.com/u/abc"


def _gofile(http: HttpClients, url: str) -> tuple[Resolver, str]:
    settings = GofileLinksSettings.model_validate({"url": url, "token": "x"})
    return GofileResolver(http, settings), "https://gofile.io/d/abc"


def _archive_org(http: HttpClients, url: str) -> tuple[Resolver, str]:
    return ArchiveOrgResolver(http, url), "https://archive.org/details/abc"


@pytest.mark.parametrize("make", [_pixeldrain, _gofile, _archive_org])
class TestHosts:
    async def test_a_host_that_moved_to_a_private_address_is_not_asked(
        self, make: Made, bird: Canary, seen: list[str]
    ) -> None:
        http = judging()
        for host in [*spellings(1), *ELSEWHERE, *NAMES]:
            resolver, page = make(http, f"http://{host}:{bird.port}/api")
            with pytest.raises(RequestRefused) as caught:
                await resolver.resolve(Link(page))
            assert understandable(caught.value), host
        assert nobody_knocked(bird, seen)

    async def test_a_host_that_redirects_to_a_private_address_is_not_followed(
        self, make: Made, bird: Canary, seen: list[str]
    ) -> None:
        http = judging(LOOPBACK)
        for host in (one for one in [*spellings(2), *ELSEWHERE] if one.isascii()):
            answer = plain(302, Location=f"http://{host}:{bird.port}/api")

            async def send(
                asked: object, writer: asyncio.StreamWriter, answer: bytes = answer
            ) -> None:
                writer.write(answer)

            async with serving(send) as served:
                resolver, page = make(http, served.url)
                with pytest.raises((RequestRefused, SourceRefused)) as caught:
                    await resolver.resolve(Link(page))
            assert understandable(caught.value), host
        assert nobody_knocked(bird, seen)


async def test_links_that_a_host_answers_with_are_judged_when_fetched(
    bird: Canary, seen: list[str], sandbox: Path
) -> None:
    http = judging(LOOPBACK)
    async with gofile() as folders, engine("http", http, sandbox.parent) as source:
        folders.folders["abc"] = Folder({"Film.mkv": FILM})
        for host in spellings(2):
            folders.links = f"http://{host}:{bird.port}"
            settings = GofileLinksSettings.model_validate({"url": folders.url})
            (link,) = await GofileResolver(http, settings).resolve(Link("https://gofile.io/d/abc"))
            assert link.headers == {}, host  # the account's token stays with Gofile
            error = await refusal(source, link, sandbox)
            assert error is not None, host
            assert understandable(error), (host, error)
    assert nobody_knocked(bird, seen)


async def test_a_download_that_a_host_redirects_elsewhere_is_judged(
    bird: Canary, seen: list[str], server: FaultyServer, sandbox: Path
) -> None:
    http = judging(LOOPBACK)
    async with archive_org() as archive, engine("aria2", http, sandbox.parent) as source:
        archive.items["abc"] = Item({"Film.mkv": FILM})
        resolver = ArchiveOrgResolver(http, archive.url)
        (link,) = await resolver.resolve(Link("https://archive.org/details/abc"))
        away = f"http://127.0.0.2:{bird.port}/Film.mkv"
        archive.faults += [plain(302, Location=away)] * 4
        error = await refusal(source, link, sandbox)
        assert isinstance(error, RequestRefused)
    assert nobody_knocked(bird, seen)


@pytest.fixture
async def external() -> AsyncIterator[Callable[..., ExternalResolver]]:
    http = judging(LOOPBACK)
    proxy = FilterProxy(http)

    def make(code: str, **more: Any) -> ExternalResolver:
        told = (sys.executable, "-c", code, "--", "{query}")
        command = Command(name="find", command=told, **more)
        return ExternalResolver([(Path(sys.executable), command)], http=http, proxy=lambda: proxy)

    yield make
    await proxy.close()


class TestPrograms:
    async def test_links_that_a_program_prints_are_judged_when_fetched(
        self,
        external: Callable[..., ExternalResolver],
        bird: Canary,
        seen: list[str],
        sandbox: Path,
    ) -> None:
        hosts = [*spellings(2), *ELSEWHERE]
        printed = "\n".join(f"http://{host}:{bird.port}/film.mkv" for host in hosts)
        found = await external(f"print({printed!r})").resolve(Link("external:find?x"))
        assert len(found) == len(hosts)
        async with engine("http", judging(LOOPBACK), sandbox.parent) as source:
            for link in found:
                error = await refusal(source, link, sandbox)
                assert error is not None, link.url
                assert understandable(error), (link.url, error)
        assert nobody_knocked(bird, seen)

    async def test_links_of_other_schemes_that_a_program_prints_are_no_links(
        self, external: Callable[..., ExternalResolver]
    ) -> None:
        printed = "\n".join(SCHEMES)
        with pytest.raises(SourceRefused, match="found nothing"):
            await external(f"print({printed!r})").resolve(Link("external:find?x"))

    async def test_hosts_that_a_program_is_set_up_for_are_judged_before_it_runs(
        self, external: Callable[..., ExternalResolver], bird: Canary, seen: list[str]
    ) -> None:
        hosts = [one for one in ELSEWHERE if one[0].isdigit() and one.count(".") == 3]
        names = [one for one in NAMES if one == one.lower() and not one.endswith(".")]
        for host in [*hosts, *names]:
            resolver = external("print('https://media.example.org/x')", match=host)
            link = Link(f"http://{host}:{bird.port}/watch")
            if NAMES.get(host) == ["127.0.0.1"]:
                continue  # allowed here
            assert resolver.takes(link)
            with pytest.raises(ShadowError) as caught:
                await resolver.resolve(link)
            assert understandable(caught.value), (host, caught.value)
        assert nobody_knocked(bird, seen)
