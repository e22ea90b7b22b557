"""Make the pictures of docs/screenshots that show adding, jobs and moderation.

Run by `tools/screenshots.py`; alone it makes these pictures only.
"""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from tests.e2e.hosts import HostInThread, host_in_thread
from tests.support.browser import make_first_admin, open_context, running_browser
from tests.support.server import Server, running_server
from tests.support.torrents import torrent_of

TARGET = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
HEADERS = {"X-Shadow-CSRF": "1"}
PASSWORD = "an engine of analysis"
SIZES = ((True, 390), (False, 1440))
LARGE = 192 << 20
"""Bytes of films that are still on their way when they are shown."""
SLOWNESS = (0.08, 0.11, 0.07, 0.16, 0.12, 0.06, 0.09, 0.14, 0.08, 0.07)
"""Seconds that a block of the slow films takes, in turn: so the graph has something to show."""
EPISODES = tuple(
    f"Small.Orbits.2020.S0{season}E0{number}.1080p.mp4" for season in (1, 2) for number in (1, 2)
)
TORRENT = {
    "Small Orbits S01/Small Orbits S01E01.mkv": 734_003_200,
    "Small Orbits S01/Small Orbits S01E02.mkv": 731_120_640,
    "Small Orbits S01/Small Orbits S01E03.mkv": 748_683_264,
    "Sample/sample.mkv": 21_495_808,
    "Small Orbits S01.nfo": 4_812,
}


def hosted(library: Path) -> dict[str, bytes]:
    """Return what the host offers: the sample films as they are, and an episode made large."""
    films = {path.name: path.read_bytes() for path in sorted(library.glob("Films/*/*.mp4"))}
    large = next(library.glob("Series/*/*/*.mp4")).read_bytes().ljust(LARGE, b"\0")
    page = b"<!doctype html><title>Nothing</title>"
    return films | dict.fromkeys(EPISODES, large) | {"readme.html": page}


def leech(page: Page, host: HostInThread, name: str, **more: Any) -> str:
    """Have a file of the host fetched; return the job's id."""
    order = {"url": host.url(name.replace(" ", "%20")), **more}
    answer = page.request.post("/api/jobs/leech", data=order, headers=HEADERS)
    assert answer.ok, answer.text()
    job_id: str = answer.json()["id"]
    return job_id


def first_running(page: Page) -> str:
    """Return the id of a job that is under way, as soon as one is."""
    while not (found := page.request.get("/api/jobs?state=running").json()["items"]):
        page.wait_for_timeout(200)
    job_id: str = found[-1]["id"]
    return job_id


def wait_for_rest(page: Page) -> None:
    """Wait until nothing is under way."""
    while page.request.get("/api/jobs?state=running&state=queued").json()["total"]:
        page.wait_for_timeout(200)


def wait_for(page: Page, job_id: str, state: str) -> None:
    """Wait until a job is in a state."""
    while (found := page.request.get(f"/api/jobs/{job_id}").json()["state"]) != state:
        assert found in ("queued", "running"), found
        page.wait_for_timeout(200)


def member(browser: Browser, server: Server, page: Page) -> Any:
    """Make a member; return their cookies."""
    person = {"username": "mia", "password": PASSWORD}
    made = page.request.post("/api/users", data={**person, "role": "free"}, headers=HEADERS)
    assert made.ok, made.text()
    context = open_context(browser, server.url)
    answer = context.request.post(f"{server.url}/api/auth/login", data=person, headers=HEADERS)
    assert answer.ok, answer.text()
    state = context.storage_state()
    context.close()
    return state


@contextmanager
def both_sizes(browser: Browser, server: Server, state: Any) -> Iterator[list[tuple[Page, int]]]:
    """Open a page on a phone and on a desktop."""
    contexts = [
        (open_context(browser, server.url, phone=phone, storage_state=state), width)
        for phone, width in SIZES
    ]
    yield [(context.new_page(), width) for context, width in contexts]
    for context, _ in contexts:
        context.close()


def take(page: Page, name: str, width: int) -> None:
    """Take a picture once everything has faded in."""
    page.wait_for_timeout(700)
    page.screenshot(path=TARGET / f"{name}-{width}.png")


def shoot_jobs(browser: Browser, server: Server, host: HostInThread, admin: Any) -> None:
    """Take the list of jobs and one job while films come in."""
    with both_sizes(browser, server, admin) as pages:
        first = pages[0][0]
        wait_for(first, leech(first, host, "readme.html"), "failed")
        wait_for_rest(first)
        host.slow(SLOWNESS[0])
        for name in EPISODES:
            leech(first, host, name)
        running = first_running(first)
        for page, _ in pages:
            page.goto(f"/jobs/{running}")
            page.get_by_role("log").wait_for()
        for seconds in itertools.chain(SLOWNESS, SLOWNESS):
            host.slow(seconds)
            first.wait_for_timeout(1200)
        for page, width in pages:
            take(page, "job", width)
            page.goto("/settings/jobs")
            page.get_by_role("heading", name="Finished").wait_for()
        first.wait_for_timeout(1500)
        for page, width in pages:
            take(page, "jobs", width)
        chosen, width = pages[1]
        chosen.get_by_role("checkbox", name="Select all that are running").click()
        take(chosen, "jobs-selected", width)
        ending = {"action": "cancel", "states": ["queued", "running", "paused"]}
        assert first.request.post("/api/jobs/bulk", data=ending, headers=HEADERS).ok
        host.slow(0)


