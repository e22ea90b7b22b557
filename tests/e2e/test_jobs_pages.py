"""Adding by link and by upload, and the pages that follow it, in a real browser."""

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.e2e.hosts import HostInThread, host_in_thread
from tests.support.browser import make_first_admin, open_context
from tests.support.media import film
from tests.support.server import Server, running_server
from tests.support.torrents import torrent_of

PASSWORD = "an engine of analysis"
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
HEADERS = {"X-Shadow-CSRF": "1"}
PAGES = ("/add", "/settings/jobs", "/settings/moderation")
FILMS = ("Quiet Harbour (2019)", "Second Light (2020)", "Third Wind (2021)", "Fourth Sea (2022)")
EPISODE = "Small.Tides.2020.S01E01.mkv"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def host() -> Iterator[HostInThread]:
    """Films of different content, and what is none."""
    files = {
        f"{name}.mkv": film(f"{name}.mkv", seconds=8 + number).read_bytes()
        for number, name in enumerate(FILMS)
    }
    files[EPISODE] = film(EPISODE, seconds=5).read_bytes()
    with host_in_thread(files) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, that may fetch from this machine."""
    folder = tmp_path_factory.mktemp("jobs-pages") / "data"
    settings = {
        "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
        "SHADOW_JOBS__PER_SOURCE": "2",
        "SHADOW_HLS__PREVIEWS": "off",
    }
    with running_server(folder, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def admin(browser: Browser, server: Server) -> object:
    """The first admin's cookies."""
    context = open_context(browser, server.url)
    assert server.admin_link
    make_first_admin(context.new_page(), server.admin_link, name="ada", password=PASSWORD)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser, server: Server, admin: object) -> Iterator[OpenPage]:
    """Open a page as the admin, or with other cookies; errors in its scripts fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(path: str, *, phone: bool = False, state: object = admin, csp: bool = True) -> Page:
        context = open_context(
            browser, server.url, phone=phone, storage_state=state, bypass_csp=not csp
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def add_links(page: Page, *links: str) -> None:
    """Paste links and send them off."""
    page.get_by_label("Links").fill("\n".join(links))
    page.get_by_role("button", name="Fetch").click()


def jobs_of(page: Page, url: str) -> list[dict]:
    found: list[dict] = page.request.get(f"{url}/api/jobs?limit=200").json()["items"]
    return [job for job in found if job["kind"] == "leech"]


def test_a_link_added_in_the_page_becomes_a_title_that_plays(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/")
    page.get_by_role("link", name="Add to the library").click()
    add_links(page, host.url("Quiet%20Harbour%20(2019).mkv"))
    line = page.get_by_role("listitem").filter(has_text="Quiet Harbour")
    expect(line.get_by_text("Done", exact=True)).to_be_visible()
    line.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1, name="Quiet Harbour")).to_be_visible()
    page.get_by_role("link", name="Play").first.click()
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")


def test_a_season_is_downloaded_as_one_file(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/add")
    add_links(page, host.url(EPISODE))
    line = page.get_by_role("listitem").filter(has_text="Small Tides")
    expect(line.get_by_text("Done", exact=True)).to_be_visible()
    line.get_by_role("link", name="Open").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download as .zip").click()
    with zipfile.ZipFile(coming.value.path()) as pack:
        assert pack.testzip() is None
        assert [Path(name).suffix for name in pack.namelist()] == [".mkv"]


def test_a_download_is_paused_resumed_cancelled_and_begun_again_in_the_page(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/add")
    host.hold("Second Light (2020).mkv")
    add_links(page, host.url("Second%20Light%20(2020).mkv"))
    page.get_by_role("link", name=re.compile("Second Light")).click()
    state = page.locator(
        "main span", has_text=re.compile("^(Waiting|Running|Paused|Cancelled|Done)$")
    )
    expect(state.first).to_have_text("Running")
    expect(page.get_by_role("log")).to_contain_text("downloading")
    page.get_by_role("button", name="Pause").click()
    expect(state.first).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    expect(state.first).to_have_text("Running")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(state.first).to_have_text("Cancelled")
    host.let_go()
    page.get_by_role("button", name="Try again").click()
    expect(state.first).to_have_text("Done")
    expect(page.get_by_role("listitem").filter(has_text="Fetch: done")).to_be_visible()
    page.get_by_role("link", name="Open the title").click()
    expect(page.get_by_role("heading", level=1, name="Second Light")).to_be_visible()


def test_jobs_are_selected_and_stopped_together_and_one_is_put_first(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    host.hold(*(f"{name}.mkv" for name in FILMS))
    page = open_page("/add")
    links = [f"{host.url('Third%20Wind%20(2021).mkv')}?{number}" for number in range(4)]
    add_links(page, *links)
    expect(page.get_by_text("4 downloads added.").first).to_be_visible()
    page.goto("/settings/jobs")
    expect(page.get_by_role("heading", name="Running (2)")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting (2)")).to_be_visible()
    page.get_by_role("checkbox", name="Select all that are running").click()
    bar = page.get_by_role("toolbar", name="Selected jobs")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel them").click()
    # Their places are taken by those that waited.
    expect(page.get_by_role("heading", name="Running (2)")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Waiting"))).to_have_count(0)
    page.get_by_role("button", name="All that are running").click()
    page.get_by_role("menuitem", name="Pause all").click()
    expect(page.get_by_role("heading", name="Waiting (2)")).to_be_visible()
    waiting = next(job for job in jobs_of(page, server.url) if job["state"] == "paused")
    page.goto(f"/jobs/{waiting['id']}")
    page.get_by_label("Priority").select_option("High")
    expect(page.get_by_label("Priority")).to_be_enabled()
    assert page.request.get(f"/api/jobs/{waiting['id']}").json()["priority"] == 20
    page.get_by_role("link", name="All jobs").click()
    page.get_by_role("button", name="All that are waiting").click()
    page.get_by_role("menuitem", name="Cancel all").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all").click()
    expect(page.get_by_role("heading", name=re.compile("^(Running|Waiting)"))).to_have_count(0)
    host.let_go()


def test_a_link_that_leads_nowhere_says_what_to_do(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/add")
    add_links(page, "example.org/film")
    expect(page.get_by_role("alert")).to_contain_text("is no link")
    add_links(page, host.url("nothing.mkv"))
    line = page.get_by_role("listitem").filter(has_text="nothing.mkv")
    expect(line.get_by_text("Failed", exact=True)).to_be_visible()
    expect(line).to_contain_text("Downloading failed")
    expect(line).to_contain_text("Open the link in a browser")


def test_of_a_torrent_the_files_are_chosen(open_page: OpenPage) -> None:
    names = ["Season/One.mkv", "Season/Two.mkv", "Sample/sample.mkv"]
    page = open_page("/add")
    torrent: FilePayload = {
        "name": "a.torrent",
        "mimeType": "application/x-bittorrent",
        "buffer": torrent_of(dict.fromkeys(names, 1000), name="Series"),
    }
    page.locator("input[accept^='.torrent']").set_input_files(torrent)
    files = page.get_by_role("group", name="Files to fetch")
    expect(files).to_contain_text("3 of 3 files")
    expect(page.get_by_label("Links")).to_have_value(re.compile("^magnet:"))
    files.get_by_role("button", name="None").click()
    page.get_by_role("button", name="Fetch").click()
    expect(files).to_contain_text("0 of 3 files")  # nothing is fetched as long as none is ticked
    files.get_by_label(re.compile("Two.mkv")).check()
    expect(files).to_contain_text("1 of 3 files · 1.0 kB")


def throttle(page: Page, bytes_a_second: int) -> None:
    """Make what the browser sends slow; 0 lifts it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions",
        {**limits, "uploadThroughput": bytes_a_second or -1},
    )


