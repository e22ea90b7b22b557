"""Delete copies: the bytes first, then the note of them. The durable job `unmirror`."""

from typing import Any

from shadow.catalog.service import copies_of, forget_copies
from shadow.ingest.mirroring.places import mirror_called
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.storage.service import delete_at


async def delete_copy(runtime: Runtime, *, kind: str, place: str, key: bytes) -> None:
    """Delete the bytes of a copy; what is gone already is fine.

    Raises:
        PluginMissing, StorageReadOnly: the place does not work here.
        ShadowError: it refuses or does not answer.
    """
    if kind == "mirror":
        await mirror_called(runtime, place).remove(key.decode())
    else:
        await delete_at(runtime, place, key)


async def run_unmirror(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Delete one copy of a file. Arguments: `file_id` (database id) and `place`."""
    return await ctx.step("deleting", _delete, ctx.runtime, arguments)


UNMIRROR = JobKind("unmirror", run_unmirror)


async def _delete(runtime: Runtime, arguments: dict[str, Any]) -> dict[str, Any]:
    file_id, place = arguments["file_id"], arguments["place"]
    async with runtime.database.session() as session:
        found = [one for one in await copies_of(session, file_id) if one.place == place]
    for copy in found:
        await delete_copy(runtime, kind=copy.kind, place=copy.place, key=copy.key)
    async with runtime.database.transaction() as session:
        await forget_copies(session, file_id=file_id, places=[place])
    return {"place": place, "deleted": len(found)}
