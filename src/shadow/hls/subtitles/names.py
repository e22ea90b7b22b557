"""What the name of a subtitle file beside a film says: language, forced, for the deaf, title."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from shadow.kit.languages import known_language

FORCED: Final = frozenset({"forced", "foreign", "signs"})
SDH: Final = frozenset({"sdh", "cc", "hearing-impaired", "hearing_impaired"})
DEFAULT: Final = "default"
EITHER: Final = "hi"
"""Hindi, or hearing impaired."""
RIPPED: Final = re.compile(r"\d{1,3}_(.+)")
"""`2_English`: how some release groups name what lies in `Subs`."""


class NamedSubtitle(NamedTuple):
    """What a name says. `language` is a BCP 47 tag."""

    language: str | None
    title: str | None
    forced: bool
    sdh: bool
    default: bool


def said_by(words: Sequence[str]) -> NamedSubtitle:
    """Read the words between the film's name and the ending, such as `("de", "forced")`.

    `hi` is settled by counting: beside another language it means hearing impaired, alone it is
    Hindi, and a second one after that says that the Hindi text is for the hearing impaired.
    """
    said = [found[1] if (found := RIPPED.fullmatch(word)) else word for word in words]
    lower = [word.lower() for word in said]
    marks = FORCED | SDH | {DEFAULT, EITHER}
    spoken = [word for word in said if word.lower() not in marks and known_language(word)]
    either = lower.count(EITHER)
    language = known_language(spoken[-1]) if spoken else ("hi" if either else None)
    left = [word for word in said if word.lower() not in marks and word not in spoken[-1:]]
    title = "".join(one for one in " ".join(left) if one.isprintable()).strip()[:200]
    return NamedSubtitle(
        language=language,
        title=title or None,
        forced=bool(FORCED & set(lower)),
        sdh=bool(SDH & set(lower)) or either > (0 if spoken else 1),
        default=DEFAULT in lower,
    )


def said_by_name(name: str) -> NamedSubtitle:
    """Read a whole file name whose film is not known: only its last words are looked at."""
    first = re.split(r"[/\\]", name)[-1]
    words = [word for word in first.split(".")[:-1] if word][1:]
    tail: list[str] = []
    for word in reversed(words):
        mark = word.lower() in FORCED | SDH | {DEFAULT, EITHER}
        if not mark and known_language(word) is None:
            break
        tail.insert(0, word)
    return said_by(tail)
