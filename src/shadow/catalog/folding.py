"""Reduce names to what people mean by them: for comparing, for sorting and for search.

One folding for everything, done here and not by the databases, so that SQLite and PostgreSQL
find and order alike.
"""

import unicodedata
from typing import Final

import regex

MAX_WORDS: Final = 64
MAX_WORD: Final = 40
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | {"&": " and ", "＆": " and "}
)
# Accents of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic: what people
# leave out when they type. Marks of other scripts are letters in their own right.
_ACCENTS: Final = regex.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u0591-\u05c7\u064b-\u0652\u0640]"
)
_APOSTROPHES: Final = regex.compile("(?<=\\w)['’‘ʼ`´](?=\\w)")
_ACRONYM: Final = regex.compile(r"(?<![\p{L}\p{N}])(?:\p{L}\.){2,}\p{L}?(?![\p{L}\p{N}])")
_GAPS: Final = regex.compile(r"[^\p{L}\p{N}\p{M}]+")
# Scripts written without spaces between words.
_UNSPACED: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー々〆"
)
_RUNS: Final = regex.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED: Final = regex.compile(f"[{_UNSPACED}]")
_ARTICLE: Final = regex.compile(r"^(?:the|an|a) (?=.)")


def fold(text: str) -> str:
    """Return the words of a text in lower case without accents, one space between them.

    “Amélie & Co.” gives `amelie and co`; a text of nothing but punctuation gives the empty string.
    """
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKC", _ACCENTS.sub("", text)).casefold()
    text = _APOSTROPHES.sub("", text.translate(_LETTERS))
    if "." in text:
        text = _ACRONYM.sub(lambda found: found[0].replace(".", ""), text)
    return _GAPS.sub(" ", text).strip()


def name_key(title: str) -> str:
    """Return what two spellings of one title have in common: folded, without spaces.

    Never empty and never longer than 380 characters. A title of punctuation only keeps it.
    """
    key = fold(title).replace(" ", "") or title.strip().casefold() or "?"
    return clean(key)[:380]


def sort_title(title: str) -> str:
    """Return the key a title sorts by: folded, without a leading English article."""
    return (_ARTICLE.sub("", fold(title)) or clean(title.casefold()))[:400]


def words(text: str) -> list[str]:
    """Return the distinct words to find a text by, at most 64.

    Runs of a script that writes no spaces become overlapping pairs, so that any part of the run
    can be found: `東京物語` gives `東京 京物 物語 語`.
    """
    found: dict[str, None] = {}
    for word in fold(text[:4000]).split():
        pieces = _RUNS.findall(word) if _IS_UNSPACED.search(word) else [word]
        for piece in pieces:
            if _IS_UNSPACED.match(piece):
                found.update(dict.fromkeys(pairs(piece)))
            else:
                found[piece[:MAX_WORD]] = None
        if len(found) >= MAX_WORDS:
            break
    return list(found)[:MAX_WORDS]


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of characters of a run, and its last character alone."""
    return [run[at : at + 2] for at in range(len(run))]


def clean(text: str) -> str:
    """Return a text that any database takes: no NUL, no lone surrogate."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def is_unspaced(word: str) -> bool:
    """Tell whether a word of `words` is of a script that writes no spaces."""
    return _IS_UNSPACED.match(word) is not None
