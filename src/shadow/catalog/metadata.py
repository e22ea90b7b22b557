"""Look titles up at the metadata providers, take what is sure, and leave the rest to a person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from shadow.catalog.errors import TitleMissing
from shadow.catalog.events import TitlesChanged
from shadow.catalog.matching import Choice, KnownFacts, Scored, choose, score, with_details
from shadow.catalog.metadata_facts import Subject, note_lookup, subject
from shadow.catalog.metadata_images import fetch_images
from shadow.catalog.models import Title
from shadow.catalog.patching import WantedImage, apply_patch
from shadow.catalog.ports import Candidate, MetadataProvider, MetadataQuery, TitlePatch
from shadow.catalog.settings import CatalogSettings
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish

Outcome = Literal["matched", "doubtful", "unmatched", "gone"]
LOOKED_INTO = 5  # entries whose details are read at most
WORTH_A_LOOK = 0.25  # confidence by name and year under which details change nothing
CONTENDING = 0.3  # how far behind the best an entry may be that details could bring to the front


class ProviderMissing(ShadowError):
    """No metadata provider of this name is configured."""

    kind = Kind.invalid
    code = "catalog.provider_missing"


def providers(runtime: Runtime) -> list[MetadataProvider]:
    """Return the configured metadata providers."""
    found: list[MetadataProvider] = runtime.plugins.all("metadata")
    return found


async def look_up(runtime: Runtime, title_id: int, *, fresh: bool = False) -> Outcome:
    """Look one title (database id) up and apply what is sure; its review state says the rest.

    A title that was matched before is read again by its number, others are searched for. `fresh`
    asks anew instead of using what is cached. A failure is noted in the review and raised.

    Raises:
        ProviderUnavailable: no provider answers now; the title stays as it is, and due.
        ProviderRefused: the key is refused, or an answer is nonsense; likewise.
    """
    async with runtime.database.session() as session:
        try:
            found = await subject(session, title_id)
        except TitleMissing:
            return "gone"
    asked = [one for one in providers(runtime) if found.known.kind in one.kinds]
    try:
        if found.matched and (known := _known_entry(found, asked)):
            await take(runtime, found, *known, confidence=None, fresh=fresh)
            return "matched"
        return await _search(runtime, found, asked, fresh=fresh)
    except ShadowError as error:
        await _note_failure(runtime, found, error)
        raise


async def take(
    runtime: Runtime,
    found: Subject,
    provider: MetadataProvider,
    entry_id: str,
    *,
    confidence: float | None,
    fresh: bool = False,
) -> None:
    """Make a provider's entry the truth about a title, with its pictures.

    `confidence` None keeps what it was. Fields that a person locked stay.

    Raises:
        EntryMissing: the provider has no such entry.
    """
    patch = await _fetch(provider, found, entry_id, fresh=fresh)
    images = await _apply(runtime, found.title_id, patch, confidence=confidence)
    await fetch_images(runtime, images)


async def find(
    provider: MetadataProvider, known: KnownFacts, external_ids: dict[str, str], *, fresh: bool
) -> Choice:
    """Search for a title and decide, reading the details of all entries that may be the one.

    Details are read of every contender or of none but the best, never of one of two equals: what
    they add would decide between them.
    """
    query = MetadataQuery(known.kind, known.title, known.year, external_ids, fresh=fresh)
    found = {one.id: one for one in await provider.search(query)}
    first = choose(known, list(found.values()))
    if first.best is None or first.best.candidate.by_id:
        return first
    for one in first.ranked[:LOOKED_INTO]:
        if one.confidence < max(WORTH_A_LOOK, first.best.confidence - CONTENDING):
            break
        patch = await provider.fetch(known.kind, one.candidate.id, fresh=fresh)
        found[one.candidate.id] = with_details(one.candidate, patch)
    return choose(known, list(found.values()))


async def candidates(
    runtime: Runtime, title_id: int, *, words: str | None, year: int | None
) -> list[Scored]:
    """Return what the providers offer for a title (database id), best first.

    `words` and `year` are searched for instead of the title's own, and judged by.
    """
    async with runtime.database.session() as session:
        found = await subject(session, title_id)
    known = found.known
    if words or year:
        known = replace(known, title=words or known.title, year=year, other_titles=())
    offered: list[Candidate] = []
    for provider in providers(runtime):
        if known.kind in provider.kinds:
            query = MetadataQuery(known.kind, known.title, known.year)
            offered += await provider.search(query)
    scored = [score(known, one) for one in offered]
    return sorted(scored, key=lambda one: (-one.confidence, -one.candidate.popularity))


async def match(runtime: Runtime, title_id: int, *, provider: str, entry_id: str) -> None:
    """Make the entry that a person chose the truth about a title (database id).

    Pictures come with the refresh that should follow. Numbers of an earlier match are forgotten.

    Raises:
        ProviderMissing: there is no such provider for this kind of title.
        EntryMissing: it has no such entry.
        TitleMissing: no title has this id.
    """
    async with runtime.database.session() as session:
        found = await subject(session, title_id)
    chosen = next((one for one in providers(runtime) if one.name == provider), None)
    if chosen is None or found.known.kind not in chosen.kinds:
        raise ProviderMissing(f"“{provider}” is not configured for this kind of title.")
    patch = await _fetch(chosen, found, entry_id, fresh=False)
    await _apply(runtime, title_id, patch, confidence=1.0, forget_ids=True)


async def title_id_of(runtime: Runtime, public_id: str) -> int:
    """Return the database id of a title. Raises `TitleMissing`."""
    async with runtime.database.session() as session:
        found = await session.scalar(select(Title.id).where(Title.public_id == public_id))
    if found is None:
        raise TitleMissing("No title has this id.")
    return found


def _known_entry(
    found: Subject, asked: Sequence[MetadataProvider]
) -> tuple[MetadataProvider, str] | None:
    for provider in asked:
        if provider.name in found.external_ids:
            return provider, found.external_ids[provider.name]
    return None


async def _search(
    runtime: Runtime, found: Subject, asked: Sequence[MetadataProvider], *, fresh: bool
) -> Outcome:
    choices: list[Choice] = []
    for provider in asked:
        choice = await find(provider, found.known, dict(found.external_ids), fresh=fresh)
        if choice.outcome == "matched" and choice.best is not None:
            best = choice.best
            await take(runtime, found, provider, best.candidate.id, confidence=best.confidence)
            return "matched"
        choices.append(choice)
    closest = max(choices, key=lambda one: one.best.confidence if one.best else -1.0, default=None)
    if closest is None:
        return "unmatched"
    await _note_doubt(runtime, found, closest)
    return closest.outcome


async def _fetch(
    provider: MetadataProvider, found: Subject, entry_id: str, *, fresh: bool
) -> TitlePatch:
    """Return the entry; asked anew when a cached one does not know an episode that is here."""
    kind, seasons = found.known.kind, found.seasons
    patch = await provider.fetch(kind, entry_id, seasons=seasons, fresh=fresh)
    if not fresh and any(
        season not in patch.seasons or highest not in patch.seasons[season].episodes
        for season, highest in found.known.episodes.items()
    ):
        patch = await provider.fetch(kind, entry_id, seasons=seasons, fresh=True)
    return patch


async def _apply(
    runtime: Runtime,
    title_id: int,
    patch: TitlePatch,
    *,
    confidence: float | None,
    forget_ids: bool = False,
) -> list[WantedImage]:
    now = runtime.clock()
    async with runtime.database.transaction() as session:
        title = await session.get(Title, title_id)
        if title is None:
            raise TitleMissing("No title has this id.")
        if forget_ids:
            title.external_ids = {}
            await session.flush()
        images = await apply_patch(session, title_id, patch, clock=runtime.clock)
        title.refreshed_at = now
        title.review, title.review_reason = "ok", None
        if confidence is not None:
            title.confidence = confidence
        await note_lookup(session, title_id, "matched", asked_at=now, due=None)
        publish(session, TitlesChanged((title_id,)))
    return images


async def _note_doubt(runtime: Runtime, found: Subject, choice: Choice) -> None:
    due = timedelta(days=runtime.settings.group(CatalogSettings).retry_days)
    reason = choice.reason or "No entry is known."
    confidence = choice.best.confidence if choice.best else None
    await _note(runtime, found, choice.outcome, due=due, reason=reason, confidence=confidence)


async def _note_failure(runtime: Runtime, found: Subject, error: ShadowError) -> None:
    at_once = timedelta(0)  # the next job asks again, and this one when it repeats its step
    await _note(runtime, found, "failed", due=at_once, reason=error.detail, confidence=None)


async def _note(
    runtime: Runtime,
    found: Subject,
    outcome: str,
    *,
    due: timedelta,
    reason: str,
    confidence: float | None,
) -> None:
    """Put a title into the review list, unless an earlier match of it still stands."""
    now = runtime.clock()
    async with runtime.database.transaction() as session:
        title = await session.get(Title, found.title_id)
        if title is None:
            return
        if not found.matched:
            title.review = "doubtful" if outcome == "doubtful" else "unmatched"
            title.review_reason = reason[:400]
            if confidence is not None:
                title.confidence = confidence
            publish(session, TitlesChanged((found.title_id,)))
        kept = "matched" if found.matched else outcome
        await note_lookup(session, found.title_id, kept, asked_at=now, due=now + due)
