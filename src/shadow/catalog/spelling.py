"""Correct misspelt queries by the words that the library holds (symmetric deletes).

A word and what is typed for it by mistake have a spelling in common once a letter is left out of
either: that is an exact lookup, on any database, for swapped, missing, extra and wrong letters
alike. Trigrams, the usual means, miss short words: `haet` has none in common with `heat`.
"""

from collections.abc import Collection
from typing import Final

from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.indexing import is_spellable, spellings
from shadow.catalog.models import Spelling
from shadow.catalog.query_words import Query

ALTERNATIVES: Final = 6
"""Words that a misspelt one may stand for."""
LONG: Final = 8
"""Letters from which on a word may hold two mistakes."""


async def corrected(session: AsyncSession, asked: Query) -> Query | None:
    """Return the query with the words each of its words may stand for, None when there are none."""
    misspelt = [word for group in asked.words for word in group if is_spellable(word)]
    tried = {spelling for word in misspelt for spelling in spellings(word)}
    if not tried:
        return None
    known = set(
        await session.scalars(select(Spelling.word).where(Spelling.spelling.in_(sorted(tried))))
    )
    groups = tuple(
        (word, *(nearest(word, known) if word in misspelt else ())) for (word, *_) in asked.words
    )
    return Query(asked.folded, groups) if any(len(group) > 1 for group in groups) else None


def nearest(word: str, known: Collection[str]) -> list[str]:
    """Return the known words closest to one, best first, without itself."""
    most = 2 if len(word) >= LONG else 1
    near = []
    for candidate in known:
        distance = OSA.distance(word, candidate, score_cutoff=most)
        if 0 < distance <= most:
            # The first letter is rarely mistyped, and a letter too few or many less often than two
            # swapped.
            other_start = candidate[0] != word[0]
            near.append((distance, other_start, abs(len(candidate) - len(word)), candidate))
    return [candidate for *_, candidate in sorted(near)[:ALTERNATIVES]]
