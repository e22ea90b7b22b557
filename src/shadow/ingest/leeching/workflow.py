"""The durable job `leech`: a link in, a title out.

The steps, in order: downloading (with resolving), unpacking, choosing files, hashing, checking the
blocklist, probing, identifying (names and titles), storing (once a file, with recording it),
processing (screenshots, a sample), finishing, cleaning. Each is keyed by the job's id or by
content, so that doing it twice does it once.

What a person brings who may not add to the library goes to quarantine after probing, in place of
all that follows; approved, it comes back as a job of its own.
"""

import asyncio
from typing import Any

from shadow.catalog.service import end_arrivals
from shadow.ingest.blocking import check
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.choosing import Chosen, Media, Taste, choose
from shadow.ingest.leeching.errors import LeechFailed
from shadow.ingest.leeching.facts import Hashes, Probed, hash_files, probe_files
from shadow.ingest.leeching.keeping import Keeper, Kept
from shadow.ingest.leeching.pieces import Piece
from shadow.ingest.leeching.planning import Item, plan
from shadow.ingest.leeching.processing import process_files
from shadow.ingest.leeching.proposing import Found, propose
from shadow.ingest.leeching.supply import Supply
from shadow.ingest.quarantine import abandon
from shadow.ingest.settings import LibrarySettings
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.jobs import JobContext, JobKind, JobStopped


async def run_leech(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Bring what a link leads to into the library.

    Arguments: `url`, `title` (what a person calls it, or null), `storage` (a name, or null for the
    default), `files` (numbers of a torrent's files, or none for all), `user_id` (who asked),
    `submits` (whether it ends in quarantine), `most_bytes` (that may come, or null). In place of a
    link there may be an `upload` or a `submission`, by its id.

    Returns:
        `titles` (`id`, `title`), `files` (public ids) and `engine`; or `submission`, the id of
        what waits for a decision now.
    """
    leech = _Leech(ctx, arguments)
    try:
        return await leech.run()
    except JobStopped as stopped:
        if stopped.state != "paused":
            await leech.give_up()
        raise
    except Exception as error:
        await leech.give_up()
        raise _told(error, str(ctx.seen.get("phase") or "it")) from error


LEECH = JobKind("leech", run_leech, heavy=True)


class _Leech:
    """One run of the job. What it remembers between steps is what steps returned."""

    def __init__(self, ctx: JobContext, arguments: dict[str, Any]) -> None:
        self._ctx = ctx
        self._arguments = arguments
        self._supply = Supply(ctx, arguments)
        self._keeper = Keeper(ctx, self._supply, arguments)

    async def run(self) -> dict[str, Any]:
        ctx = self._ctx
        downloaded = await ctx.step("downloading", self._supply.download)
        ctx.progress(engine=downloaded["engine"], details={})
        pieces = await ctx.step("unpacking", self._supply.unpack, downloaded)
        chosen = await ctx.step("choosing files", self._choose, pieces)
        hashes = await ctx.step("hashing", self._hash, chosen["media"])
        await ctx.step("checking the blocklist", self._check, chosen["media"], hashes)
        probed = await ctx.step("probing", self._probe, chosen["media"])
        if self._arguments.get("submits"):
            return await self._propose(chosen, hashes, probed)
        made = await ctx.step("identifying", plan, ctx, self._arguments, chosen, probed)
        if made["title_id"]:
            ctx.progress(title_id=made["title_id"])
        kept = []
        for number, item in enumerate(made["items"]):
            ctx.progress(items_done=number, items_total=len(made["items"]))
            of = item["of"]
            kept.append(
                await ctx.step("storing", self._store, item, chosen, hashes[of], probed[of])
            )
        await ctx.step("processing", self._process, kept, chosen, made["items"])
        result = await ctx.step("finishing", self._keeper.finish, kept, downloaded["engine"])
        if result["titles"]:
            ctx.progress(title_id=result["titles"][0]["id"])
        await ctx.step("cleaning", self._clean)
        return result

    async def _propose(
        self, chosen: Chosen, hashes: list[Hashes], probed: list[Probed]
    ) -> dict[str, Any]:
        ctx = self._ctx
        found = Found(chosen, hashes, probed)
        step = "putting it in quarantine"
        public_id = await ctx.step(step, propose, ctx, self._supply, self._arguments, found)
        await ctx.step("cleaning", self._clean)
        return {"submission": public_id}

    async def _clean(self) -> None:
        await self._supply.wipe()
        await self._supply.origin.let_go()

    async def give_up(self) -> None:
        """Leave nothing behind. Also what is called again after a kill in the middle of it."""
        await self._supply.wipe()
        await self._supply.origin.give_back()
        runtime = self._ctx.runtime
        await abandon(runtime, self._ctx.job_id)
        async with runtime.database.transaction() as session:
            gone = await end_arrivals(session, [self._ctx.job_id], clock=runtime.clock)
        if gone:
            runtime.live.send("library", {})

    async def _choose(self, pieces: list[Piece]) -> Chosen:
        runtime = self._ctx.runtime
        settings = runtime.settings.group(LeechSettings)
        endings = runtime.settings.group(LibrarySettings).extensions
        taste = Taste(endings, settings.max_files, settings.brand_tags)
        sandbox = await self._supply.provide(pieces)
        return await asyncio.to_thread(choose, sandbox, pieces, taste)

    async def _hash(self, media: list[Media]) -> list[Hashes]:
        sandbox = await self._supply.provide([one["piece"] for one in media])
        return await hash_files(self._ctx, sandbox, media)

    async def _check(self, media: list[Media], hashes: list[Hashes]) -> None:
        async with self._ctx.runtime.database.session() as session:
            for one, hashed in zip(media, hashes, strict=True):
                await check(session, hashed["sha256"], name=one["piece"]["name"])

    async def _store(self, item: Item, chosen: Chosen, hashes: Hashes, probed: Probed) -> Kept:
        # Asked again: it may have been blocked while it waited for its turn.
        await self._check([chosen["media"][item["of"]]], [hashes])
        return await self._keeper.keep(item, chosen, hashes, probed)

    async def _process(self, kept: list[Kept], chosen: Chosen, items: list[Item]) -> None:
        sandbox = await self._supply.sandbox()
        pieces = [chosen["media"][one["of"]]["piece"] for one in items]
        await process_files(self._ctx, sandbox, kept, pieces)

    async def _probe(self, media: list[Media]) -> list[Probed]:
        sandbox = await self._supply.provide([one["piece"] for one in media])
        return await probe_files(self._ctx, sandbox, media)


def _told(error: Exception, phase: str) -> Exception:
    """Return what went wrong with the step that it went wrong in."""
    if isinstance(error, ShadowError):
        return LeechFailed(phase, error.detail, code=error.code, kind=error.kind)
    # After a restart the engine repeats a step's error from its notes, as one of its own kind.
    said = getattr(error, "message", None)
    if isinstance(said, str):
        return LeechFailed(phase, said, code="ingest.leech_failed", kind=Kind.invalid)
    return error
