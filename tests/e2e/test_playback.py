"""Every file plays in a real Chromium, as it is, repacked or converted, and through changes."""

import itertools
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.e2e.conftest import NAME, PASSWORD
from tests.support.browser import make_first_admin, open_context
from tests.support.hls_fixtures import fixture_file, picture, tone
from tests.support.media import AAC, H264, ffmpeg_made
from tests.support.server import Server, running_server

SECONDS = 48
FILMS = 5

PLAYING = "(at) => document.querySelector('video')?.currentTime > at"
HEIGHT = "(lines) => document.querySelector('video')?.videoHeight === lines"
WATCH = """() => {
  const video = document.querySelector('video');
  window.seen = [];
  const look = () => {
    window.seen.push([performance.now() / 1000, video.currentTime]);
    window.watching = requestAnimationFrame(look);
  };
  look();
}"""
SEEN = "() => { cancelAnimationFrame(window.watching); return window.seen; }"
SEEK = """(target) => new Promise((resolve) => {
  const video = document.querySelector('video');
  const asked = performance.now();
  const look = () => (!video.seeking && video.currentTime > target + 0.05
    ? resolve((performance.now() - asked) / 1000) : requestAnimationFrame(look));
  video.currentTime = target;
  requestAnimationFrame(look);
})"""


def two_tongues() -> Path:
    """A Matroska film of 480 lines with an English and a German sound track."""
    pictures = picture("24", SECONDS, "854x480")
    sounds = (*tone(SECONDS), *tone(SECONDS, pitch=330))
    maps = ("-map", "0", "-map", "1", "-map", "2", *H264, *AAC)
    tongues = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger")
    return ffmpeg_made(
        "tongues.mkv", *pictures, *sounds, *maps, *tongues, "-disposition:a:0", "default"
    )


def in_mp4(film: Path) -> Path:
    """The same film in a container that browsers open."""
    return ffmpeg_made("tongues.mp4", "-i", str(film), "-map", "0", "-c", "copy")


def thrice(film: Path) -> Path:
    """The same film three times over: longer than what a player loads ahead."""
    given = ("-stream_loop", "2", "-i", str(film), "-map", "0", "-c", "copy")
    return ffmpeg_made("thrice.mkv", *given)


def dolby() -> Path:
    """H.264 with AC-3, in Matroska."""
    given = ("-i", str(fixture_file("h264_mkv")), *tone(24, channels="5.1"))
    maps = ("-map", "0:v", "-map", "1", "-c:v", "copy", "-c:a", "ac3", "-b:a", "256k")
    return ffmpeg_made("dolby.mkv", *given, *maps)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of films that no browser, some, and every browser plays."""
    library = tmp_path_factory.mktemp("films")
    made = {
        "Remuxed Tale (2001).mkv": two_tongues(),
        "Simple Tale (2002).mp4": in_mp4(two_tongues()),
        "Dolby Tale (2003).mkv": dolby(),
        "Modern Tale (2004).mkv": fixture_file("hevc_mkv"),
        "Replaced Tale (2005).mkv": thrice(two_tongues()),
    }
    for name, path in made.items():
        (library / name).write_bytes(path.read_bytes())
    return library


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cinema") / "data"
    with running_server(folder, "--library", str(films)) as running:
        yield running


@pytest.fixture(scope="module")
def ticket(browser: Browser, cinema: Server) -> Any:
    """The admin's cookies."""
    context = open_context(browser, cinema.url)
    assert cinema.admin_link
    make_first_admin(context.new_page(), cinema.admin_link, name=NAME, password=PASSWORD)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def file_ids(cinema: Server, ticket: Any) -> dict[str, str]:
    """The files' ids by their titles' first words."""
    cookies = {cookie["name"]: cookie["value"] for cookie in ticket["cookies"]}
    deadline = time.monotonic() + 400
    with httpx.Client(base_url=cinema.url, timeout=60, cookies=cookies) as client:
        while time.monotonic() < deadline:
            held = client.get("/api/library/media-files").raise_for_status().json()["items"]
            if len(held) == FILMS:
                return {Path(one["path"]).name.split()[0]: one["id"] for one in held}
            time.sleep(0.2)
    pytest.fail("the films were not scanned")


