from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.chapter_names import NAMES, Stretch, folded, kind_of, stretches

EPISODE, FILM = 1440.0, 7200.0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("intro", ["Opening", "OP", "op 2", "NCOP", "01. Intro", "Chapter 2: Main Titles"]),
        ("intro", ["Opening - A Song of Somebody", "OP: Gurenge", "[OP]", "Intro (new)"]),
        ("intro", ["Vorspann", "Kapitel 1: Vorspann", "Générique de début", "Sigla"]),
        ("intro", ["Créditos iniciales", "Abertura", "Заставка", "Опенинг", "Опенінг", "Czołówka"]),
        ("intro", ["オープニング", "片头", "片頭", "오프닝", "Τίτλοι αρχής", "פתיח", "المقدمة"]),
        ("recap", ["Recap", "PREVIOUSLY ON", "Was bisher geschah", "Rückblick", "Précédemment"]),
        ("recap", ["Resumen", "Nelle puntate precedenti", "Предыдущие серии", "あらすじ"]),
        ("recap", ["前情提要", "지난 이야기", "W poprzednim odcinku", "Önceki Bölümde"]),
        ("credits", ["End Credits", "Credits", "ED", "Ending", "Outro", "Chapter 24 - Credits"]),
        ("credits", ["Abspann", "Générique de fin", "Générique", "Titoli di coda", "Aftiteling"]),
        ("credits", ["Eftertexter", "Napisy końcowe", "Титры", "Эндинг", "エンディング", "片尾"]),
        ("credits", ["엔딩 크레딧", "Τίτλοι τέλους", "Kapanış Jeneriği", "Stáblista"]),
        ("preview", ["Preview", "Next Episode", "NEXT TIME ON", "Vorschau", "Anteprima"]),
        (
            "preview",
            ["次回予告", "予告", "下集预告", "다음 화 예고", "В следующей серии", "Zapowiedź"],
        ),
        (None, ["Chapter 1", "The End", "Part A", "Prologue", "", "12", "The Opening of the Door"]),
        (None, ["Credit Card", "Kapitel 3", "第1話", "A Preview of Things", "Next of Kin", "---"]),
    ],
)
def test_a_chapter_is_understood_in_its_language(kind: str | None, names: list[str]) -> None:
    early = kind in {"intro", "recap"}
    found = {name: kind_of(name, early=early) for name in names}
    assert found == dict.fromkeys(names, kind)


def test_a_name_that_stands_at_both_ends_is_told_by_its_place() -> None:
    for name in ("Générique", "Credits", "主題歌"):
        assert kind_of(name, early=True) == "intro"
        assert kind_of(name, early=False) == "credits"


def test_no_name_stands_for_two_things() -> None:
    kinds = [{folded(name) for name in text.split("|")} for text in NAMES.values()]
    assert "" not in set().union(*kinds)
    assert len(set().union(*kinds)) == sum(map(len, kinds))


def chapters(*parts: tuple[str | None, float, float]) -> list[dict[str, Any]]:
    return [{"title": title, "start": start, "end": end} for title, start, end in parts]


def test_an_episode_tells_all_four() -> None:
    found = stretches(
        chapters(
            ("Recap", 0, 60), ("Opening", 60, 150), ("Part A", 150, 700), ("Part B", 700, 1290),
            ("Ending", 1290, 1380), ("Next Episode", 1380, 1440),
        ),
        EPISODE,
    )  # fmt: skip
    assert found == (
        Stretch("recap", 0, 60),
        Stretch("intro", 60, 150),
        Stretch("credits", 1290, 1380),
        Stretch("preview", 1380, 1440),
    )


def test_parts_that_adjoin_are_one_and_the_nearer_end_wins() -> None:
    found = stretches(
        chapters(
            ("OP", 10, 50), ("OP 2", 51, 100), ("Opening", 400, 490),
            ("Credits", 800, 900), ("End Credits", 1300, 1440),
        ),
        EPISODE,
    )  # fmt: skip
    assert found == (Stretch("intro", 10, 100), Stretch("credits", 1300, 1440))


@pytest.mark.parametrize(
    "chapter",
    [
        ("Opening", 0.0, 3.0),  # a logo
        ("Intro", 0.0, 600.0),  # the first act of a film
        ("Opening", 5000.0, 5090.0),  # in the second half
        ("End Credits", 100.0, 200.0),  # in the first
        ("Ending", 4000.0, 6900.0),  # the last act
        ("Preview", 7300.0, 7400.0),  # past the end
        ("Opening", 60.0, 60.0),
        ("Opening", 90.0, 60.0),
    ],
)
def test_what_is_too_long_too_short_or_in_the_wrong_place_is_left_out(
    chapter: tuple[str, float, float],
) -> None:
    assert stretches(chapters(chapter), FILM) == ()


def test_a_chapter_that_runs_past_the_end_is_cut_there() -> None:
    assert stretches(chapters(("Credits", 7000, 9000)), FILM) == (Stretch("credits", 7000, 7200),)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "title": st.none() | st.sampled_from(["OP", "ED", "Recap", "予告"]) | st.text(),
                "start": st.floats(0, 1e5),
                "end": st.floats(0, 1e5),
            }
        ),
        max_size=12,
    ),
    st.floats(0, 1e5),
)
def test_any_chapters_give_sane_stretches_in_order(
    listed: list[dict[str, Any]], duration: float
) -> None:
    found = stretches(listed, duration)
    assert len({one.kind for one in found}) == len(found)
    assert [one.start for one in found] == sorted(one.start for one in found)
    assert all(0 <= one.start < one.end <= duration for one in found)
