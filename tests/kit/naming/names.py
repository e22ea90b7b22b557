"""Read the corpus of names and judge what was understood of one."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
_TRAILING_YEAR = re.compile(r"[\s(\[]*(?:19|20)\d\d[)\]]*\s*$")


@dataclass(frozen=True)
class Case:
    """One path of the corpus and what a person reads in it."""

    category: str
    folders: tuple[str, ...]
    name: str
    title: str
    year: int | None
    seasons: tuple[int, ...]
    episodes: tuple[int, ...]
    day: str | None
    part: int | None
    kind: str

    @property
    def held_out(self) -> bool:
        """Half of the corpus, chosen by checksum, was not looked at while the rules were made."""
        return zlib.crc32("/".join([*self.folders, self.name]).encode()) % 2 == 1


@dataclass(frozen=True)
class Answer:
    """What some parser understood, in the corpus's terms."""

    title: str
    year: int | None
    seasons: Sequence[int]
    episodes: Sequence[int]
    day: str | None
    kind: str | None = None
    part: int | None = None


def cases() -> Iterator[Case]:
    """Give every case of the corpus."""
    for file in sorted(CORPUS.glob("*.tsv")):
        category = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                category = line[3:]
            elif line and not line.startswith("# "):
                yield _case(category, line)


def _case(category: str, line: str) -> Case:
    path, title, *rest = line.split("\t")
    facts = {fact[0]: fact[1:].lstrip("=") for fact in (rest[0].split() if rest else [])}
    *folders, name = path.rstrip("/").split("/") if " / " not in path else [path]
    numbered = "s" in facts or "e" in facts or "d" in facts
    return Case(
        category=category,
        folders=tuple(folders),
        name=name,
        title=title,
        year=int(facts["y"]) if "y" in facts else None,
        seasons=_numbers(facts.get("s")),
        episodes=_numbers(facts.get("e")),
        day=facts.get("d"),
        part=int(facts["p"]) if "p" in facts else None,
        kind=facts.get("k") or ("episode" if numbered else "movie"),
    )


def _numbers(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    first, dash, last = text.partition("-")
    return tuple(range(int(first), int(last) + 1)) if dash else tuple(map(int, text.split(",")))


def folded(title: str) -> str:
    """Return the form in which titles are compared."""
    title = unicodedata.normalize("NFKC", title).casefold()
    title = _TRAILING_YEAR.sub("", title) or title
    return "".join(letter for letter in title if letter.isalnum())


def wrong(case: Case, answer: Answer) -> list[str]:
    """Return the names of the facts that are not as a person reads them; empty if all are right."""
    checks = {
        "title": folded(case.title) == folded(answer.title),
        "year": case.year == answer.year or (case.day is not None and case.year is None),
        "season": case.seasons[:1] == tuple(answer.seasons)[:1],
        "episodes": case.episodes == tuple(answer.episodes),
        "date": case.day == answer.day,
    }
    return [name for name, right in checks.items() if not right]
