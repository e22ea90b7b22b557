"""Make docs/screenshots: the pages with the sample library, at 390x844 and 1440x900."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from screenshots_of_jobs import shoot_all
from screenshots_of_telegram import shoot_telegram
from tests.e2e.conftest import wait_for_library
from tests.support.browser import make_first_admin, open_context, running_browser
from tests.support.server import Server, running_server

TARGET = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
SHOWN = """() => [...document.images].every((image) => {
  const box = image.getBoundingClientRect();
  return image.complete || box.top > innerHeight || box.left > innerWidth || !box.width;
})"""
MENUS = ("", "Quality", "Subtitles", "Why it plays like this")
"""Of the player's settings menu; the first is the menu itself."""
BROWSER_HEADERS = {"X-Shadow-CSRF": "1"}


def begin_some(page: Page, url: str) -> dict[str, str]:
    """Begin a film and an episode, so that there is something to continue; return addresses."""
    films = page.request.get(f"{url}/api/library/movies?sort=title").json()["items"]
    shows = page.request.get(f"{url}/api/library/shows").json()["items"]
    film = page.request.get(f"{url}/api/titles/{films[0]['id']}").json()
    show = page.request.get(f"{url}/api/titles/{shows[0]['id']}").json()
    episode = show["season_list"][0]["episodes"][1]["file_ids"][0]
    for file_id, share in ((film["files"][0]["id"], 0.4), (episode, 0.7)):
        page.request.put(
            f"{url}/api/progress/{file_id}",
            data={"position": 60 * share, "duration": 60},
            headers=BROWSER_HEADERS,
        )
    return {
        "home": "/",
        "films": "/films",
        "title": f"/title/{show['id']}",
        "film": f"/title/{film['id']}",
        "player": f"/watch/{film['files'][0]['id']}",
        "search": f"/search?q={show['title'].split()[0]}",
        "settings": "/settings/library",
    }


def shoot(browser: Browser, server: Server, state: Any, addresses: dict[str, str]) -> None:
    """Take every page at both sizes."""
    for phone, width in ((True, 390), (False, 1440)):
        context = open_context(browser, server.url, phone=phone, storage_state=state)
        page = context.new_page()
        for name, address in addresses.items():
            page.goto(address)
            page.wait_for_selector("main h1, main h2, video")
            if name == "player":
                page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")
                page.mouse.move(200, 300)
            page.wait_for_function(SHOWN)
            page.wait_for_timeout(800)  # pictures fade in
            page.screenshot(path=TARGET / f"{name}-{width}.png")
            if name == "player":
                shoot_menus(page, width)
        context.close()


def shoot_menus(page: Page, width: int) -> None:
    """Take the player's menu, its lists, why it plays so, the figures and a preview picture."""
    settings = page.get_by_role("button", name="Settings")
    for name in MENUS:
        settings.click()
        if name:
            page.get_by_role("menuitem", name=name).first.click()
        page.wait_for_timeout(400)  # menus fade in
        shown = (name or "menu").lower().replace(" ", "-")
        page.screenshot(path=TARGET / f"player-{shown}-{width}.png")
        while page.get_by_role("menu").count() or page.get_by_role("dialog").count():
            page.keyboard.press("Escape")
            page.wait_for_timeout(150)
    page.keyboard.press("i")
    seek_bar = page.locator("media-time-range").bounding_box()
    assert seek_bar
    page.mouse.move(seek_bar["x"] + seek_bar["width"] * 0.6, seek_bar["y"] + 4)
    page.wait_for_timeout(800)
    page.screenshot(path=TARGET / f"player-stats-{width}.png")


def main() -> None:
    """Make a library, run the server, go through the first-admin page, take the pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        subprocess.run([sys.executable, "-m", "shadow", "sample", str(library)], check=True)
        data = Path(folder) / "data"
        with (
            running_server(data, "--library", str(library)) as server,
            running_browser() as browser,
        ):
            context = open_context(browser, server.url)
            page = context.new_page()
            assert server.admin_link
            make_first_admin(page, server.admin_link, name="ada", password="an engine of analysis")
            state = context.storage_state()
            wait_for_library(server.url, {c["name"]: c["value"] for c in state["cookies"]})
            shoot(browser, server, state, begin_some(page, server.url))
            shoot_all(browser, library)
            shoot_telegram(browser)


main()
