"""What a person does on the first evening, in a real browser against the real server."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import NAME, PASSWORD
from tests.support.browser import open_context
from tests.support.server import Server

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("/", "/films", "/series", "/search?q=a", "/settings/library", "/settings/account")
OpenPage = Callable[..., Page]


def first(server: Server, page: Page, kind: str) -> dict:
    """The first title of a kind, by the API with the page's cookies."""
    answer = page.request.get(f"{server.url}/api/library/{kind}?sort=title")
    assert answer.ok, answer.text()
    title: dict = answer.json()["items"][0]
    return title


def playing(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 1.5")


def until(page: Page, holds: str, argument: object = None) -> None:
    """Wait for an async function of the page to say yes; `wait_for_function` awaits none."""
    deadline = time.monotonic() + 400
    while not page.evaluate(holds, argument):
        assert time.monotonic() < deadline, holds
        page.wait_for_timeout(100)


def test_the_sample_library_is_there_and_sorted_into_films_and_series(
    server: Server, open_page: OpenPage
) -> None:
    page = open_page("/films")
    films = page.request.get(f"{server.url}/api/library/movies").json()
    shows = page.request.get(f"{server.url}/api/library/shows").json()
    assert (films["total"], shows["total"]) == (2, 1)
    for film in films["items"]:
        expect(page.get_by_role("link", name=film["title"]).first).to_be_visible()
        assert film["poster"]


def test_a_film_plays_seeks_and_remembers(server: Server, open_page: OpenPage) -> None:
    page = open_page("/films")
    film = first(server, page, "movies")
    page.get_by_role("link", name=film["title"]).first.click()
    page.get_by_role("link", name="Play").or_(page.get_by_role("button", name="Play")).first.click()
    playing(page)
    seconds = page.evaluate(
        """async () => {
          const video = document.querySelector('video');
          const times = [];
          for (const share of [0.8, 0.3, 0.8]) {
            const target = video.duration * share;
            const asked = performance.now();
            video.currentTime = target;
            await new Promise((resolve) => {
              const look = () => (!video.seeking && video.currentTime > target + 0.05
                ? resolve() : requestAnimationFrame(look));
              look();
            });
            times.push((performance.now() - asked) / 1000);
          }
          return times;
        }"""
    )
    assert min(seconds) < 1, f"a seek resumes within a second: {seconds}"
    page.evaluate("() => document.querySelector('video').pause()")
    left = page.evaluate("() => document.querySelector('video').currentTime")
    until(
        page,
        "async (left) => (await (await fetch('/api/continue')).json()).items"
        ".some((item) => Math.abs(item.position - left) < 2)",
        left,
    )
    page.reload()
    page.wait_for_function(
        "(left) => Math.abs((document.querySelector('video')?.currentTime ?? 0) - left) < 5",
        arg=left,
    )


def test_after_an_episode_the_next_is_offered(server: Server, open_page: OpenPage) -> None:
    page = open_page("/series")
    show = first(server, page, "shows")
    detail = page.request.get(f"{server.url}/api/titles/{show['id']}").json()
    episodes = [e for season in detail["season_list"] for e in season["episodes"]]
    assert len(episodes) == 4
    assert all(episode["file_ids"] for episode in episodes)
    page.goto(f"/watch/{episodes[0]['file_ids'][0]}")
    playing(page)
    page.evaluate(
        "() => { const v = document.querySelector('video'); v.currentTime = v.duration - 3; }"
    )
    page.wait_for_url(f"**/watch/{episodes[1]['file_ids'][0]}*")


def test_the_keyboard_plays_pauses_and_seeks(server: Server, open_page: OpenPage) -> None:
    page = open_page("/films")
    film = first(server, page, "movies")
    files = page.request.get(f"{server.url}/api/titles/{film['id']}").json()["files"]
    page.goto(f"/watch/{files[0]['id']}")
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")
    page.evaluate("() => document.querySelector('video').play()")
    page.keyboard.press("k")
    page.wait_for_function("() => document.querySelector('video').paused")
    before = page.evaluate("() => document.querySelector('video').currentTime")
    page.keyboard.press("l")
    page.wait_for_function(
        "(before) => document.querySelector('video').currentTime > before + 8", arg=before
    )
    page.keyboard.press("k")
    page.wait_for_function("() => !document.querySelector('video').paused")


def test_search_finds_while_typing_and_forgives_a_typo(server: Server, open_page: OpenPage) -> None:
    page = open_page("/")
    film = first(server, page, "movies")
    longest = max(film["title"].split(), key=len)
    typo = longest[:2] + longest[3] + longest[2] + longest[4:]
    page.wait_for_selector("main h1, main h2")  # a key pressed before that reaches nobody
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement?.id === 'search-field'")
    page.keyboard.type(typo)
    expect(page.get_by_role("link", name=film["title"]).first).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_serious_accessibility_finding(
    open_page: OpenPage, path: str, phone: bool
) -> None:
    page = open_page(path, phone=phone, bypass_csp=True)
    page.wait_for_selector("main h1, main h2")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_small_phone_without_sideways_scrolling(open_page: OpenPage, path: str) -> None:
    page = open_page(path, phone=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_selector("main h1, main h2")
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_an_unknown_address_says_so(open_page: OpenPage) -> None:
    page = open_page("/no/such/page")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Home").first).to_be_visible()


def test_without_signing_in_pages_lead_to_the_sign_in_and_the_api_refuses(server: Server) -> None:
    for path in ("/api/library/movies", "/api/continue", "/api/jobs", "/api/events"):
        assert httpx.get(server.url + path, timeout=60).status_code == 401, path


def test_signing_out_ends_the_session(
    browser: Browser, server: Server, signed_in: dict[str, object]
) -> None:
    context = open_context(browser, server.url)
    page = context.new_page()
    page.goto("/films")
    page.wait_for_url("**/login*")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/films")
    cookies = {c["name"]: c["value"] for c in context.cookies()}
    assert httpx.get(f"{server.url}/api/auth/me", cookies=cookies, timeout=60).status_code == 200
    page.evaluate(
        "() => fetch('/api/auth/logout', {method: 'POST', headers: {'X-Shadow-CSRF': '1'}})"
    )
    until(page, "async () => (await fetch('/api/auth/me')).status === 401")
    assert httpx.get(f"{server.url}/api/auth/me", cookies=cookies, timeout=60).status_code == 401
    context.close()
