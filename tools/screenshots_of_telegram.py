"""Make the pictures of docs/screenshots that show Telegram's page in the settings.

Run by `tools/screenshots.py`; alone it makes these pictures only.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page
from screenshots_of_jobs import PASSWORD, TARGET, both_sizes, leech, take, wait_for
from tests.e2e.cinema import BACKUP, large_film, running_cinema, telegram
from tests.e2e.hosts import host_in_thread, in_thread
from tests.support.browser import make_first_admin, open_context, running_browser
from tests.support.server import Server, running_server
from tests.support.telegram_dc import DataCentres

FILM = "Quiet Harbour (2019).mp4"
PAGE = "/settings/telegram"
VIEWERS = 5
SLOWNESS = 1_000_000
"""Bytes a second of each connection, so that there are streams to be seen."""
SETTINGS = {
    "SHADOW_TELEGRAM__WARM_UP_HOURS": "0",
    "SHADOW_TELEGRAM__FLOOD_SECONDS": "0",
}


@contextmanager
def viewers(url: str, file_id: str, cookies: dict[str, str]) -> Iterator[None]:
    """Let some people watch a film from different places."""
    over = threading.Event()

    def watch(start: int) -> None:
        headers = {"Range": f"bytes={start}-"}
        with (
            suppress(httpx.HTTPError),
            httpx.stream(
                "GET", f"{url}/stream/{file_id}", cookies=cookies, headers=headers, timeout=60
            ) as answer,
        ):
            for _ in answer.iter_bytes():
                if over.is_set():
                    return

    watching = [
        threading.Thread(target=watch, args=(number * (18 << 20),)) for number in range(VIEWERS)
    ]
    for one in watching:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in watching:
            one.join()


def check(page: Page) -> None:
    """Have everything looked at, and wait for what came of it."""
    page.get_by_role("button", name="Check now").click()
    page.get_by_role("status").filter(has_text="attention").wait_for(timeout=60_000)


def shoot_sessions(
    browser: Browser, server: Server, dc: DataCentres, state: Any, file_id: str
) -> None:
    """Take the page while people watch, one bot has to wait, and one lacks a right."""
    with both_sizes(browser, server, state) as pages:
        first = pages[0][0]
        dc.set_role(BACKUP, dc.world.accounts[1002], "member")
        for page, _ in pages:
            page.goto(PAGE)
            check(page)
        cleared = first.request.delete("/api/storages/cache", headers={"X-Shadow-CSRF": "1"})
        assert cleared.ok, cleared.text()
        dc.faults.bytes_per_second = SLOWNESS
        dc.faults.flood("upload.getFile", seconds=94, account=1002, holds=True)
        cookies = {one["name"]: one["value"] for one in state["cookies"]}
        with viewers(server.url, file_id, cookies):
            first.wait_for_timeout(11_000)
            for page, width in pages:
                take(page, "telegram", width)
            dc.faults.clear()
            dc.faults.bytes_per_second = 0


def shoot_set_up(browser: Browser, folder: Path) -> None:
    """Take the page of a server on which nothing is set up."""
    with running_server(folder) as server:
        state = first_admin(browser, server)
        with both_sizes(browser, server, state) as pages:
            for page, width in pages:
                page.goto(PAGE)
                page.get_by_role("heading", level=3).first.wait_for()
                take(page, "telegram-set-up", width)


def first_admin(browser: Browser, server: Server) -> Any:
    """Make the first admin; return the cookies."""
    context = open_context(browser, server.url)
    assert server.admin_link
    make_first_admin(context.new_page(), server.admin_link, name="ada", password=PASSWORD)
    state = context.storage_state()
    context.close()
    return state


def shoot_telegram(browser: Browser) -> None:
    """Run a server over a local Telegram, and take every picture."""
    film = large_film(FILM, mebibytes=96)
    with (
        tempfile.TemporaryDirectory() as folder,
        in_thread(telegram) as dc,
        host_in_thread({FILM: film}) as host,
        running_cinema(dc, Path(folder) / "data", **SETTINGS) as cinema,
    ):
        state = first_admin(browser, cinema.server)
        context = open_context(browser, cinema.server.url, storage_state=state)
        page = context.new_page()
        job_id = leech(page, host, FILM)
        wait_for(page, job_id, "done")
        (file_id,) = page.request.get(f"/api/jobs/{job_id}").json()["result"]["files"]
        context.close()
        shoot_sessions(browser, cinema.server, dc, state, file_id)
        shoot_set_up(browser, Path(folder) / "bare")


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    with running_browser() as running:
        shoot_telegram(running)