def arrived(page: Page, least: int) -> None:
    """Wait until the server has so many bytes of the one upload that is under way."""
    deadline = time.monotonic() + 400
    while not (found := received(page)) or found[0]["received"] < least:
        assert time.monotonic() < deadline, found
        page.wait_for_timeout(100)


def received(page: Page) -> list[dict]:
    held: list[dict] = page.request.get("/api/uploads").json()["items"]
    return held


def test_an_upload_goes_on_after_a_pause_and_after_a_reload(
    server: Server, open_page: OpenPage
) -> None:
    path = film("Paper Boats (2018).mkv", seconds=90)
    page = open_page("/add")
    throttle(page, 200_000)
    page.get_by_label("Files to upload").locator("input").set_input_files(path)
    line = page.get_by_role("listitem").filter(has_text="Paper Boats")
    page.get_by_role("button", name="Pause: Paper Boats").click()
    expect(line).to_contain_text("Paused")
    page.get_by_role("button", name="Resume: Paper Boats").click()
    arrived(page, 200_000)
    page.reload()
    begun = received(page)
    assert len(begun) == 1
    assert 0 < begun[0]["received"] < path.stat().st_size

    # Chosen in the usual place the file is recognised, and goes on.
    throttle(page, 200_000)
    page.get_by_label("Files to upload").locator("input").set_input_files(path)
    expect(line.first).to_contain_text(re.compile(r"\d+ [kM]B of"))
    arrived(page, begun[0]["received"] + 100_000)
    page.reload()
    assert [one["id"] for one in received(page)] == [begun[0]["id"]]

    # So it does when it is chosen where the unfinished upload stands.
    throttle(page, 0)
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()
    page.get_by_label("The file Paper Boats (2018).mkv").set_input_files(path)
    done = page.get_by_role("region", name="Just added").get_by_role("listitem")
    expect(done.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_have_count(0)
    done.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1, name="Paper Boats")).to_be_visible()


