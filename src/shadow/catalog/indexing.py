"""What search finds things by: the text of a title, a person, an episode, and known words.

The text goes into a column, from which triggers (migration 0002) fill the database's own full-text
index. A title's words carry the first letter of its kind, so that a list of films never has to
wade through shows of the same name.
"""

from collections.abc import Collection, Iterable
from typing import Final

import regex
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.bulk import chunks, insert_ignoring, table_of
from shadow.catalog.models import Spelling

SHORTEST, LONGEST = 4, 20
"""Letters of a word that typing mistakes are looked up for."""
_SAYS_NOTHING: Final = regex.compile(
    r"(?:(?:episode|ep|part|chapter|teil|folge|capitulo|episodio) )?\d+|tba|tbd"
)


def title_search_text(kind: str, title: str, original: str | None, year: int | None) -> str:
    """Return the `search_text` of a title: its words, each after the letter of its kind."""
    found = dict.fromkeys(folding.words(title))
    if original and original != title:
        found.update(dict.fromkeys(folding.words(original)))
    if year is not None:
        found[str(year)] = None
    return " ".join(f"{kind[0]}{word}" for word in found)


def person_search_text(name: str) -> str:
    """Return the `search_text` of a person."""
    return " ".join(folding.words(name))


def episode_search_text(name: str | None) -> str:
    """Return the `search_text` of an episode; empty for names that say nothing."""
    if not name or _SAYS_NOTHING.fullmatch(folding.fold(name)):
        return ""
    return " ".join(folding.words(name))


def spellings(word: str) -> set[str]:
    """Return a word and all that is left of it when one letter is left out."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


async def learn_words(session: AsyncSession, texts: Iterable[str]) -> None:
    """Add the words of names to those that a misspelt query is corrected to."""
    known = {word for text in texts for word in folding.fold(text).split() if is_spellable(word)}
    new = known - await _known_words(session, known)
    rows = [
        {"spelling": spelling, "word": word}
        for word in sorted(new)
        for spelling in sorted(spellings(word))
    ]
    await insert_ignoring(session, table_of(Spelling), rows)


def is_spellable(word: str) -> bool:
    """Tell whether typing mistakes in such a word can be recognised."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and not folding.is_unspaced(word)


async def _known_words(session: AsyncSession, words: Collection[str]) -> set[str]:
    known: set[str] = set()
    for piece in chunks(list(words)):
        found = await session.scalars(
            select(Spelling.word).where(
                Spelling.spelling.in_(piece), Spelling.spelling == Spelling.word
            )
        )
        known.update(found)
    return known
