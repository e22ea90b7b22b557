"""Films that lie in Telegram play in a real Chromium, and the admin page tells how it fares."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.cinema import BACKUP, FILES, TOKENS, Cinema, large_film, running_cinema, telegram
from tests.e2e.conftest import NAME, PASSWORD
from tests.e2e.hosts import HostInThread, host_in_thread, in_thread
from tests.support.browser import make_first_admin, open_context
from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.server import bare

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGE = "/settings/telegram"
HEADERS = {"X-Shadow-CSRF": "1"}
FILM = "Quiet Harbour (2019).mp4"
PLAYING = "() => document.querySelector('video')?.currentTime > 0.5"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def dc() -> Iterator[DataCentres]:
    with in_thread(telegram) as running:
        yield running


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory, dc: DataCentres) -> Iterator[Cinema]:
    with running_cinema(dc, tmp_path_factory.mktemp("cinema") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def host() -> Iterator[HostInThread]:
    with host_in_thread({FILM: large_film(FILM)}) as running:
        yield running


@pytest.fixture(scope="module")
def admin(browser: Browser, cinema: Cinema) -> object:
    """The first admin's cookies."""
    context = open_context(browser, cinema.server.url)
    assert cinema.server.admin_link
    make_first_admin(context.new_page(), cinema.server.admin_link, name=NAME, password=PASSWORD)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_cinema(browser: Browser, cinema: Cinema, admin: object) -> Iterator[OpenPage]:
    """Open a page as the admin; errors in its scripts fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(path: str, *, phone: bool = False, csp: bool = True) -> Page:
        context = open_context(
            browser, cinema.server.url, phone=phone, storage_state=admin, bypass_csp=not csp
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def leech(cinema: Cinema, url: str) -> Any:
    """Run `shadow leech --wait` beside the server, as a person does; return the job."""
    command = [sys.executable, "-m", "shadow", "leech", url, "--wait", "--json"]
    done = subprocess.run(
        [*command, "--data-dir", str(cinema.folder)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def posted(dc: DataCentres, channel: int) -> list[str]:
    """Hash every document that a channel holds."""
    found = []
    for message, post in dc.world.channels[bare(channel)].posts.items():
        if post.document is not None:
            content = dc.content(channel, message)
            found.append(sha256(content.read(0, content.size)).hexdigest())
    return found


def test_a_film_leeched_into_telegram_plays_before_and_after_a_restart(
    cinema: Cinema, dc: DataCentres, host: HostInThread, open_cinema: OpenPage
) -> None:
    job = leech(cinema, host.url(FILM.replace(" ", "%20")))
    assert job["state"] == "done", job
    content = sha256(large_film(FILM)).hexdigest()
    assert posted(dc, FILES) == [content]
    assert posted(dc, BACKUP) == [content]
    assert not list(cinema.folder.rglob("*.mp4"))

    page = open_cinema("/films")
    page.get_by_role("link", name=re.compile("Quiet Harbour")).first.click()
    expect(page.get_by_role("heading", level=1, name="Quiet Harbour")).to_be_visible()
    page.get_by_role("link", name="Play").first.click()
    page.wait_for_function(PLAYING)

    (file_id,) = job["result"]["files"]
    cinema.restart()
    dc.counters.clear()
    assert page.request.delete("/api/storages/cache", headers=HEADERS).ok
    page.goto(f"/watch/{file_id}")
    page.wait_for_function(PLAYING)
    body = page.request.get(f"/stream/{file_id}").body()
    assert sha256(body).hexdigest() == content
    assert sum(dc.counters.bytes_sent.values()) >= len(body)  # it came from Telegram once more
    assert dc.counters.handshakes == dc.counters.calls["auth.importBotAuthorization"] == 0


def test_a_file_that_lies_in_the_channel_is_added_by_its_link_and_plays(
    cinema: Cinema, dc: DataCentres, open_cinema: OpenPage
) -> None:
    name = "Third Wind (2021).mp4"
    stored = dc.put_document(FILES, large_film(name, seconds=25), name)
    page = open_cinema(PAGE)
    page.get_by_label("Link of the message").fill(f"t.me/c/{bare(FILES)}/{stored.message}")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="See how it stands").click()
    expect(page.locator("main").get_by_text("Done", exact=True)).to_be_visible()
    page.goto("/films")
    page.get_by_role("link", name=re.compile("Third Wind")).first.click()
    page.get_by_role("link", name="Play").first.click()
    page.wait_for_function(PLAYING)


def test_the_page_shows_sessions_and_channels_and_a_check_finds_them_in_order(
    cinema: Cinema, open_cinema: OpenPage
) -> None:
    page = open_cinema("/")
    page.get_by_role("button", name=re.compile("^Account")).click()
    page.get_by_role("menuitem", name="Telegram").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("status").filter(has_text="in order")).to_contain_text(
        "Everything is in order: 2 sessions and all channels."
    )
    for name in ("Bot 1001", "Bot 1002", f"Channel {bare(FILES)}", f"Channel {bare(BACKUP)}"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"of \d+ streams"))).to_be_visible()
    expect(page.get_by_text("Warming up")).to_have_count(2)


def test_a_right_that_a_bot_lacks_is_named(
    cinema: Cinema, dc: DataCentres, open_cinema: OpenPage
) -> None:
    bot = dc.world.accounts[1002]
    dc.set_role(BACKUP, bot, "member")
    page = open_cinema(PAGE)
    page.get_by_role("button", name="Check now").click()
    outcome = page.get_by_role("status")
    expect(outcome.filter(has_text="1 channel needs attention")).to_be_visible()
    line = page.get_by_role("listitem").filter(has_text="Second copies")
    expect(line).to_contain_text("1002")
    dc.set_role(BACKUP, bot, "admin")
    page.get_by_role("button", name="Check now").click()
    expect(outcome.filter(has_text="Everything is in order")).to_be_visible()


def test_a_session_that_telegram_revoked_is_shown_with_its_reason(
    cinema: Cinema, dc: DataCentres, open_cinema: OpenPage
) -> None:
    """A bot logs in again with its token by itself: only a replaced token ends it."""
    bot = dc.world.accounts[1002]
    bot.token = "1002:replaced-token"
    dc.revoke(bot)
    page = open_cinema(PAGE)
    page.get_by_role("button", name="Check now").click()
    card = page.get_by_role("listitem").filter(has_text="Bot 1002")
    expect(card.get_by_text("Out of use")).to_be_visible()
    expect(card).to_contain_text("BotFather")
    bot.token = TOKENS[1]
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Everything is in order")).to_be_visible()
    expect(card.get_by_text("Out of use")).to_have_count(0)


def test_where_nothing_is_set_up_the_page_tells_how(open_page: OpenPage) -> None:
    page = open_page(PAGE)
    expect(page.get_by_role("heading", level=3)).to_have_count(3)
    expect(page.get_by_text("SHADOW_TELEGRAM__WORKER_TOKENS=")).to_be_visible()


def check_page(page: Page, *, phone: bool) -> None:
    """Demand that axe finds nothing serious, and that the page is no wider than narrow windows."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.set_viewport_size({"width": 360 if phone else 1024, "height": 740})
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_page_is_accessible_and_fits(open_cinema: OpenPage, phone: bool) -> None:
    page = open_cinema(PAGE, phone=phone, csp=False)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("status").filter(has_text="in order")).to_be_visible()
    check_page(page, phone=phone)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_way_to_set_it_up_is_accessible_and_fits(open_page: OpenPage, phone: bool) -> None:
    page = open_page(PAGE, phone=phone, bypass_csp=True)
    page.get_by_role("heading", level=3).first.wait_for()
    check_page(page, phone=phone)


def test_strangers_see_nothing_of_it(cinema: Cinema) -> None:
    url = cinema.server.url
    assert httpx.get(f"{url}/api/telegram/sessions", timeout=60).status_code == 401
    assert httpx.post(f"{url}/api/telegram/check", timeout=60).status_code in (401, 403)
