"""The durable job `scan`: every root in turn, then what is missing, then pictures.

Each root is one step, and inside it the folder memory is the checkpoint: a scan that is killed
goes on with the folders that are not remembered yet.
"""

import asyncio
import os
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from shadow.catalog.models import File
from shadow.ingest.folders import ensure_roots, list_roots
from shadow.ingest.models import LibraryFolder
from shadow.ingest.pictures import start_pictures
from shadow.ingest.scanning import Root, Scope, scan_root
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.sweeping import sweep
from shadow.ingest.walking import covers
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job, JobContext, JobKind

Part = tuple[int, bytes]
"""A root's id and a folder in it, relative; empty for the whole root."""
TURN_SECONDS = 0.2
MOST_FAILURES = 1000


def arguments_for(
    parts: list[Part] | None, *, deep: bool = True, waits: bool = False
) -> dict[str, Any]:
    """Return a scan job's arguments.

    Args:
        parts: what to scan; None for every library folder.
        deep: look at everything below the parts, not only at them and what is new in them.
        waits: leave files that may still be being written for later.
    """
    named = None if parts is None else [[one, folder.decode("latin-1")] for one, folder in parts]
    return {"parts": named, "deep": deep, "waits": waits}


def parts_of(arguments: dict[str, Any]) -> list[Part] | None:
    """Return the parts that `arguments_for` was given."""
    named = arguments["parts"]
    return None if named is None else [(one, folder.encode("latin-1")) for one, folder in named]


async def run_scan(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Scan; the result is the object of `shadow scan --json`, with more in it.

    `warnings` say why a root was not read, or nothing in it marked missing; `unsettled` counts
    files left alone because they changed just now.
    """
    plan = await ctx.step("waiting for another scan", _prepare, ctx, arguments)
    done = [
        await ctx.step("finding files", _scan_step, ctx, root_id, arguments)
        for root_id in plan["roots"]
    ]
    missing = 0
    for root_id in plan["roots"]:
        missing += await ctx.step("looking for missing files", _sweep_step, ctx, root_id)
    result: dict[str, Any] = await ctx.step(
        "finishing", _finish, ctx, arguments, {"plan": plan, "done": done, "missing": missing}
    )
    return result


SCAN = JobKind("scan", run_scan)


async def _prepare(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Wait for scans that were asked for before, and settle which roots to read."""
    runtime = ctx.runtime
    while await _is_earlier_scan(runtime, ctx.job_id):
        await asyncio.sleep(TURN_SECONDS)
    settings = runtime.settings.group(LibrarySettings)
    paths = [os.fsencode(path) for path in settings.paths]
    async with runtime.database.session() as session:
        roots = await list_roots(session)
    if not set(paths) <= {root.path for root in roots}:
        async with runtime.database.transaction() as session:
            await ensure_roots(session, paths, clock=runtime.clock)
            roots = await list_roots(session)
    parts = parts_of(arguments)
    wanted = {root.id for root in roots} if parts is None else {one for one, _ in parts}
    chosen = [root.id for root in roots if root.id in wanted]
    return {"roots": chosen, "started": runtime.clock().isoformat()}


async def _is_earlier_scan(runtime: Runtime, job_id: str) -> bool:
    async with runtime.database.session() as session:
        own = await session.get(Job, job_id)
        if own is None:
            return False
        query = select(Job.id).where(
            Job.kind == SCAN.name,
            Job.state.in_(("queued", "running")),
            (Job.created_at < own.created_at)
            | ((Job.created_at == own.created_at) & (Job.id < own.id)),
        )
        return await session.scalar(query.limit(1)) is not None


async def _scan_step(ctx: JobContext, root_id: int, arguments: dict[str, Any]) -> dict[str, Any]:
    runtime = ctx.runtime
    root = await root_to_scan(runtime, root_id)
    if root is None:  # taken out of the library meanwhile
        return {}
    parts = parts_of(arguments)
    folders = (b"",) if parts is None else tuple(one for of, one in parts if of == root_id)
    scope = Scope(folders, deep=arguments["deep"], waits=arguments["waits"])
    scan = await scan_root(runtime, root, scope, ctx.progress)
    await _warn(runtime, root_id, scan.warning)
    del scan.failures[MOST_FAILURES:]
    return asdict(scan)


async def root_to_scan(runtime: Runtime, root_id: int) -> Root | None:
    """Return all that a scan has to know of a root, None when it is not in the library any more."""
    settings = runtime.settings.group(LibrarySettings)
    async with runtime.database.session() as session:
        roots = {root.id: root.path for root in await list_roots(session)}
    if root_id not in roots:
        return None
    keep_out = [os.fsencode(runtime.settings.core.data_dir)]
    keep_out += [path for one, path in roots.items() if one != root_id]
    return Root(
        id=root_id,
        path=roots[root_id],
        roots=roots,
        endings=frozenset(ending.encode() for ending in settings.extensions),
        stable_seconds=settings.stable_seconds,
        excluded=await asyncio.to_thread(_identities, keep_out),
    )


def _identities(paths: list[bytes]) -> set[tuple[int, int]]:
    found = set()
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 bytes
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return found


async def _warn(runtime: Runtime, root_id: int, warning: str | None) -> None:
    async with runtime.database.session() as session:
        root = await session.get(LibraryFolder, root_id)
    if root is None or root.warning == warning:
        return
    async with runtime.database.transaction() as session:
        stored = await session.get(LibraryFolder, root_id)
        if stored is not None:
            stored.warning = warning
    if warning:
        runtime.live.send("alert", {"level": "warning", "message": warning})


async def _sweep_step(ctx: JobContext, root_id: int) -> int:
    root = await root_to_scan(ctx.runtime, root_id)
    if root is None:
        return 0
    return await sweep(ctx.runtime, root.id, root.path, root.endings)


async def _finish(
    ctx: JobContext, arguments: dict[str, Any], came: dict[str, Any]
) -> dict[str, Any]:
    scans = [one for one in came["done"] if one]
    counted = ("files", "added", "updated", "moved", "unsettled")
    totals = {name: sum(one[name] for one in scans) for name in counted}
    failed = await _failed_files(ctx.runtime, came["plan"]["roots"], parts_of(arguments))
    failures = failed + [tuple(failure) for one in scans for failure in one["failures"]]
    touched = totals["added"] + totals["updated"] + totals["moved"] + len(failed)
    started = datetime.fromisoformat(came["plan"]["started"])
    await start_pictures(ctx.runtime)
    return {
        **totals,
        "unchanged": max(0, totals["files"] - touched),
        "missing": came["missing"],
        "failed": [
            {"path": path, "error": error} for path, error in sorted(set(failures))[:MOST_FAILURES]
        ],
        "warnings": [one["warning"] for one in scans if one["warning"]],
        "seconds": round((ctx.runtime.clock() - started).total_seconds(), 3),
    }


async def _failed_files(
    runtime: Runtime, root_ids: list[int], parts: list[Part] | None
) -> list[tuple[str, str]]:
    query = (
        select(File.root_id, File.folder, File.shown_path, File.error)
        .where(File.state == "failed", File.root_id.in_(root_ids))
        .order_by(File.id)
    )
    async with runtime.database.session() as session:
        rows = (await session.execute(query)).all()
    return [
        (row.shown_path, row.error or "")
        for row in rows
        if parts is None or any(of == row.root_id and covers(at, row.folder) for of, at in parts)
    ]
