"""How many names of the corpus are understood as a person reads them."""

from collections import defaultdict

import pytest
from tests.kit.naming.names import Answer, Case, cases, wrong

from shadow.kit.naming import understand

LEAST = {
    "series": 0.92,
    "daily": 0.92,
    "films": 0.94,
    "anime": 0.92,
    "packs": 0.88,
    "home": 0.92,
    "extras": 0.88,
    "books": 0.90,
    "audio": 0.90,
}
"""The least share of right names in a category, tuned and held-out ones alike."""


def answer(case: Case) -> Answer:
    parsed = understand(case.name, folders=case.folders)
    return Answer(
        title=parsed.title,
        year=parsed.year,
        seasons=parsed.seasons,
        episodes=parsed.episodes,
        day=parsed.date.isoformat() if parsed.date else None,
        kind=parsed.kind,
        part=parsed.part,
    )


@pytest.mark.parametrize("category", LEAST)
@pytest.mark.parametrize("held_out", [False, True], ids=["tuned", "held-out"])
def test_names_are_understood_as_a_person_reads_them(category: str, held_out: bool) -> None:
    chosen = [case for case in cases() if case.category == category and case.held_out == held_out]
    misses = [(case, faults) for case in chosen if (faults := wrong(case, answer(case)))]

    share = 1 - len(misses) / len(chosen)
    listed = "\n".join(
        f"  {'/'.join([*case.folders, case.name])}: {', '.join(faults)}" for case, faults in misses
    )
    assert share >= LEAST[category], f"{share:.1%} of {len(chosen)}\n{listed}"


def test_the_whole_corpus_stays_above_the_promised_share() -> None:
    every = list(cases())
    right = sum(not wrong(case, answer(case)) for case in every)

    assert len(every) >= 600
    assert right / len(every) >= 0.94


def test_no_film_of_the_corpus_is_filed_as_a_series() -> None:
    filed = [
        case.name
        for case in cases()
        if case.kind == "movie" and case.category == "films" and answer(case).kind == "episode"
    ]

    assert filed == []


def test_the_kind_of_a_name_is_right_wherever_its_facts_are() -> None:
    faults = defaultdict(list)
    for case in cases():
        got = answer(case)
        if not wrong(case, got) and case.kind not in {"any", got.kind}:
            faults[case.category].append((case.name, got.kind))

    assert dict(faults) == {}


def test_the_corpus_asks_nothing_twice() -> None:
    paths = ["/".join([*case.folders, case.name]) for case in cases()]

    assert len(paths) == len(set(paths))
