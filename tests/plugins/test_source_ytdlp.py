"""yt-dlp: videos found on pages, cancelled, resumed, named, and kept from doing anything else."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
from tests.support.media import film
from tests.support.sources import Told, ytdlp_source
from tests.support.video_site import VideoSite, video_site

from shadow.ingest.ports import Link, SourceRefused, SourceUnavailable, WrongContent
from shadow.plugins.source_ytdlp import guard, plugin
from shadow.plugins.source_ytdlp.failures import failure
from shadow.plugins.source_ytdlp.options import FIXED, PARTS, arguments
from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.plugins.source_ytdlp.source import YtdlpSource
from shadow.runtime.http import RequestRefused
from shadow.runtime.plugins import PluginOff
from shadow.runtime.processes import find_ffmpeg, run_program

LARGE = os.urandom(3_000_000)
ROOT = Path(__file__).parents[2]
PLAYLIST = "application/vnd.apple.mpegurl"
VIDEO = '<video src="/film.mp4" controls></video>'


@pytest.fixture
async def ytdlp() -> AsyncIterator[YtdlpSource]:
    async with ytdlp_source() as source:
        yield source


@pytest.fixture
async def site() -> AsyncIterator[VideoSite]:
    async with video_site() as opened:
        opened.files["/film.mp4"] = film().read_bytes()
        yield opened


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


def running(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder."""
    return [
        one
        for one in psutil.process_iter(["cwd"])
        if one.info["cwd"] and Path(one.info["cwd"]).is_relative_to(folder)
    ]


