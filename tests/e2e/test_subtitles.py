"""Subtitles, previews, chapters and what comes next, in a real Chromium against the real server."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import NAME, PASSWORD
from tests.support.browser import make_first_admin, open_context
from tests.support.hls_fixtures import AAC, PLAIN, fixture_file, picture, tone
from tests.support.media import ffmpeg_made, media_folder
from tests.support.pgs import pgs_stream
from tests.support.server import Server, running_server

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SECONDS = 40
INTRO = 15
"""Seconds of the film's first chapter, which is called so."""
EXACT = 0.1
"""Seconds of the film, before and after a line's beginning: a picture lasts 0.04."""


LINES = ((1.0, 3.0, "Good evening."), (4.5, 6.0, "Across the boundary"), (20.0, 30.0, "And on."))
ASS = """[Script Info]
ScriptType: v4.00+
PlayResX: 320
PlayResY: 180

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Alignment, MarginL, MarginR, MarginV
Style: Default,Arial,24,&H0000FFFF,0,2,10,10,10

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\i1}Guten{\\i0} Abend
"""
CHAPTERS = f""";FFMETADATA1
[CHAPTER]
TIMEBASE=1/1
START=0
END={INTRO}
title=Intro
[CHAPTER]
TIMEBASE=1/1
START={INTRO}
END={SECONDS}
title=The Story
"""

READY = "() => document.querySelector('video')?.readyState >= 3"
WATCH = """() => {
  const video = document.querySelector('video');
  window.seen = [];
  const look = () => {
    const shown = [...document.querySelectorAll('.subtitles .subtitle-cue')];
    const text = shown.map((cue) => cue.innerText).join('|');
    if (window.seen.at(-1)?.[1] !== text) window.seen.push([video.currentTime, text]);
    requestAnimationFrame(look);
  };
  look();
}"""
AT = """(seconds) => new Promise((resolve) => {
  const video = document.querySelector('video');
  video.pause();
  video.addEventListener('seeked', () => resolve(), { once: true });
  video.currentTime = seconds;
})"""
FONT_SIZE = "(cue) => parseFloat(getComputedStyle(cue).fontSize)"
NATIVE = """() => {
  const tracks = [...document.querySelector('video').textTracks];
  const shown = tracks.find((track) => track.mode === 'showing');
  return shown && [...shown.cues].map((one) => one.text);
}"""
# A canvas that a worker draws on can be read by drawing it on another one.
DRAWN = """() => {
  const drawn = document.querySelector('.subtitle-canvas');
  if (!drawn?.width) return 0;
  const copy = new OffscreenCanvas(drawn.width, drawn.height).getContext('2d');
  copy.drawImage(drawn, 0, 0);
  const { data } = copy.getImageData(0, 0, drawn.width, drawn.height);
  let points = 0;
  for (let at = 3; at < data.length; at += 4) points += data[at] > 128 ? 1 : 0;
  return points;
}"""


def film() -> Path:
    """A film with an intro that its chapters name."""
    names = media_folder() / "intro.txt"
    names.write_text(CHAPTERS)
    given = (*picture(seconds=SECONDS), *tone(SECONDS), "-i", str(names), "-map_chapters", "2")
    tongue = ("-metadata:s:a:0", "language=jpn")
    return ffmpeg_made("intro.mp4", *given, "-map", "0", "-map", "1", *PLAIN, *AAC, *tongue)


def srt(lines: tuple[tuple[float, float, str], ...] = LINES) -> str:
    def stamp(seconds: float) -> str:
        return f"00:00:{int(seconds):02d},{round(seconds % 1 * 1000):03d}"

    return "\n".join(
        f"{number}\n{stamp(start)} --> {stamp(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(lines, 1)
    )


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with subtitles beside it, one with subtitles inside, and two episodes."""
    library = tmp_path_factory.mktemp("worded")
    made = film().read_bytes()
    (library / "Worded Tale (2005).mp4").write_bytes(made)
    (library / "Worded Tale (2005).en.srt").write_text(srt())
    (library / "Worded Tale (2005).de.ass").write_text(ASS)
    (library / "Worded Tale (2005).ja.sup").write_bytes(pgs_stream([(1.0, 3.0), (20.0, 30.0)]))
    (library / "Packed Tale (2006).mkv").write_bytes(fixture_file("text_subs_mkv").read_bytes())
    season = library / "Short Show" / "Season 01"
    season.mkdir(parents=True)
    for number in (1, 2):
        (season / f"Short Show - S01E0{number}.mp4").write_bytes(made)
        for language in ("de", "fr"):
            (season / f"Short Show - S01E0{number}.{language}.srt").write_text(srt())
    return library


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("worded-server") / "data"
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
def files(cinema: Server, ticket: Any) -> dict[str, dict[str, Any]]:
    """The files by their names, once all background work on them is through."""
    cookies = {cookie["name"]: cookie["value"] for cookie in ticket["cookies"]}
    deadline = time.monotonic() + 400
    with httpx.Client(base_url=cinema.url, timeout=60, cookies=cookies) as client:
        while time.monotonic() < deadline:
            jobs = client.get("/api/jobs").raise_for_status().json()["items"]
            held = client.get("/api/library/media-files").raise_for_status().json()["items"]
            # The work of a scan starts more when it ends.
            through = {"scan", "previews"} <= {job["kind"] for job in jobs}
            if len(held) == 4 and through and all(job["state"] == "done" for job in jobs):
                return {Path(one["path"]).stem: one for one in held}
            time.sleep(0.2)
    pytest.fail("the films were not scanned")


OpenFilm = Callable[..., Page]


@pytest.fixture
def open_film(
    browser: Browser, cinema: Server, ticket: Any, files: dict[str, dict[str, Any]]
) -> Iterator[OpenFilm]:
    """Open the player on a file by its name; errors of the page fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(name: str, *, bypass_csp: bool = False) -> Page:
        context = open_context(browser, cinema.url, storage_state=ticket, bypass_csp=bypass_csp)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"/watch/{files[name]['id']}?start=1")
        page.wait_for_function(READY)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def subtitle_menu(page: Page) -> None:
    """Open the page of the settings that is about subtitles."""
    page.mouse.move(200, 300)
    page.mouse.move(220, 320)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitem", name="Subtitles").click()