def sign_in(browser: Browser, server: Server, page: Page, name: str, role: str) -> object:
    """Make a person, and return their cookies."""
    made = page.request.post(
        "/api/users",
        data={"username": name, "password": PASSWORD, "role": role},
        headers=HEADERS,
    )
    assert made.ok, made.text()
    context = open_context(browser, server.url)
    answer = context.request.post(
        f"{server.url}/api/auth/login",
        data={"username": name, "password": PASSWORD},
        headers=HEADERS,
    )
    assert answer.ok, answer.text()
    state = context.storage_state()
    context.close()
    return state


def test_what_a_member_adds_waits_until_it_is_approved_or_rejected(
    browser: Browser, server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/settings/moderation")
    expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
    member = open_page("/add", state=sign_in(browser, server, page, "mia", "free"))
    expect(member.get_by_text("waits until an admin approves it")).to_be_visible()
    host.let_go()
    add_links(member, host.url("Third%20Wind%20(2021).mkv"), host.url("Fourth%20Sea%20(2022).mkv"))
    added = member.get_by_role("region", name="Just added")
    expect(added.get_by_text("Waits until an admin approves it")).to_have_count(2)

    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Third Wind"))
    page.reload()
    expect(card).to_contain_text("proposed by mia")
    card.get_by_alt_text("Scene 1 of Third Wind").evaluate("image => image.decode()")
    card.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.2")
    card.get_by_label("Title").fill("The Third Wind (2021)")
    card.get_by_role("button", name="Approve").click()
    expect(card).to_have_count(0)

    other = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Fourth Sea"))
    other.get_by_role("button", name="Reject").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("It is an advertisement.")
    dialog.get_by_label("Block this content").click()
    dialog.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()

    member.goto("/settings/submissions")
    expect(member.get_by_text("It is an advertisement.")).to_be_visible()
    expect(member.get_by_text("Approved", exact=True)).to_be_visible()
    member.goto("/add")
    add_links(member, host.url("Fourth%20Sea%20(2022).mkv?again"))
    expect(member.get_by_text("was taken down here")).to_be_visible()

    page.get_by_role("tab", name="Blocklist").click()
    page.get_by_label("Search").fill("advert")
    page.get_by_role("button", name=re.compile("^Unblock Fourth Sea")).click()
    page.get_by_role("dialog").get_by_role("button", name="Unblock").click()
    expect(page.get_by_text("Nothing like that is blocked")).to_be_visible()
    page.goto("/films")
    expect(page.get_by_role("link", name=re.compile("The Third Wind")).first).to_be_visible()


def test_a_take_down_asks_for_the_name_and_blocks_the_content(
    server: Server, host: HostInThread, open_page: OpenPage
) -> None:
    page = open_page("/films")
    page.get_by_role("link", name=re.compile("Second Light")).first.click()
    expect(page.get_by_role("heading", level=1, name="Second Light")).to_be_visible()
    address = page.url
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("menuitem", name="Take down for good").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Take down")).to_be_disabled()
    dialog.get_by_label(re.compile("^Type")).fill("second light")
    dialog.get_by_label("Reason").fill("By request of its maker.")
    dialog.get_by_role("button", name="Take down").click()
    expect(page.locator("main").get_by_text("Done", exact=True)).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="This title is not here")).to_be_visible()
    page.goto("/settings/moderation")
    page.get_by_role("tab", name="Blocklist").click()
    expect(page.get_by_text("By request of its maker.")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", [*PAGES, "/jobs"])
def test_the_pages_are_accessible_and_fit(
    server: Server, open_page: OpenPage, path: str, phone: bool
) -> None:
    page = open_page("/add", phone=phone, csp=False)
    if path == "/jobs":
        path = f"/jobs/{jobs_of(page, server.url)[0]['id']}"
    page.goto(path)
    page.wait_for_selector("main h1")
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


def test_strangers_and_guests_add_nothing(server: Server) -> None:
    for path in ("/api/uploads", "/api/submissions", "/api/blocklist"):
        assert httpx.get(server.url + path, timeout=60).status_code == 401, path