def shoot_adding(browser: Browser, server: Server, admin: Any, film: Path) -> None:
    """Take the page that adds: with a torrent's files, and with an upload under way."""
    torrent = {
        "name": "small-orbits.torrent",
        "mimeType": "application/x-bittorrent",
        "buffer": torrent_of(TORRENT, name="Small Orbits (2020)"),
    }
    with both_sizes(browser, server, admin) as pages:
        for page, width in pages:
            page.goto("/add")
            page.get_by_role("button", name="Choose files").wait_for()
            take(page, "add", width)
            picker = page.locator("input[accept^='.torrent']")
            picker.set_input_files(torrent)  # type: ignore[arg-type] # a FilePayload by shape
            page.get_by_label("Sample/sample.mkv").uncheck()
            take(page, "add-torrent", width)
            page.reload()
            limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            limits["uploadThroughput"] = 150_000
            session.send("Network.emulateNetworkConditions", limits)
            page.get_by_label("Files to upload").locator("input").set_input_files(film)
            page.wait_for_timeout(6000)
            page.get_by_role("heading", name="Uploads", exact=True).scroll_into_view_if_needed()
            take(page, "add-upload", width)
            page.get_by_role("button", name="Cancel:").click()
            page.get_by_role("dialog").get_by_role("button", name="Cancel the upload").click()


def shoot_moderation(
    browser: Browser, server: Server, host: HostInThread, states: tuple[Any, Any]
) -> None:
    """Take what waits for a decision, the questions that are asked, and the blocklist."""
    admin, mia = states
    with both_sizes(browser, server, mia) as pages:
        page = pages[0][0]
        wait_for(page, leech(page, host, "Tidelight (2021).mp4"), "done")
        for own, width in pages:
            own.goto("/settings/submissions")
            own.get_by_text("Waits until").wait_for()
            take(own, "submissions", width)
    with both_sizes(browser, server, admin) as pages:
        first = pages[0][0]
        wait_for(first, leech(first, host, "The Paper Mountains (2019).mp4"), "done")
        blocked = {
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "name": "Loud Advertisement (2024).mkv",
            "reason": "Not what its name says.",
        }
        assert first.request.post("/api/blocklist", data=blocked, headers=HEADERS).ok
        for page, width in pages:
            page.goto("/settings/moderation")
            page.get_by_alt_text("Scene 1").wait_for()
            take(page, "moderation", width)
            page.get_by_role("button", name="Reject").click()
            take(page, "moderation-reject", width)
            page.keyboard.press("Escape")
            page.get_by_role("tab", name="Blocklist").click()
            page.get_by_text(blocked["name"]).first.wait_for()
            take(page, "moderation-blocklist", width)
            page.goto("/films")
            page.get_by_role("link", name="The Paper Mountains").first.click()
            page.get_by_role("button", name="More", exact=True).first.click()
            page.get_by_role("menuitem", name="Take down for good").click()
            take(page, "title-take-down", width)
            page.keyboard.press("Escape")
            page.get_by_text("Technical details").click()
            page.get_by_role("heading", name="Where it is kept").scroll_into_view_if_needed()
            take(page, "title-copies", width)


def shoot_all(browser: Browser, library: Path) -> None:
    """Run a server and a host of files, and take every picture."""
    settings = {"SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8", "SHADOW_JOBS__PER_SOURCE": "2"}
    with (
        tempfile.TemporaryDirectory() as folder,
        host_in_thread(hosted(library)) as host,
        running_server(Path(folder) / "data", **settings) as server,
    ):
        context = open_context(browser, server.url)
        page = context.new_page()
        assert server.admin_link
        make_first_admin(page, server.admin_link, name="ada", password=PASSWORD)
        admin = context.storage_state()
        mia = member(browser, server, page)
        context.close()
        shoot_moderation(browser, server, host, (admin, mia))
        shoot_jobs(browser, server, host, admin)
        shoot_adding(browser, server, admin, next(library.glob("Series/*/*/*.mp4")))


if __name__ == "__main__":
    import subprocess
    import sys

    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, running_browser() as running:
        subprocess.run([sys.executable, "-m", "shadow", "sample", made], check=True)
        shoot_all(running, Path(made))
