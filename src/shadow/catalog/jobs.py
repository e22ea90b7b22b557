"""Durable work of the catalogue: looking up metadata, a batch a step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import structlog

from shadow.catalog.events import FilesRecorded
from shadow.catalog.metadata import look_up, providers
from shadow.catalog.metadata_facts import count_due, due_titles, make_due
from shadow.catalog.ports import MetadataKind
from shadow.catalog.settings import CatalogSettings
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind

log = structlog.get_logger(__name__)
BATCH = 12
"""Titles a step: what a crash repeats, from the provider's cache."""
LOOK_AGAIN_SECONDS = 3_600
COUNTED = ("matched", "doubtful", "unmatched", "failed", "gone")


class LookupCrashed(ShadowError):
    """Looking a title up failed in our own code."""

    kind = Kind.invalid
    code = "catalog.lookup_crashed"


async def run_metadata(context: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Look up the titles given, or all that are due; returns how many came out how.

    Arguments: `title_ids` (database ids, or null for all that are due), `fresh` (bool).
    """
    given: list[int] | None = arguments.get("title_ids")
    fresh = bool(arguments.get("fresh"))
    total = await context.step("counting", partial(_count, context.runtime, given))
    counts = dict.fromkeys(COUNTED, 0)
    after = 0
    while chosen := await context.step("choosing", partial(_next, context.runtime, given, after)):
        ended = await context.step("looking up", partial(_batch, context, chosen, fresh=fresh))
        after = chosen[-1]
        for name in COUNTED:
            counts[name] += ended[name]
        done = sum(counts.values())
        context.progress(items_done=done, items_total=max(total, done))
    return counts


async def start_lookups(runtime: Runtime) -> None:
    """Start looking up what is due, if a provider is there to be asked."""
    kinds = _kinds(runtime)
    async with runtime.database.session() as session:
        due = await count_due(session, kinds, runtime.clock()) if kinds else 0
    if due:
        await runtime.jobs.start("metadata", {"title_ids": None, "fresh": False}, key="library")


async def start_refresh(runtime: Runtime, title_id: int, *, fresh: bool = True) -> str:
    """Start reading one title (database id) again at its provider; returns the job's id."""
    arguments = {"title_ids": [title_id], "fresh": fresh}
    return await runtime.jobs.start("metadata", arguments, key=f"title-{title_id}")


async def on_files_recorded(runtime: Runtime, event: FilesRecorded) -> None:
    """Look up what a scan brought, and read shows again that got episodes."""
    if not _kinds(runtime):
        return
    async with runtime.database.transaction() as session:
        await make_due(session, event.title_ids, runtime.clock())
    await start_lookups(runtime)


@asynccontextmanager
async def lookups_kept_up(runtime: Runtime) -> AsyncIterator[None]:
    """Look for titles that are due at start and every hour, as long as the block runs."""
    keeper = asyncio.create_task(_keep_up(runtime))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep_up(runtime: Runtime) -> None:
    while True:
        try:
            await start_lookups(runtime)
        except ShadowError as error:
            log.warning("catalog.lookups_not_started", detail=error.detail)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _count(runtime: Runtime, given: list[int] | None) -> int:
    if given is not None:
        return len(given)
    async with runtime.database.session() as session:
        return await count_due(session, _kinds(runtime), runtime.clock())


async def _batch(context: JobContext, title_ids: list[int], *, fresh: bool) -> dict[str, int]:
    """Look these titles up; raise when the provider failed for every one of them."""
    runtime = context.runtime
    gate = asyncio.Semaphore(runtime.settings.group(CatalogSettings).lookups_at_once)
    failures: list[ShadowError] = []

    async def one(title_id: int) -> str:
        async with gate:
            try:
                return await look_up(runtime, title_id, fresh=fresh)
            except ShadowError as error:
                failures.append(error)
            except Exception:  # a title that trips our own code must not hold up all others
                log.exception("catalog.lookup_crashed", title=title_id)
                failures.append(LookupCrashed("The lookup went wrong inside. The log says how."))
            return "failed"

    outcomes = await asyncio.gather(*(one(title_id) for title_id in title_ids))
    if len(failures) == len(title_ids):
        raise failures[0]
    runtime.live.send("library", {})
    return {name: outcomes.count(name) for name in COUNTED}


async def _next(runtime: Runtime, given: list[int] | None, after: int) -> list[int]:
    if given is not None:
        return sorted(title_id for title_id in set(given) if title_id > after)[:BATCH]
    async with runtime.database.session() as session:
        return await due_titles(session, _kinds(runtime), runtime.clock(), after=after, most=BATCH)


def _kinds(runtime: Runtime) -> frozenset[MetadataKind]:
    return frozenset(kind for provider in providers(runtime) for kind in provider.kinds)


METADATA = JobKind("metadata", run_metadata)
