"""Which words of a file name are languages."""

import pytest

from shadow.kit.languages import known_language, language_tag


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("en", "en"),
        ("eng", "en"),
        ("GER", "de"),
        ("German", "de"),
        ("pt-BR", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("zh-Hant", "zh-Hant"),
        ("es-419", "es-419"),
        ("yue", "yue"),
        ("日本語", "ja"),
        ("fil", "fil"),
    ],
)
def test_codes_and_names_of_languages_become_tags(word: str, tag: str) -> None:
    assert known_language(word) == tag


@pytest.mark.parametrize("word", ["Cut", "cd", "the", "1080p", "und", "en-forced", "", "en-a-b"])
def test_other_short_words_are_no_languages(word: str) -> None:
    assert known_language(word) is None


def test_a_container_is_believed_more_than_a_file_name() -> None:
    assert (language_tag("qqq"), known_language("qqq")) == ("qqq", None)