OpenFilm = Callable[..., Page]


@pytest.fixture
def open_film(
    browser: Browser, cinema: Server, ticket: Any, file_ids: dict[str, str]
) -> Iterator[OpenFilm]:
    """Open the player on a film; `before` is called with the page first. Errors fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(name: str, before: Callable[[Page], object] = lambda page: None) -> Page:
        context = open_context(browser, cinema.url, storage_state=ticket)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        before(page)
        page.goto(f"/watch/{file_ids[name]}?start=1")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


class Asked:
    """The addresses that a page asks for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, page: Page) -> None:
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.paths.append(request.url)

    def of(self, rendition: str) -> list[str]:
        """The addresses of segments of a rendition."""
        return [one for one in self.paths if re.search(rf"/{rendition}/\d+\.m4s", one)]


def plays(page: Page, at: float = 1.5) -> None:
    page.wait_for_function(PLAYING, arg=at)


def how(page: Page) -> str:
    """Return the word that the "why" panel has for the way it plays, and close it again."""
    page.mouse.move(300, 300)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name="Why it plays like this").click()
    dialog = page.get_by_role("dialog", name="Why it plays like this")
    text = dialog.inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return text


def choose(page: Page, list_name: str, choice: str) -> None:
    page.mouse.move(300, 300)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name=list_name).click()
    page.get_by_role("menuitemradio", name=choice).click()


def jumps(seen: list[list[float]]) -> list[tuple[float, float]]:
    """Return where the position went back, or ahead of the time that passed, by over 0.1 s."""
    assert len(seen) > 20
    return [
        (before, after)
        for (then, before), (now, after) in itertools.pairwise(seen)
        if not -0.1 <= after - before <= now - then + 0.1
    ]


