"""The durable job `housekeeping`: what expired or was left behind goes, every hour."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from shadow.ingest.quarantine import sweep_quarantine
from shadow.ingest.screenshots import sweep_screenshots
from shadow.ingest.torrent_files import sweep_torrents
from shadow.ingest.uploads.keeping import sweep_uploads
from shadow.runtime.jobs import JobContext, JobKind
from shadow.runtime.schedules import Schedule


async def run_housekeeping(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Sweep uploads, quarantine, torrent files and screenshots."""
    runtime = ctx.runtime
    await ctx.step("sweeping uploads", sweep_uploads, runtime)
    await ctx.step("sweeping quarantine", sweep_quarantine, runtime)
    await ctx.step("sweeping torrent files", asyncio.to_thread, sweep_torrents, runtime)
    await ctx.step("sweeping screenshots", sweep_screenshots, runtime)
    return {}


HOUSEKEEPING: Final = JobKind("housekeeping", run_housekeeping)
HOURLY: Final = Schedule("housekeeping", HOUSEKEEPING.name, timedelta(hours=1))
