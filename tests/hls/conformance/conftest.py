"""One real server over a library of every fixture, and what an outside player got from it."""

import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shadow.hls import measuring
from shadow.hls.ladder import STEPS
from shadow.hls.segments.orders import VideoRung
from tests.support.hls_fixtures import NAMES, fixture_file
from tests.support.hls_player import ENCODED_ONLY, FEW_LINES, PLAYS_ALL, Screening, watch
from tests.support.media import ffmpeg_made
from tests.support.server import Server, start_server

NOISE = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=24000/1001:d=8,noise=alls=90:allf=t")
EASY = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-g", "48", "-pix_fmt", "yuv420p")
"""Pictures as hard to encode as can be, kept in few bytes by being encoded badly."""
QUIET = {"SHADOW_HLS__PREVIEWS": "off", "SHADOW_HLS__INDEX_AFTER_SCAN": "false"}


def say_quick(data_dir: Path) -> None:
    """Have the machine measured as quick, so that every size is offered however busy it is."""
    sizes = {
        step.height: VideoRung(step.width, step.height, maxrate=step.maxrate, bufsize=step.maxrate)
        for step in STEPS
    }
    speeds = dict.fromkeys(sizes, 10.0)
    measuring._write(data_dir / measuring.FILE_NAME, measuring._machine(sizes), speeds)


class Theatre:
    """A server, somebody signed in, and the files by the names of their fixtures."""

    def __init__(self, folder: Path, files: Iterable[tuple[str, Path]]) -> None:
        self.folder = folder
        library = folder / "library"
        library.mkdir(parents=True)
        for name, source in files:
            os.link(source, library / f"{name} (2001){source.suffix}")
        (folder / "data").mkdir(mode=0o700)
        say_quick(folder / "data")
        self.server = self._start("--library", str(library))
        self.client = httpx.Client(base_url=self.server.url, timeout=60)
        self.client.headers["X-Shadow-CSRF"] = "1"
        assert self.server.admin_link
        token = self.server.admin_link.partition("token=")[2]
        claim = {"token": token, "username": "ada", "password": "an engine of analysis"}
        self.client.post("/api/auth/claim", json=claim).raise_for_status()
        self.files = self._scanned()

    def _start(self, *arguments: str) -> Server:
        return start_server(self.folder / "data", *arguments, **QUIET)

    def _scanned(self) -> dict[str, str]:
        job = self.client.post("/api/scan", json={}).raise_for_status().json()["id"]
        deadline = time.monotonic() + 400
        while self.client.get(f"/api/jobs/{job}").json()["state"] != "done":
            assert time.monotonic() < deadline, "the library was not scanned"
            time.sleep(0.1)
        page = self.client.get("/api/library/media-files", params={"limit": 200}).json()
        return {Path(one["path"]).name.partition(" ")[0]: one["id"] for one in page["items"]}

    def ask(self, name: str, client: dict[str, Any], **wish: Any) -> dict[str, Any]:
        """Press play."""
        asked = {"file_id": self.files[name], "client": client, **wish}
        answer = self.client.post("/api/playback", json=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def screen(self, name: str) -> Screening:
        """Fetch all of a file, as it is and encoded."""
        everything = self.ask(name, PLAYS_ALL)
        encoded = self.ask(name, ENCODED_ONLY, max_height=FEW_LINES)
        url = self.server.url
        return Screening((watch(url, everything), watch(url, encoded)))

    def restart(self) -> None:
        """Kill the server, throw away what it made, and start it again."""
        self.server.kill()
        for path in sorted((self.folder / "data" / "cache").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        self.server = self._start()
        self.client.base_url = httpx.URL(self.server.url)

    def close(self) -> None:
        """End the server."""
        self.client.close()
        self.server.process.terminate()
        self.server.process.wait(20)


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    files = [(name, fixture_file(name)) for name in NAMES]
    files.append(("noise", ffmpeg_made("noise.mkv", *NOISE, *EASY)))
    opened = Theatre(tmp_path_factory.mktemp("theatre"), files)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def watched(theatre: Theatre) -> Callable[[str], Screening]:
    """Give what two players got of a fixture, fetched once."""
    return functools.cache(theatre.screen)