def choose(page: Page, name: str) -> None:
    subtitle_menu(page)
    page.get_by_role("menuitemradio", name=name).click()
    while page.get_by_role("menu").count():
        page.keyboard.press("Escape")


def cue(page: Page) -> Any:
    return page.locator(".subtitles .subtitle-cue")


@pytest.mark.parametrize(
    ("name", "second"),
    [("Worded Tale (2005)", 4.5), ("Packed Tale (2006)", 5.5)],
    ids=["beside a file played as it is", "inside a file sent in segments"],
)
def test_text_comes_and_goes_at_its_time(open_film: OpenFilm, name: str, second: float) -> None:
    page = open_film(name)
    choose(page, "English")
    for moment, text in ((1.0, "Good evening."), (second, "Across the boundary")):
        page.evaluate(AT, moment - EXACT)
        expect(cue(page)).to_have_count(0)
        page.evaluate(AT, moment + EXACT)
        expect(cue(page)).to_have_text(text)
    page.evaluate(AT, 3.0 - EXACT)
    expect(cue(page)).to_have_text("Good evening.")
    page.evaluate(AT, 3.0 + EXACT)
    expect(cue(page)).to_have_count(0)


def test_lines_follow_each_other_while_it_plays(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, "English")
    page.evaluate(AT, 0)
    page.evaluate(WATCH)
    page.evaluate("() => document.querySelector('video').play()")
    expect(cue(page)).to_have_text("Across the boundary")
    seen = page.evaluate("() => window.seen")
    assert [text for _, text in seen] == ["", "Good evening.", "", "Across the boundary"]
    # Never before its time; how soon after is up to how busy the machine is.
    for (moment, text), start in zip(seen[1:], (1, 3, 4.5), strict=True):
        assert moment >= start, text


def test_a_seek_shows_the_line_of_the_place_and_timing_can_be_shifted(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, "English")
    page.evaluate(AT, 25)
    expect(cue(page)).to_have_text("And on.")
    page.evaluate(AT, 2.95)
    expect(cue(page)).to_have_text("Good evening.")
    page.keyboard.press("g")
    expect(cue(page)).to_have_count(0)
    page.keyboard.press("h")
    expect(cue(page)).to_have_text("Good evening.")


def test_the_key_c_switches_subtitles_off_and_on(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    page.evaluate(AT, 2)
    expect(cue(page)).to_have_count(0)
    page.keyboard.press("c")
    expect(cue(page)).to_have_text("Good evening.")
    page.keyboard.press("c")
    expect(cue(page)).to_have_count(0)


def test_the_browser_gets_the_text_where_the_page_cannot_draw(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, "English")
    page.evaluate(AT, 2)
    expect(cue(page)).to_be_visible()
    video = page.locator("video")
    video.dispatch_event("webkitbeginfullscreen")
    assert page.wait_for_function(NATIVE).json_value() == [text for *_, text in LINES]
    video.dispatch_event("webkitendfullscreen")
    page.wait_for_function(f"() => !({NATIVE})()")


def test_the_look_is_changed_before_ones_eyes_and_kept(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, "English")
    page.evaluate(AT, 2)
    expect(cue(page)).to_be_visible()
    before = cue(page).first.evaluate(FONT_SIZE)
    subtitle_menu(page)
    page.get_by_role("menuitem", name="Look and timing").click()
    page.get_by_label("Size").fill("150")
    page.get_by_role("radio", name="Yellow").press("Space")
    assert cue(page).first.evaluate(FONT_SIZE) == pytest.approx(before * 1.5, rel=0.01)
    expect(cue(page).first).to_have_css("color", "rgb(255, 228, 92)")
    page.reload()
    page.wait_for_function(READY)
    page.evaluate(AT, 2)
    expect(cue(page)).to_have_css("color", "rgb(255, 228, 92)")


@pytest.mark.parametrize("name", ["German", "Japanese"], ids=["styles of ASS", "pictures of PGS"])
def test_styles_and_pictures_are_drawn_over_the_film(open_film: OpenFilm, name: str) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, name)
    page.evaluate(AT, 2)
    page.wait_for_function(f"() => ({DRAWN})() > 100")
    expect(cue(page)).to_have_count(0)
    page.evaluate(AT, 10)
    page.wait_for_function(f"() => ({DRAWN})() === 0")


