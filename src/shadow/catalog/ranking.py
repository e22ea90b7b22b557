"""Order what a search finds: the best reason for each title decides its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from shadow.catalog import folding
from shadow.catalog.query_words import Query

EXACT, BEGINNING, WORDS, MISSPELT = range(4)
Matched = Literal["title", "person", "episode"]
_SOURCES: Final = {"title": 0, "person": 1, "episode": 2}


@dataclass(frozen=True, slots=True)
class Hit:
    """A title found (database id) and by what: `because` names the person or episode."""

    title_id: int
    matched: Matched = "title"
    because: str | None = None


class Named(NamedTuple):
    """A title as far as ranking needs it."""

    id: int
    kind: str
    title: str
    original_title: str | None
    sort_title: str
    year: int | None
    rating: float | None


class Ranking:
    """Hits in the making for one query."""

    def __init__(self, asked: Query) -> None:
        self._asked = asked
        self._best: dict[int, tuple[tuple[float, ...], Hit]] = {}

    def __len__(self) -> int:
        return len(self._best)

    def add_titles(self, titles: Iterable[Named], *, misspelt: bool) -> None:
        """Take in titles found by their own names."""
        for title in titles:
            step = MISSPELT if misspelt else self._step_of_title(title)
            self._add(step, title, Hit(title.id))

    def add_by(self, matched: Matched, name: str, title: Named, *, misspelt: bool) -> None:
        """Take in a title found by the name of a person or episode of it."""
        step = MISSPELT if misspelt else step_of(folding.fold(name), self._asked.folded)
        self._add(step, title, Hit(title.id, matched, name))

    def best(self, limit: int) -> list[Hit]:
        """Return the hits, best first."""
        ordered = sorted(self._best.values(), key=lambda one: one[0])
        return [hit for _, hit in ordered[:limit]]

    def _add(self, step: float, title: Named, hit: Hit) -> None:
        source = _SOURCES[hit.matched]
        place = (step, source, -(title.rating or 0.0), -(title.year or 0), -title.id)
        held = self._best.get(title.id)
        if held is None or place < held[0]:
            self._best[title.id] = (place, hit)

    def _step_of_title(self, title: Named) -> float:
        asked = self._asked.without_year(title.year)
        forms = {folding.fold(title.title), title.sort_title}
        if title.original_title:
            forms.add(folding.fold(title.original_title))
        if asked.replace(" ", "") in {form.replace(" ", "") for form in forms}:
            return EXACT
        return min(step_of(form, asked) for form in forms)


def step_of(name: str, asked: str) -> float:
    """Return how well a folded name matches a folded query: 0 is exact, more is worse.

    A beginning that ends with a word, and words that stand together, count half a step more.
    """
    if name == asked:
        return EXACT
    if name.startswith(asked):
        return BEGINNING if name[len(asked)] == " " else BEGINNING + 0.5
    return WORDS if f" {asked} " in f" {name} " else WORDS + 0.5
