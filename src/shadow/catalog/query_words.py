"""Understand what was typed into a search field, and say it in each database's own syntax.

Nothing of the query reaches a database as syntax: only letters and digits are left of it.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from shadow.catalog import folding

LONGEST: Final = 200
"""Characters of a query that count; the rest of a pasted page does not."""
MOST_WORDS: Final = 10
SHORTEST_PREFIX: Final = 2
"""Letters from which a beginning is looked up as a word: one letter begins too many."""


Groups: TypeAlias = list[list[tuple[str, bool]]]
"""For each word the terms that will do, as (term, is a beginning)."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query: `folded` as a whole, and its words. Each word has the spellings it may stand for."""

    folded: str
    words: tuple[tuple[str, ...], ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing can be found by it."""
        return not self.words

    def without_year(self, year: int | None) -> str:
        """Return the folded query less a last word that is this year: “heat 1995” gives `heat`."""
        return self.folded.removesuffix(f" {year}") if year is not None else self.folded


def understand_query(text: str) -> Query:
    """Return what a query asks for; empty when it holds no letter and no digit."""
    folded = folding.fold(folding.clean(text[:LONGEST]))
    found: dict[str, None] = {}
    for word in folded.split():
        parts = folding.words(word)
        if len(parts) > 1 and folding.is_unspaced(parts[-1]) and len(parts[-1]) == 1:
            parts.pop()  # a run's last character is there to be found by itself, not with the run
        found.update(dict.fromkeys(parts))
    return Query(folded, tuple((word,) for word in list(found)[:MOST_WORDS]))


def whole_and_begun(query: Query, marks: str) -> Groups:
    """Return for each word the terms that will do, as (term, is a beginning).

    The last word may be one that is still being typed. `marks` are the letters that title words
    begin with, one for each kind; none for people and episodes.
    """
    groups = []
    for at, spellings in enumerate(query.words):
        last = at == len(query.words) - 1
        groups.append(
            [
                (mark + word, last and len(word) >= shortest_beginning(word))
                for word in spellings
                for mark in marks or ("",)
            ]
        )
    return groups


def shortest_beginning(word: str) -> int:
    """Return from how many letters on a word may be a beginning."""
    return 1 if folding.is_unspaced(word) else SHORTEST_PREFIX


def fts5_match(groups: Groups) -> str:
    """Return the groups as an FTS5 expression; every term is a quoted string."""
    return " AND ".join(
        "(" + " OR ".join(f'"{term}"{"*" if begun else ""}' for term, begun in group) + ")"
        for group in groups
    )


def tsquery(groups: Groups) -> str:
    """Return the groups as the text of a tsquery; every lexeme is quoted."""
    return " & ".join(
        "(" + " | ".join(f"'{term}'{':*' if begun else ''}" for term, begun in group) + ")"
        for group in groups
    )