class TestPages:
    async def test_a_video_on_a_page_is_fetched_and_named_after_the_page(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        url = site.page("/watch", VIDEO, title="A Film (2020)")
        told = Told()
        fetched = await ytdlp.fetch(Link(url), sandbox, told, key="job")
        assert fetched.files == ("A Film (2020).mp4",)
        assert (sandbox / fetched.files[0]).read_bytes() == site.files["/film.mp4"]
        size = len(site.files["/film.mp4"])
        assert told.seen == {"bytes_done": size, "bytes_total": size}
        assert not (sandbox / PARTS).exists()

    async def test_the_video_that_a_page_names_for_sharing_is_found(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        head = (
            '<meta property="og:title" content="Shared Film">'
            f'<meta property="og:video" content="{site.url}/film.mp4">'
        )
        url = site.page("/shared", "<p>Watch!</p>", head=head)
        fetched = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        assert fetched.files == ("Shared Film.mp4",)
        assert (sandbox / fetched.files[0]).read_bytes() == site.files["/film.mp4"]

    async def test_several_videos_of_a_page_are_several_files(
        self, site: VideoSite, sandbox: Path
    ) -> None:
        for number in (1, 2, 3):
            site.files[f"/{number}.mp4"] = film().read_bytes() + b"%d" % number
        videos = "".join(f'<video src="/{n}.mp4"></video>' for n in (1, 2, 3))
        url = site.page("/all", videos, title="Clips")
        async with ytdlp_source(max_videos=2) as ytdlp:
            fetched = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        assert fetched.files == ("Clips (1).mp4", "Clips (2).mp4")
        contents = [(sandbox / name).read_bytes()[-1:] for name in fetched.files]
        assert contents == [b"1", b"2"]

    @pytest.mark.parametrize("encrypted", [False, True])
    async def test_a_video_in_parts_becomes_one_file(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path, tmp_path: Path, encrypted: bool
    ) -> None:
        key: tuple[str, ...] = ()
        if encrypted:  # with a key that anybody may fetch, which is no DRM
            (tmp_path / "plain.key").write_bytes(b"0123456789abcdef")
            (tmp_path / "key").write_text(f"plain.key\n{tmp_path / 'plain.key'}\n")
            key = ("-hls_key_info_file", str(tmp_path / "key"))
        cut(site, tmp_path, "all", *key)
        url = site.page("/stream", '<video><source src="/all.m3u8"></video>', title="Parts")
        fetched = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        assert fetched.files == ("Parts.mp4",)
        assert streams(sandbox / "Parts.mp4") == ["video", "audio"]

    async def test_picture_and_sound_that_come_apart_are_joined(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path, tmp_path: Path
    ) -> None:
        cut(site, tmp_path, "picture", "-an")
        cut(site, tmp_path, "sound", "-vn")
        site.files["/both.m3u8"] = (
            b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="sound.m3u8"\n'
            b'#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.64000d,mp4a.40.2",AUDIO="a"\n'
            b"picture.m3u8\n"
        )
        site.types["/both.m3u8"] = PLAYLIST
        url = site.page("/watch", '<video src="/both.m3u8"></video>', title="Joined")
        fetched = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        assert fetched.files == ("Joined.mp4",)
        assert streams(sandbox / "Joined.mp4") == ["video", "audio"]

    @pytest.mark.parametrize(
        "title",
        [
            "../../../etc/cron.d/evil",
            "%(id)s %(title)s $(touch x) `id`; -o /x",
            "-rf",
            "a\u202egpj.exe",
            "x" * 4000,
            "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            "CON",
        ],
    )
    async def test_titles_that_mean_harm_only_name_a_file_in_the_sandbox(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path, title: str
    ) -> None:
        url = site.page("/watch", VIDEO, title=title)
        (name,) = (await ytdlp.fetch(Link(url), sandbox, Told(), key="job")).files
        assert "/" not in name
        assert not name.startswith((".", "~"))
        assert len(name.encode()) <= 200
        assert name.endswith(".mp4")
        kept = {one.name for one in sandbox.iterdir()}
        assert kept == {name, ".ytdlp.json", ".ytdlp.lock"}
        assert [one.name for one in sandbox.parent.iterdir()] == ["sandbox"]

    async def test_a_page_without_a_video_is_refused_as_such(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        url = site.page("/text", "<p>Words only.</p>")
        with pytest.raises(SourceRefused, match="no video on this web page"):
            await ytdlp.fetch(Link(url), sandbox, Told(), key="job")

    async def test_a_hash_that_must_be_had_is_checked(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        link = Link(f"{site.url}/film.mp4", sha256="0" * 64)
        with pytest.raises(WrongContent):
            await ytdlp.fetch(link, sandbox, Told(), key="job")

    async def test_links_with_secret_headers_are_left_to_others(self, ytdlp: YtdlpSource) -> None:
        assert ytdlp.takes(Link("https://host/x", headers={"Accept-Language": "de"}))
        assert not ytdlp.takes(Link("https://host/x", headers={"Cookie": "token=1"}))
        assert not ytdlp.takes(Link("https://host/x", headers={"Accept": "a\r\nCookie: b"}))
        assert not ytdlp.takes(Link("magnet:?xt=urn:btih:x"))


def cut(site: VideoSite, folder: Path, name: str, *options: str) -> None:
    """Cut the film into parts as HLS has them, and serve them with the playlist `/{name}.m3u8`."""
    subprocess.run(
        [
            *(str(find_ffmpeg()), "-loglevel", "error", "-i", str(film()), "-c", "copy", *options),
            *("-hls_time", "1", "-hls_playlist_type", "vod", f"{folder / name}.m3u8"),
        ],
        check=True,
    )
    for path in folder.iterdir():
        if path.suffix in {".ts", ".m3u8", ".key"}:
            site.files[f"/{path.name}"] = path.read_bytes()
    site.types[f"/{name}.m3u8"] = PLAYLIST


def streams(path: Path) -> list[str]:
    """Return what a film is made of."""
    with av.open(path) as opened:
        return [one.type for one in opened.streams]


class TestLife:
    async def test_cancelling_ends_every_process_and_the_next_call_goes_on(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        site.files["/film.mp4"], site.seconds_a_block = LARGE, 0.05
        url = site.page("/watch", VIDEO, title="Long")
        told = Told()
        fetching = asyncio.create_task(ytdlp.fetch(Link(url), sandbox, told, key="job"))
        while told.most_done < 500_000:
            await asyncio.sleep(0.02)
        assert running(sandbox)
        fetching.cancel()
        async with asyncio.timeout(60):
            await asyncio.gather(fetching, return_exceptions=True)
        assert not running(sandbox)
        (part,) = (sandbox / PARTS).glob("*.part")
        there = part.stat().st_size
        site.seconds_a_block = 0
        fetched = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        assert (sandbox / fetched.files[0]).read_bytes() == LARGE
        again = [one.headers.get("range") for one in site.served.asked if one.target == "/film.mp4"]
        assert again[-1] is not None
        assert int(again[-1].removeprefix("bytes=").partition("-")[0]) >= there > 0

    async def test_parts_of_another_download_are_not_mixed_in(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        site.files["/film.mp4"], site.seconds_a_block = LARGE, 0.05
        told = Told()
        link = Link(f"{site.url}/film.mp4")
        fetching = asyncio.create_task(ytdlp.fetch(link, sandbox, told, key="one"))
        while told.most_done < 300_000:
            await asyncio.sleep(0.02)
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        site.files["/film.mp4"], site.seconds_a_block = bytes(len(LARGE)), 0
        fetched = await ytdlp.fetch(link, sandbox, Told(), key="two")
        assert (sandbox / fetched.files[0]).read_bytes() == bytes(len(LARGE))

    async def test_a_crash_between_the_last_byte_and_the_name_is_mended(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        url = site.page("/watch", VIDEO, title="Film")
        first = await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        asked = len(site.asked)
        (part, name) = json.loads((sandbox / ".ytdlp.json").read_text())["found"][0]
        (sandbox / PARTS).mkdir()
        (sandbox / name).rename(sandbox / PARTS / part)
        assert await ytdlp.fetch(Link(url), sandbox, Told(), key="job") == first
        assert (sandbox / name).exists()
        assert len(site.asked) == asked

    async def test_nothing_goes_on_when_the_worker_is_killed(
        self, site: VideoSite, sandbox: Path
    ) -> None:
        site.files["/film.mp4"], site.seconds_a_block = LARGE, 0.05
        code = (
            "import asyncio, sys\n"
            "from pathlib import Path\n"
            "from shadow.ingest.ports import Link\n"
            "from tests.support.sources import Told, ytdlp_source\n"
            "async def work():\n"
            "    async with ytdlp_source() as source:\n"
            "        await source.fetch(Link(sys.argv[1]), Path(sys.argv[2]), Told(), key='job')\n"
            "asyncio.run(work())"
        )
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, f"{site.url}/film.mp4", str(sandbox)), cwd=ROOT
        )
        while not list(sandbox.glob(f"{PARTS}/*.part")):
            await asyncio.sleep(0.02)
        assert running(sandbox)
        worker.kill()
        await worker.wait()
        async with asyncio.timeout(60):
            while running(sandbox):
                await asyncio.sleep(0.02)

    async def test_a_site_that_is_too_slow_for_the_time_is_given_up(
        self, site: VideoSite, sandbox: Path
    ) -> None:
        site.files["/film.mp4"], site.seconds_a_block = LARGE, 0.5
        async with ytdlp_source(total_seconds=4) as ytdlp:
            with pytest.raises(SourceUnavailable, match="took longer than 4 s"):
                await ytdlp.fetch(Link(f"{site.url}/film.mp4"), sandbox, Told(), key="job")
        assert not running(sandbox)


class TestDoors:
    async def test_a_page_whose_video_is_on_a_private_address_is_refused(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        site.redirects["/away.mp4"] = "http://127.0.0.2:8080/film.mp4"
        for source in ("http://127.0.0.2:8080/film.mp4", "/away.mp4"):
            url = site.page("/watch", f'<video src="{source}"></video>')
            with pytest.raises(RequestRefused, match="not on the public internet"):
                await ytdlp.fetch(Link(url), sandbox, Told(), key=source)

    @pytest.mark.parametrize(
        ("lines", "error", "words"),
        [
            ("#EXTINF:2,\nhttp://127.0.0.2:8080/0.ts", RequestRefused, "not on the public"),
            ("#EXTINF:2,\nfile:///etc/passwd", SourceRefused, "files of this machine"),
            ('#EXT-X-MAP:URI="file:///etc/passwd"\n#EXTINF:2,\n0.ts', SourceRefused, "part of the"),
            (
                '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="http://127.0.0.2:8080/k"\n#EXTINF:2,\n0.ts',
                SourceRefused,
                "part of the",
            ),
            (
                '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.'
                'streamingkeydelivery"\n#EXTINF:2,\n0.ts',
                SourceRefused,
                "not circumvented",
            ),
        ],
    )
    async def test_what_a_playlist_names_is_judged_and_never_a_file_of_this_machine(
        self,
        ytdlp: YtdlpSource,
        site: VideoSite,
        sandbox: Path,
        lines: str,
        error: type[Exception],
        words: str,
    ) -> None:
        playlist = f"#EXTM3U\n{lines}\n#EXT-X-ENDLIST\n"
        site.files["/all.m3u8"] = playlist.encode()
        site.files["/0.ts"] = b"G" * 188
        site.types["/all.m3u8"] = PLAYLIST
        url = site.page("/watch", '<video src="/all.m3u8"></video>')
        with pytest.raises(error, match=words):
            await ytdlp.fetch(Link(url), sandbox, Told(), key="job")
        held = b"".join(one.read_bytes() for one in sandbox.rglob("*") if one.is_file())
        assert b"root:" not in held

    def test_no_option_comes_from_outside(self) -> None:
        link = Link("https://h.example/x?a=--exec", headers={"Accept-Language": "--exec"})
        told = arguments(link, YtdlpSettings(), ffmpeg=Path("/ffmpeg"), proxy="http://u:p@x:1")
        assert told[-2:] == ["--", "https://h.example/x?a=--exec"]
        assert "Accept-Language:--exec" in told
        dangerous = {"--exec", "--allow-unplayable-formats", "--enable-file-urls", "--netrc"}
        assert not dangerous & set(told)
        assert {"--ignore-config", "--no-plugin-dirs", "--no-cookies-from-browser"} <= set(FIXED)

    async def test_the_proxys_password_is_on_no_command_line(
        self, ytdlp: YtdlpSource, site: VideoSite, sandbox: Path
    ) -> None:
        site.files["/film.mp4"], site.seconds_a_block = LARGE, 0.05
        told = Told()
        link = Link(f"{site.url}/film.mp4?secret-of-the-link")
        fetching = asyncio.create_task(ytdlp.fetch(link, sandbox, told, key="job"))
        while told.most_done == 0:
            await asyncio.sleep(0.02)
        shown = " ".join(" ".join(one.cmdline()) for one in running(sandbox))
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        assert "guard.py" in shown
        assert "http" not in shown
        assert "secret" not in shown


async def guarded(folder: Path, code: str, *, port: int = 9) -> str:
    """Run a piece of Python behind the guard's hook; return what it was refused, or `fine`."""
    told: dict[str, Any] = {"port": port, "folder": str(folder), "ffmpeg": str(find_ffmpeg())}
    inner = (
        "import runpy, sys, os, socket, subprocess\n"
        f"made = runpy.run_path({guard.__file__!r})\n"
        f"sys.addaudithook(made['Guard'](**{told!r}))\n"
        f"try:\n    {code}\nexcept PermissionError as error:\n    print(error)\n"
        "else:\n    print('fine')\n"
    )
    ended = await run_program([sys.executable, "-I", "-B", "-c", inner], timeout=60)
    return ended.output.decode().strip()


class TestGuard:
    @pytest.mark.parametrize(
        "code",
        [
            "socket.create_connection(('127.0.0.1', 10))",
            "socket.create_connection(('127.0.0.2', 9))",
            "socket.create_connection(('example.org', 80))",
            "socket.getaddrinfo('localhost', 9)",
            "socket.gethostbyname('example.org')",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
            "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
            "open('/tmp/evil', 'w')",
            "open('../evil', 'a')",
            "os.open('/tmp/evil', os.O_CREAT)",
            "os.symlink('/etc/passwd', 'x')",
            "os.rename('x', '/tmp/evil')",
            "os.remove('/tmp/evil')",
            "os.mkdir('/tmp/evil')",
            "os.system('id')",
            "subprocess.run(['/bin/sh', '-c', 'id'])",
            "subprocess.run('id', shell=True)",
            "subprocess.run([made_ffmpeg, '-i', 'http://127.0.0.1/x', 'file:y'])",
            "os.execv('/bin/true', ['true'])",
        ],
    )
    async def test_what_yt_dlp_has_no_need_for_is_refused(self, code: str, tmp_path: Path) -> None:
        code = code.replace("made_ffmpeg", repr(str(find_ffmpeg())))
        assert (await guarded(tmp_path, code)).startswith("The guard allows")

    async def test_its_folder_its_proxy_and_ffmpeg_are_open(self, tmp_path: Path) -> None:
        assert await guarded(tmp_path, f"open({str(tmp_path / 'x')!r}, 'w').close()") == "fine"
        run = f"subprocess.run([{str(find_ffmpeg())!r}, '-version'], stdout=-3)"
        assert await guarded(tmp_path, run) == "fine"
        async with video_site() as site:
            connect = f"socket.create_connection(('127.0.0.1', {site.served.port})).close()"
            assert await guarded(tmp_path, connect, port=site.served.port) == "fine"


def test_a_yt_dlp_with_known_holes_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin._check_version()
    monkeypatch.setattr(plugin, "version", lambda name: "2026.07.03")
    with pytest.raises(PluginOff, match="install a newer one"):
        plugin._check_version()


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("ERROR: [X] This video is DRM protected", SourceRefused, "not circumvented"),
        ("ERROR: [X] 1: This video is only available for registered users. Use --cookies-from"
         "-browser or --cookies for the authentication.", SourceRefused, "signed in"),
        ("ERROR: [youtube] Private video. Sign in if you've been granted", SourceRefused, "signed"),
        ("ERROR: Unsupported URL: https://x/", SourceRefused, "no video on this web page"),
        ("ERROR: [X] The uploader has not made this video available in your country",
         SourceRefused, "country"),
        ("ERROR: unable to download video: HTTP Error 404: Not Found", SourceRefused, "no such"),
        ("ERROR: unable to download video data: HTTP Error 503: Busy", SourceUnavailable, "answer"),
        ("ERROR: [X] Unable to download webpage: HTTP Error 429: Too Many", SourceUnavailable, ""),
        ("ERROR: [X] Unable to download webpage: The read operation timed out",
         SourceUnavailable, "answer"),
        ("Traceback…\nMemoryError", SourceRefused, "MemoryError"),
        ("", SourceRefused, "says nothing"),
    ],
)  # fmt: skip
def test_complaints_are_told_in_words_for_people(
    said: str, kind: type[Exception], words: str
) -> None:
    error = failure(said)
    assert type(error) is kind
    assert words in error.detail
    assert "--cookies" not in error.detail