def test_styled_subtitles_can_be_had_as_plain_text(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    choose(page, "German")
    page.evaluate(AT, 2)
    subtitle_menu(page)
    page.get_by_role("menuitem", name="Look and timing").click()
    page.get_by_role("switch", name="Plain text for styled subtitles").click()
    expect(cue(page)).to_have_text("Guten Abend")


def test_a_file_of_ones_own_can_be_added_while_it_plays(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    page.evaluate(AT, 2)
    subtitle_menu(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Add a file").click()
    own = srt(((1.0, 3.0, "Buonasera."),)).encode()
    chooser.value.set_files({"name": "own.it.srt", "mimeType": "text/plain", "buffer": own})
    expect(cue(page)).to_have_text("Buonasera.")
    subtitle_menu(page)
    expect(page.get_by_role("menuitemradio", name="Italian")).to_be_checked()


def test_the_intro_is_skipped_by_button_and_by_key(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    page.get_by_role("button", name="Skip intro").click()
    page.wait_for_function(f"() => document.querySelector('video').currentTime >= {INTRO - 0.1}")
    expect(page.get_by_role("button", name="Skip intro")).to_have_count(0)
    page.evaluate(AT, 2)
    expect(page.get_by_role("button", name="Skip intro")).to_be_visible()
    page.keyboard.press("s")
    page.wait_for_function(f"() => document.querySelector('video').currentTime >= {INTRO - 0.1}")


def test_the_bar_shows_pictures_and_chapters_of_the_place_pointed_at(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)")
    page.mouse.move(200, 300)
    bar = page.locator("media-time-range").bounding_box()
    assert bar
    page.mouse.move(bar["x"] + bar["width"] * 0.75, bar["y"] + bar["height"] / 2)
    picture_shown = """() => {
      const image = document.querySelector('media-preview-thumbnail')?.shadowRoot
        .querySelector('img');
      return image?.naturalWidth > 0 && image.getBoundingClientRect().width > 0;
    }"""
    page.wait_for_function(picture_shown)
    chapter = page.locator(".player-preview media-preview-chapter-display")
    expect(chapter).to_have_text("The Story")


def test_the_next_episode_keeps_the_language(open_film: OpenFilm, files: Any) -> None:
    page = open_film("Short Show - S01E01")
    choose(page, "French")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(files["Short Show - S01E02"]["id"]))
    page.wait_for_function(READY)
    page.evaluate(AT, 2)
    expect(cue(page)).to_have_text("Good evening.")
    subtitle_menu(page)
    expect(page.get_by_role("menuitemradio", name="French")).to_be_checked()


def test_the_next_episode_starts_by_itself_unless_that_is_called_off(
    open_film: OpenFilm, files: Any
) -> None:
    page = open_film("Short Show - S01E01")
    page.evaluate(AT, SECONDS - 0.5)
    page.evaluate("() => document.querySelector('video').play()")
    card = page.get_by_role("region", name="Next episode")
    expect(card).to_contain_text("in 10 s")
    card.get_by_role("button", name="Stay here").click()
    expect(card).to_have_count(0)
    expect(page.get_by_role("button", name="Watch again")).to_be_visible()
    page.reload()
    page.wait_for_function(READY)
    page.evaluate(AT, SECONDS - 0.5)
    page.evaluate("() => document.querySelector('video').play()")
    page.wait_for_url(re.compile(files["Short Show - S01E02"]["id"]))


def serious_faults(page: Page) -> list[str]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_the_panels_of_subtitles_are_accessible(open_film: OpenFilm) -> None:
    page = open_film("Worded Tale (2005)", bypass_csp=True)
    page.evaluate(AT, 2)
    for item in ("Look and timing", "Find online"):
        subtitle_menu(page)
        page.get_by_role("menuitem", name=item).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert serious_faults(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "word"), [("Worded Tale (2005)", "Direct"), ("Packed Tale (2006)", "Repacked")]
)
def test_the_page_of_a_title_says_how_it_plays_here_and_why(
    open_film: OpenFilm, files: Any, name: str, word: str
) -> None:
    page = open_film(name, bypass_csp=True)
    page.goto(f"/title/{files[name]['title_id']}")
    line = page.locator("summary:visible", has_text="Plays here")
    expect(line.first).to_contain_text(word)
    line.first.click()
    if word == "Repacked":
        expect(page.get_by_text("cannot open Matroska").first).to_be_visible()
    page.get_by_text("Technical details").click()
    listed = page.get_by_role("region", name="Subtitles")
    expect(listed.get_by_text("English").first).to_be_visible()
    assert serious_faults(page) == []
