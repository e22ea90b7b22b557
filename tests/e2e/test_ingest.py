"""Links of every sort become titles that play in a real Chromium."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import NAME, PASSWORD
from tests.e2e.hosts import in_thread
from tests.support.browser import make_first_admin, open_context
from tests.support.media import film
from tests.support.nginx import running_nginx
from tests.support.server import Server, running_server
from tests.support.swarm_of_peers import Swarm, seeded

SECONDS = 8
PLAYING = "(at) => document.querySelector('video')?.currentTime > at"
PAGE = '<!doctype html><title>The General</title><video src="/clips/general.mp4"></video>'
FINDER = """
import sys
assert sys.argv[1:] == ["--", "safety last"]
print("{base}/Safety.Last.1923.mp4")
"""


@dataclass(frozen=True)
class Outside:
    """What lies outside: a web server, and a swarm."""

    base: str
    folder: Path
    swarm: Swarm


def movie(mark: str) -> bytes:
    """A film of its own: what follows the last box is passed by."""
    return film("eight.mp4", seconds=SECONDS).read_bytes() + mark.encode()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("outside")
    web = folder / "web"
    (web / "clips").mkdir(parents=True)
    for above in (folder, *folder.parents[:2]):  # nginx drops its rights
        above.chmod(0o755)
    (web / "Nosferatu.1922.mkv").write_bytes(film("eight.mkv", seconds=SECONDS).read_bytes())
    (web / "Safety.Last.1923.mp4").write_bytes(movie("safety"))
    (web / "clips" / "general.mp4").write_bytes(movie("general"))
    (web / "general.html").write_text(PAGE)
    with zipfile.ZipFile(web / "Sunrise.1927.zip", "w") as packed:
        packed.writestr("Sunrise.1927.mp4", movie("sunrise"))
    content = {"Metropolis.1927.mp4": movie("metropolis")}
    types = "types { text/html html; video/mp4 mp4; video/x-matroska mkv; application/zip zip; }"
    user = "root" if os.geteuid() == 0 else ""
    with (
        running_nginx(folder, server=f"root {web};", http=types, user=user) as port,
        in_thread(lambda: seeded(folder, "Metropolis.1927.mp4", content)) as swarm,
    ):
        (web / "metropolis.torrent").write_bytes(swarm.torrent)
        (folder / "find.py").write_text(FINDER.format(base=f"http://127.0.0.1:{port}"))
        yield Outside(f"http://127.0.0.1:{port}", folder, swarm)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cinema") / "data"


@pytest.fixture(scope="module")
def cinema(data_dir: Path, outside: Outside) -> Iterator[Server]:
    """A server without a library: all that it has comes by link."""
    finder = [sys.executable, str(outside.folder / "find.py"), "--", "{query}"]
    settings = {
        "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
        "SHADOW_ARIA2__DHT": "false",
        "SHADOW_EXTERNAL__COMMANDS": json.dumps([{"name": "films", "command": finder}]),
        "SHADOW_HLS__PREVIEWS": "off",
    }
    with running_server(data_dir, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, cinema: Server) -> Iterator[Page]:
    """One page in which the first admin is signed in."""
    context = open_context(browser, cinema.url)
    page = context.new_page()
    assert cinema.admin_link
    make_first_admin(page, cinema.admin_link, name=NAME, password=PASSWORD)
    yield page
    context.close()


def leech(data_dir: Path, url: str, *more: str) -> Any:
    """Run `shadow leech --wait` beside the server, as a person does; return the job."""
    command = [sys.executable, "-m", "shadow", "leech", url, "--wait", "--json", *more]
    done = subprocess.run(
        [*command, "--data-dir", str(data_dir)],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


LINKS = {
    "a file over http": (lambda out: f"{out.base}/Nosferatu.1922.mkv", "Nosferatu", "aria2"),
    "a torrent": (lambda out: f"{out.base}/metropolis.torrent", "Metropolis", "aria2"),
    "a magnet": (lambda out: out.swarm.magnet, "Metropolis", "aria2"),
    "a zip": (lambda out: f"{out.base}/Sunrise.1927.zip", "Sunrise", "aria2"),
    "a page": (lambda out: f"{out.base}/general.html", "The General", "ytdlp"),
    "an external program": (lambda out: "external:films?safety%20last", "Safety Last", "aria2"),
}


@pytest.mark.parametrize("sort", LINKS)
def test_a_link_becomes_a_title_that_plays(
    sort: str, outside: Outside, cinema: Server, data_dir: Path, page: Page
) -> None:
    link, title, engine = LINKS[sort]
    named = ("--title", "The General (1926)") if sort == "a page" else ()
    job = leech(data_dir, link(outside), *named)
    assert (job["state"], job["engine"]) == ("done", engine)
    assert [one["title"] for one in job["result"]["titles"]] == [title]
    (file_id,) = job["result"]["files"]
    page.goto(f"/title/{job['title_id']}")
    page.get_by_role("heading", name=title).first.wait_for()
    page.goto(f"/watch/{file_id}")
    page.wait_for_function(PLAYING, arg=1)
