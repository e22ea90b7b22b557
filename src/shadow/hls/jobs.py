"""Background work after a scan: read the packets of new files; tidy up when files go."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

import structlog

from shadow.catalog.events import FilesGone, FilesRecorded
from shadow.catalog.models import File
from shadow.hls.preparing import forget_prepared, tidy_prepared
from shadow.hls.serving import Hls
from shadow.hls.settings import HlsSettings
from shadow.hls.subtitles.showing import keep_texts
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind

log = structlog.get_logger(__name__)


async def run_index(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Index every file that has no index of its present content; the result counts them."""
    counts: dict[str, int] = await ctx.step("reading packets of new files", index_all, ctx)
    await ctx.step("removing what was prepared of files that changed", tidy_prepared, ctx.runtime)
    return counts


INDEX: Final = JobKind("index", run_index)


async def on_files_recorded(runtime: Runtime, event: FilesRecorded) -> None:
    """Start indexing, if the settings say so. Under way already, it goes on."""
    if runtime.settings.group(HlsSettings).index_after_scan:
        await runtime.jobs.start(INDEX.name, {}, key="all")


async def on_files_gone(runtime: Runtime, event: FilesGone) -> None:
    """Stop serving files that went, and remove what was prepared of them."""
    runtime.part(Hls).files.forget(event.file_ids)
    await forget_prepared(runtime, event.file_ids)


async def index_all(ctx: JobContext) -> dict[str, int]:
    """Index one file after the other, at half the pace while somebody is watching."""
    hls = ctx.runtime.part(Hls)
    counts = {"indexed": 0, "refused": 0}
    after = 0
    while files := await hls.indexer.without(after):
        for file in files:
            after = file.id
            began = time.monotonic()
            counts["indexed" if await _index(hls, file) else "refused"] += 1
            await _keep_texts(ctx.runtime, file)
            ctx.progress(items_done=sum(counts.values()))
            if hls.demanded:
                await asyncio.sleep(time.monotonic() - began)
    return counts


async def _index(hls: Hls, file: File) -> bool:
    try:
        await hls.indexer.index(file)
    except ShadowError as error:  # the reason is kept with the file, for whoever plays it
        log.debug("hls.index_refused", file_id=file.public_id, code=error.code)
        return False
    with suppress(ShadowError):  # the first play will try again
        await hls.playlists.make_ready(await hls.files.get(file.public_id))
    return True


async def _keep_texts(runtime: Runtime, file: File) -> None:
    """Read the file's subtitles while its bytes are still in the machine's memory."""
    try:
        await keep_texts(runtime, file)
    except ShadowError as error:  # said again to whoever asks for them
        log.debug("hls.subtitles_refused", file_id=file.public_id, code=error.code)
