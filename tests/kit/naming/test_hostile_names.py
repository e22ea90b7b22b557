"""No name may raise, take long, or claim without bound."""

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.kit.naming import ParsedName, understand
from shadow.kit.naming.text import LONGEST, clean

ATTACKS = [
    "Show S01E0001-E9999",
    "Show 1x01-9999",
    "S01E01 " * 200,
    "1080p." * 300,
    " " * 5000,
    "Season 1-9999 Show",
    "[" * 400,
    "[(" * 200,
    "(a)" * 100,
    "- 1 " * 100,
    "e1" * 200,
    "1+1+" * 100,
    "01-02-" * 60,
    "2019 " * 80,
    "french " * 60,
    "www.a-" * 60,
    "第1話" * 100,
    "İ" * 300,
    "9" * 5000,
    "." * 300,
]
STEPS = 20_000  # lines of our code one name may run; the worst of the table needs about a third

WORDS = """
S01E02|1x02|Season 2|2019|(2019)|[Grp]|1080p|x264|- 05|Title|第3話|季|/|[|]|(|)|{|}|.|_| |-|01|E|
FRENCH|sample|-trailer|cd1|{tmdb-603}|[A1B2C3D4]|~|&|#5|of|www.x.com|★|Extended|İ|ß|.mkv|.cbz|.mp3|
tt0133093|v2|20190812|𝕊|1-9999|E9999
"""
ODD = ["\udcff", "\ud800", "\u202e", "\u200f", "\n", "\t", "\x00"]
pieces = st.sampled_from(WORDS.replace("\n", "").split("|") + ODD)
names = st.one_of(st.text(max_size=400), st.lists(pieces, max_size=40).map("".join))


def sound(parsed: ParsedName) -> None:
    """Assert what every answer promises."""
    assert parsed.title.strip()
    assert len(parsed.name) <= LONGEST
    assert max(len(parsed.episodes), len(parsed.absolute), len(parsed.seasons)) <= 200
    for text in (parsed.name, parsed.title, parsed.group or "", parsed.edition or ""):
        text.encode("utf-8")
        assert "\n" not in text
    assert 0 <= parsed.confidence <= 1


def steps_of(name: str, folders: list[str]) -> int:
    """Count the lines of our own code that one call runs: its work, without a clock."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal count
        if "naming" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        understand(name, folders=folders)
    finally:
        sys.settrace(None)
    return count


@settings(max_examples=400, deadline=None)
@given(name=names, folders=st.lists(names, max_size=8))
def test_any_name_in_any_folders_is_answered_soundly_and_always_alike(
    name: str, folders: list[str]
) -> None:
    parsed = understand(name, folders=folders)

    sound(parsed)
    assert parsed == understand(name, folders=folders)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: text[:20].strip() or "spaces")
@pytest.mark.parametrize("ending", ["", ".mkv", " [1080p].mkv", ".cbz", ".mp3"])
def test_an_attack_is_answered_within_a_bounded_number_of_steps(attack: str, ending: str) -> None:
    for name in (attack + ending, "[x] " + attack + ending):
        sound(understand(name, folders=[attack, "Season 1"]))
        assert steps_of(name, [attack, attack + "2"]) <= STEPS


def test_a_longer_name_costs_nothing_once_the_cap_is_reached() -> None:
    assert clean("ab " * 100_000) == clean("ab " * 1000)
    assert steps_of("1080p." * 10_000, []) == steps_of("1080p." * 50, [])


def test_a_claimed_range_ends_at_two_hundred() -> None:
    parsed = understand("Show S01E0001-E9999")

    assert (parsed.title, parsed.season, parsed.episodes) == ("Show", 1, tuple(range(1, 201)))
    assert len(understand("Season 1-9999 Show").seasons) <= 200


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (b"Caf\xe9 (2009).mkv".decode("utf-8", "surrogateescape"), "Café"),
        ("Film\nName (2009).mkv", "Film Name"),
        ("\u202eFilm\u200f (2009).mkv", "Film"),
        ("-Film (2009).mkv", "Film"),
        ("Ｆｉｌｍ　（２００９）.mkv", "Film"),
        ("F" * 250 + ".mkv", "F" * 250),
        ("\ud800Film.mkv", "\ufffdFilm"),
    ],
)
def test_an_odd_name_still_gives_a_title(name: str, title: str) -> None:
    assert understand(name).title == title


@pytest.mark.parametrize("name", ["", " ", ".", "..", "...", ".mkv", "[]", "()", "-", "_", "\x00"])
def test_a_name_of_nothing_still_gives_a_title(name: str) -> None:
    sound(understand(name))
    sound(understand(name, folders=[name]))
