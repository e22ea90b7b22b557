"""Decide how surely a provider's entry is the title we hold. Pure: facts in, confidence out.

Confidence starts from how alike the names are and moves with what else is known: the year, the
length of the file, the seasons and episodes that are there. Every move leaves a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import regex
from rapidfuzz import fuzz

from shadow.catalog.folding import fold
from shadow.catalog.ports import Candidate, MetadataKind, TitlePatch

MATCHED = 0.8
"""From here on an entry is taken without asking a person."""
DOUBTFUL = 0.45
"""From here on an entry is worth showing to a person; below, the title is unmatched."""
LEAD = 0.06
"""A best entry must be ahead of the next by this, or a person chooses."""
SAME_NAME = 0.82  # confidence that an identical name alone gives
BRACKET_LEFT_OUT = 0.995  # “The Office (US)”
SUBTITLE_LEFT_OUT = 0.97  # "Alien Romulus" is named by "Alien: Romulus", nearly by "Alien"
_SUBTITLE = regex.compile(r"\s*(?:\sor)?:|\s[-–—]\s|\s\(")
_BRACKETED = regex.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}

Outcome = Literal["matched", "doubtful", "unmatched"]


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What the library knows of a title. Absent facts are None or empty.

    `runtime_minutes` is the length of a film's longest file; `episodes` the highest episode
    number there is, by season number, specials left out.
    """

    kind: MetadataKind
    title: str
    other_titles: tuple[str, ...] = ()
    year: int | None = None
    runtime_minutes: float | None = None
    episodes: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scored:
    """An entry, how sure it is (0 to 1), and why, in words for people."""

    candidate: Candidate
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What came of a lookup: `ranked` is best first; `reason` says why no entry was taken."""

    outcome: Outcome
    ranked: tuple[Scored, ...]
    reason: str | None

    @property
    def best(self) -> Scored | None:
        """Return the best entry, if there is any."""
        return self.ranked[0] if self.ranked else None


def choose(known: KnownFacts, candidates: Sequence[Candidate]) -> Choice:
    """Rank the entries and decide whether the best of them is the title."""
    scored = (score(known, candidate) for candidate in candidates if candidate.kind == known.kind)
    ranked = tuple(sorted(scored, key=_order))
    if not ranked or ranked[0].confidence < DOUBTFUL:
        return Choice("unmatched", ranked, f"No entry is known for “{known.title}”.")
    best = ranked[0]
    if best.confidence < MATCHED:
        reasons = "; ".join(best.reasons) or "little is known"
        return Choice("doubtful", ranked, f"Perhaps {_named(best.candidate)}: {reasons}.")
    rival = ranked[1] if len(ranked) > 1 else None
    if rival and not best.candidate.by_id and best.confidence - rival.confidence < LEAD:
        both = f"{_named(best.candidate)} and {_named(rival.candidate)}"
        return Choice("doubtful", ranked, f"Two entries fit: {both}.")
    return Choice("matched", ranked, None)


def _order(one: Scored) -> tuple[bool, float, float]:
    return (not one.candidate.by_id, -one.confidence, -one.candidate.popularity)


def score(known: KnownFacts, candidate: Candidate) -> Scored:
    """Return how sure an entry is, with reasons for what speaks against it."""
    if candidate.by_id:
        return Scored(candidate, 1.0, ("its number was stated",))
    likeness = name_likeness(
        (known.title, *known.other_titles),
        (candidate.title, candidate.original_title, *candidate.alternative_titles),
    )
    moves = [_name_move(likeness), _year_move(known, candidate)]
    moves += [_length_move(known, candidate), _episodes_move(known, candidate)]
    confidence = sum(move for move, _ in moves)
    reasons = tuple(reason for _, reason in moves if reason)
    return Scored(candidate, round(min(max(confidence, 0.0), 1.0), 3), reasons)


def with_details(candidate: Candidate, patch: TitlePatch) -> Candidate:
    """Return the entry with what its details add: other names, length and seasons."""
    names = (*candidate.alternative_titles, *patch.alternative_titles, patch.title or "")
    return replace(
        candidate,
        original_title=candidate.original_title or patch.original_title,
        alternative_titles=tuple(dict.fromkeys(name for name in names if name)),
        year=candidate.year or patch.year,
        runtime_minutes=candidate.runtime_minutes or patch.runtime_minutes,
        season_sizes=candidate.season_sizes or patch.season_sizes,
    )


def name_likeness(ours: Iterable[str], theirs: Iterable[str | None]) -> float:
    """Return how alike the most alike pair of names is, 0 to 1."""
    their_forms = [form for name in theirs if name for form in _forms(name)]
    our_forms = [form for name in ours for form in _forms(name)]
    return max(
        (
            _alike(mine, yours) * min(my_weight, your_weight)
            for mine, my_weight in our_forms
            for yours, your_weight in their_forms
        ),
        default=0.0,
    )


def _forms(name: str) -> list[tuple[str, float]]:
    """Return the folded name, and lighter forms of it without bracket and subtitle."""
    forms = {_plain(name): 1.0}
    forms.setdefault(_plain(_BRACKETED.sub("", name)), BRACKET_LEFT_OUT)
    before = _SUBTITLE.split(name, maxsplit=1)[0]
    if len(before) >= 4:
        forms.setdefault(_plain(before), SUBTITLE_LEFT_OUT)
    return [(form, weight) for form, weight in forms.items() if form]


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    words = fold(name[:400]).split()
    if len(words) > 1 and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return " ".join(_ROMAN.get(word, word) for word in words)


def _alike(mine: str, yours: str) -> float:
    if mine == yours or mine.replace(" ", "") == yours.replace(" ", ""):
        return 1.0
    likeness = fuzz.ratio(mine, yours) / 100
    reordered = fuzz.token_sort_ratio(mine, yours) / 100
    likeness = max(likeness, min(reordered, 0.95))
    if _numbers(mine) != _numbers(yours):  # a part or a year of its own: another film
        likeness = min(likeness, 0.7)
    return min(likeness, 0.99)


def _numbers(name: str) -> set[str]:
    return {word.lstrip("0") or "0" for word in name.split() if word.isdecimal()}


def _name_move(likeness: float) -> tuple[float, str | None]:
    if likeness >= 0.999:
        return SAME_NAME, None
    share = max(0.0, (likeness - 0.5) / 0.5) ** 1.5
    reason = "its name is a little different" if likeness > 0.9 else "its name is different"
    return SAME_NAME * share, reason if likeness < SUBTITLE_LEFT_OUT else None


def _year_move(known: KnownFacts, candidate: Candidate) -> tuple[float, str | None]:
    if known.year is None or candidate.year is None:
        missing = known.year is not None and candidate.year is None
        return (-0.1, "its year is not known") if missing else (0.0, None)
    apart = abs(known.year - candidate.year)
    if apart == 0:
        return 0.2, None
    if apart == 1:  # festivals, and releases around New Year
        return 0.08, f"it is of {candidate.year}, not {known.year}"
    later_season = known.kind == "show" and candidate.year < known.year and known.episodes
    weight = -0.15 if later_season else -0.4
    return weight, f"it is of {candidate.year}, not {known.year}"


def _length_move(known: KnownFacts, candidate: Candidate) -> tuple[float, str | None]:
    ours, theirs = known.runtime_minutes, candidate.runtime_minutes
    if known.kind != "movie" or not ours or not theirs:
        return 0.0, None
    apart = abs(ours - theirs)
    if apart <= max(3.0, 0.07 * theirs):
        return 0.1, None
    reason = f"it runs {theirs} minutes, the file {ours:.0f}"
    if apart <= 0.2 * theirs:  # another cut
        return 0.0, None
    return (-0.05, reason) if apart <= 0.4 * theirs else (-0.25, reason)


def _episodes_move(known: KnownFacts, candidate: Candidate) -> tuple[float, str | None]:
    sizes = candidate.season_sizes
    if known.kind != "show" or not known.episodes or not sizes:
        return 0.0, None
    if list(known.episodes) == [1] and sizes.get(1, 0) < known.episodes[1] <= sum(sizes.values()):
        return 0.0, None  # counted through all seasons, as anime often is
    absent = [season for season in known.episodes if season not in sizes and season < 1900]
    if absent:
        return -0.2, f"it has no season {absent[0]}"
    over = [s for s, highest in known.episodes.items() if s in sizes and highest > sizes[s] + 1]
    if over:
        return -0.1, f"its season {over[0]} has {sizes[over[0]]} episodes only"
    return 0.1, None


def _named(candidate: Candidate) -> str:
    return f"“{candidate.title}” ({candidate.year or 'year unknown'})"
