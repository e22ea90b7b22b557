"""Which entry of a provider is taken for a title, which is shown to a person, which is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.catalog.matching import KnownFacts, choose, name_likeness, score, with_details
from shadow.catalog.ports import Candidate, TitlePatch


def film(title: str, year: int | None = None, **more: Any) -> KnownFacts:
    return KnownFacts("movie", title, year=year, **more)


def show(title: str, episodes: dict[int, int] | None = None, **more: Any) -> KnownFacts:
    return KnownFacts("show", title, episodes=episodes or {}, **more)


def entry(title: str, year: int | None = None, number: int = 1, **more: Any) -> Candidate:
    return Candidate("tmdb", str(number), more.pop("kind", "movie"), title, year=year, **more)


SAME = [
    (film("The Matrix", 1999), entry("The Matrix", 1999)),
    (film("Matrix", 1999), entry("The Matrix", 1999)),
    (film("the matrix"), entry("The Matrix", 1999)),
    (film("Amelie", 2001), entry("Amélie", 2001)),
    (film("Spiderman", 2002), entry("Spider-Man", 2002)),
    (film("Dr Strangelove", 1964), entry("Dr. Strangelove or: How I Learned", 1964)),
    (film("Mission Impossible Fallout", 2018), entry("Mission: Impossible - Fallout", 2018)),
    (film("Star Wars IV A New Hope", 1977), entry("Star Wars: IV - A New Hope", 1977)),
    (film("Rocky II", 1979), entry("Rocky 2", 1979)),
    (film("Seven Samurai", 1954), entry("七人の侍", 1954, alternative_titles=("Seven Samurai",))),
    (film("Sen to Ch", 2001), entry("Spirited Away", 2001, alternative_titles=("Sen to Ch",))),
    (film("Das Boot", 1982), entry("Das Boot", 1981)),
    (film("Das Bot", 1981), entry("Das Boot", 1981)),
    (film("Léon", 1994), entry("Léon: The Professional", 1994)),
    (film("Fast & Furious", 2009), entry("Fast and Furious", 2009)),
    (film("Solo", 2018, runtime_minutes=134), entry("Solo", 2018, runtime_minutes=135)),
    (show("Breaking Bad", {1: 7}), entry("Breaking Bad", 2008, kind="show", season_sizes={1: 7})),
    (show("The Office (US)"), entry("The Office", 2005, kind="show")),
    (show("One Piece", {1: 900}), entry("One Piece", kind="show", season_sizes={1: 61, 2: 900})),
]  # fmt: skip


@pytest.mark.parametrize(("known", "candidate"), SAME)
def test_the_same_title_is_taken(known: KnownFacts, candidate: Candidate) -> None:
    choice = choose(known, [candidate])
    assert choice.outcome == "matched", choice
    assert choice.reason is None


UNSURE = [
    (film("Alien"), entry("Alien: Romulus", 2024)),
    (film("Solaris", 2002), entry("Solaris", 1972)),
    (film("Dune", 1990), entry("Dune", 1984)),
    (film("Solo", 2018, runtime_minutes=20), entry("Solo", None, runtime_minutes=135)),
    (show("Galactica", {5: 3}), entry("Galactica", kind="show", season_sizes={1: 9})),
]  # fmt: skip


@pytest.mark.parametrize(("known", "candidate"), UNSURE)
def test_what_is_not_sure_is_left_to_a_person(known: KnownFacts, candidate: Candidate) -> None:
    choice = choose(known, [candidate])
    assert choice.outcome in {"doubtful", "unmatched"}, choice
    assert choice.reason


OTHER = [
    (film("Rocky", 1976), entry("Rocky II", 1979)),
    (film("Alien", 1979), entry("Aliens", 1986)),
    (film("Holiday in Spain 2019", 2019), entry("The Holiday", 2006)),
    (film("IMG 4031"), entry("Image", 1999)),
    (film("Matrix", 1999), entry("Up", 2009)),
    (film("x", None), entry("Avatar", 2009)),
]


@pytest.mark.parametrize(("known", "candidate"), OTHER)
def test_another_title_is_not_taken(known: KnownFacts, candidate: Candidate) -> None:
    assert choose(known, [candidate]).outcome == "unmatched"


def test_an_empty_search_is_unmatched_and_says_for_which_name() -> None:
    choice = choose(film("Holiday video"), [])
    assert (choice.outcome, choice.best) == ("unmatched", None)
    assert "Holiday video" in str(choice.reason)


def test_two_entries_of_one_name_are_told_apart_by_year_length_or_seasons_only() -> None:
    both = [entry("Dune", 1984, 1, popularity=5.0), entry("Dune", 2021, 2, popularity=90.0)]
    unsure = choose(film("Dune"), both)
    assert unsure.outcome == "doubtful"
    assert "1984" in str(unsure.reason)
    assert "2021" in str(unsure.reason)
    by_year = choose(film("Dune", 1984), both)
    assert (by_year.outcome, by_year.best and by_year.best.candidate.id) == ("matched", "1")
    long = [
        entry("Dune", 1984, 1, runtime_minutes=137),
        entry("Dune", 2021, 2, runtime_minutes=155),
    ]
    by_length = choose(film("Dune", runtime_minutes=156), long)
    assert (by_length.outcome, by_length.best and by_length.best.candidate.id) == ("matched", "2")
    shows = [
        entry("Galactica", 1978, 1, kind="show", season_sizes={1: 24}),
        entry("Galactica", 2004, 2, kind="show", season_sizes={1: 13, 2: 20, 3: 20, 4: 21}),
    ]
    by_seasons = choose(show("Galactica", {1: 13, 4: 20}), shows)
    assert (by_seasons.outcome, by_seasons.best and by_seasons.best.candidate.id) == (
        "matched",
        "2",
    )


def test_the_remake_of_another_year_does_not_win_by_popularity() -> None:
    both = [entry("Solaris", 2002, 1, popularity=99.0), entry("Solaris", 1972, 2)]
    choice = choose(film("Solaris", 1972), both)
    assert (choice.outcome, choice.best and choice.best.candidate.id) == ("matched", "2")


def test_a_stated_number_wins_over_every_name() -> None:
    stated = entry("Something else entirely", 1950, 7, by_id=True)
    choice = choose(film("The Matrix", 1999), [entry("The Matrix", 1999), stated])
    assert (choice.outcome, choice.best and choice.best.candidate.id) == ("matched", "7")


def test_a_film_is_never_taken_for_a_show() -> None:
    assert choose(show("Fargo"), [entry("Fargo", 1996)]).outcome == "unmatched"


def test_details_settle_what_the_search_left_open() -> None:
    known = film("Nausicaa", 1984, runtime_minutes=117)
    found = entry("風の谷のナウシカ", 1984)
    assert choose(known, [found]).outcome == "unmatched"
    detailed = with_details(
        found,
        TitlePatch(
            title="Nausicaä of the Valley of the Wind",
            alternative_titles=("Nausicaä",),
            runtime_minutes=117,
        ),
    )
    assert choose(known, [detailed]).outcome == "matched"


def test_the_reasons_say_what_speaks_against_an_entry() -> None:
    known = film("Solo", 2018, runtime_minutes=20)
    reasons = " ".join(score(known, entry("Solo", 2016, runtime_minutes=135)).reasons)
    assert "2016" in reasons
    assert "135 minutes" in reasons
    absent = score(show("Lost", {9: 1}), entry("Lost", kind="show", season_sizes={1: 25}))
    assert "no season 9" in " ".join(absent.reasons)


@given(ours=st.text(max_size=60), theirs=st.text(max_size=60), year=st.integers(1, 9999))
def test_any_names_give_a_confidence_between_0_and_1(ours: str, theirs: str, year: int) -> None:
    assert 0 <= score(film(ours, year), entry(theirs, 2000)).confidence <= 1
    assert name_likeness([ours], [theirs]) == pytest.approx(name_likeness([theirs], [ours]))


def test_a_very_long_name_takes_no_long_time() -> None:
    long = "a b:" * 5_000
    assert score(film(long), entry(long)).confidence >= 0