def test_a_file_that_the_browser_knows_is_played_as_it_is(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Simple", asked)
    plays(page)
    assert "Direct" in how(page)
    assert not any("/hls/" in path for path in asked.paths)


def test_matroska_with_h264_and_aac_is_repacked(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Remuxed", asked)
    plays(page)
    told = how(page)
    assert "Repacked" in told
    assert "Matroska" in told
    assert asked.of("vsource")
    assert not asked.of(r"v\d+")


def test_dolby_sound_is_converted_beside_an_untouched_picture(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Dolby", asked)
    plays(page)
    assert "AAC" in how(page)
    assert asked.of("vsource")
    decoded = page.evaluate("() => document.querySelector('video').webkitAudioDecodedByteCount")
    assert decoded > 0


def test_hevc_is_converted(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Modern", asked)
    plays(page)
    told = how(page)
    assert "Converted" in told
    assert "HEVC" in told
    assert asked.of(r"v\d+")
    assert not asked.of("vsource")


def test_ten_random_seeks_all_resume_and_most_within_two_seconds(open_film: OpenFilm) -> None:
    page = open_film("Remuxed")
    plays(page)
    places = random.Random(3)
    seconds = [page.evaluate(SEEK, places.uniform(0, SECONDS - 5)) for _ in range(10)]
    assert median(seconds) < 2, seconds  # one of them may meet a busy machine


def test_another_quality_is_shown_without_a_jump(open_film: OpenFilm) -> None:
    page = open_film("Remuxed")
    plays(page)
    page.evaluate(WATCH)
    choose(page, "Quality", "360p")
    page.wait_for_function(HEIGHT, arg=360)
    choose(page, "Quality", "Original")
    page.wait_for_function(HEIGHT, arg=480)
    assert jumps(page.evaluate(SEEN)) == []


def test_another_sound_is_heard_without_a_jump(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Remuxed", asked)
    plays(page)
    assert not asked.of("a2(source)?")
    page.evaluate(WATCH)
    at = page.evaluate("() => document.querySelector('video').currentTime")
    choose(page, "Sound", "German")
    plays(page, at + 2)
    assert asked.of("a2(source)?")
    assert jumps(page.evaluate(SEEN)) == []


def test_a_whole_file_goes_over_to_segments_and_back_without_a_jump(open_film: OpenFilm) -> None:
    asked = Asked()
    page = open_film("Simple", asked)
    plays(page, 5)
    page.evaluate(WATCH)
    page.keyboard.press("a")  # Chromium cannot change the sound of a file
    page.wait_for_function("() => document.querySelector('video').src.startsWith('blob:')")
    at = page.evaluate("() => document.querySelector('video').currentTime")
    plays(page, at + 1)
    assert asked.of("a2(source)?")
    assert asked.of("vsource")
    page.keyboard.press("a")
    choose(page, "Quality", "Original")
    page.wait_for_function("() => document.querySelector('video').src.includes('/stream/')")
    plays(page, at + 2)
    assert jumps(page.evaluate(SEEN)) == []


def test_a_token_that_runs_out_is_renewed_while_it_plays(open_film: OpenFilm) -> None:
    asked = Asked()
    answers: list[dict[str, Any]] = []

    def shorten(route: Route) -> None:
        response = route.fetch()
        answer = response.json()
        if not answers:
            answer["expires_at"] = "2020-01-01T00:00:00Z"
        while answers and answer["url"] == answers[0]["url"]:  # made in the same second
            response = route.fetch()
            answer = response.json()
        answers.append(answer)
        route.fulfill(response=response, json=answer)

    def before(page: Page) -> None:
        asked(page)
        page.route("**/api/playback", shorten)

    page = open_film("Remuxed", before)
    plays(page)
    page.evaluate(SEEK, SECONDS / 2)
    folders = {path.split("/hls/")[1].split("/")[1] for path in asked.of("vsource")}
    assert len(answers) == 2
    assert answers[0]["url"].split("/")[3] not in folders
    assert len(folders) == 1


def test_what_does_not_decode_after_all_is_converted(
    open_film: OpenFilm, file_ids: dict[str, str]
) -> None:
    """The browser is told to play a file of HEVC itself, as if it had said that it can."""
    asked: list[dict[str, Any]] = []

    def mislead(route: Route) -> None:
        asked.append(route.request.post_data_json)
        if len(asked) > 1:
            route.continue_()
            return
        response = route.fetch()
        direct = {"method": "direct", "video": "direct", "url": f"/stream/{file_ids['Modern']}"}
        route.fulfill(response=response, json=response.json() | direct)

    page = open_film("Modern", lambda page: page.route("**/api/playback", mislead))
    expect(page.get_by_text("It did not play as it is")).to_be_visible()
    plays(page)
    assert [one["client"]["prefer"] for one in asked] == ["direct", "hls"]
    assert page.evaluate("() => document.querySelector('video').videoWidth") > 0


def test_a_refusal_is_explained_and_tried_again(open_film: OpenFilm) -> None:
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route)
        problem = {"status": 503, "code": "hls.busy", "detail": "Two others are watching."}
        route.fulfill(status=503, json=problem, headers={"Retry-After": "2"})

    page = open_film("Simple", lambda page: page.route("**/api/playback", refuse))
    expect(page.get_by_role("heading", name="The server is busy")).to_be_visible()
    expect(page.get_by_text("Two others are watching.")).to_be_visible()
    plays(page)


def test_a_file_that_is_replaced_while_it_plays_is_told_and_gone_on_with(
    open_film: OpenFilm, films: Path
) -> None:
    page = open_film("Replaced")
    plays(page)
    (films / "Replaced Tale (2005).mkv").write_bytes(fixture_file("h264_mkv").read_bytes())
    # What is read ahead may have told already; then there is no picture left to seek in.
    page.evaluate(
        "(to) => document.querySelectorAll('video').forEach((one) => { one.currentTime = to; })",
        SECONDS * 2.5,
    )
    changed = page.get_by_role("heading", name="The file has changed")
    expect(changed).to_be_visible()
    page.get_by_role("button", name="Load again").click()
    plays(page)
    page.wait_for_function(HEIGHT, arg=180)


def test_the_menus_are_worked_by_keyboard(open_film: OpenFilm) -> None:
    page = open_film("Remuxed")
    plays(page)
    page.mouse.move(300, 300)
    page.get_by_role("button", name="Settings").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Quality")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("menuitemradio", name="Auto")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("menuitem", name="Quality")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    expect(page.get_by_role("region", name="Stats for nerds")).to_contain_text("Repacked")
