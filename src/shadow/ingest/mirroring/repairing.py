"""The durable job `repair`: a file that is gone or damaged is put back from a good copy."""

from contextlib import aclosing
from typing import Any

from shadow.catalog.models import File, FileCopy
from shadow.catalog.service import good_copies, note_found_again
from shadow.ingest.mirroring.checking import Finding, check_file
from shadow.ingest.mirroring.errors import CopyMissing, CopyRefused
from shadow.kit.errors import ShadowError
from shadow.runtime.jobs import JobContext, JobKind
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import NamesObjects
from shadow.storage.service import delete_at, object_content, open_at, sha256_of_object, writable

REPLACED = "The file was replaced since the last scan. Scan the library first."
OWN_FOLDER = (
    "The file lies in a folder that is yours to write to: copy it back there, or bring it anew."
)


async def run_repair(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Put a file back where it belongs. Argument: `file_id` (database id).

    Returns:
        `repaired`, false when nothing was wrong with it, and `place`, where the copy lay.
    """
    repairing = _Repairing(ctx, arguments["file_id"])
    return {**await ctx.step("repairing", repairing.repair)}


REPAIR = JobKind("repair", run_repair, heavy=True)


class _Repairing:
    """One run of the job."""

    def __init__(self, ctx: JobContext, file_id: int) -> None:
        self._ctx = ctx
        self._runtime = ctx.runtime
        self._file_id = file_id

    async def repair(self) -> dict[str, Any]:
        """Look at the file closely, find a copy that is whole, and put that in its place."""
        runtime = self._runtime
        async with runtime.database.session() as session:
            file = await session.get(File, self._file_id)
            copies = await good_copies(session, self._file_id)
        if file is None or file.state == "removed":
            raise CopyRefused("The file is not in the library any more.")
        found = await check_file(runtime, file, sampled=True, deep=True)
        if found.state == "unreachable":
            raise StorageUnavailable(found.detail)
        if found.state == "replaced":
            # What an earlier run put there, before it was killed, is newer too.
            if await self._sha256_there(file) != file.sha256:
                raise CopyRefused(REPLACED)
            found = Finding("ok")
        place = None
        if found.state != "ok":
            copy = await self._whole(file, copies)
            await self._put_back(file, copy, damaged=found.state == "damaged")
            place = copy.place
        facts = await runtime.plugins.get("storage", file.storage).stat(file.path)
        async with runtime.database.transaction() as session:
            await note_found_again(session, file.id, mtime_ns=facts.mtime_ns, clock=runtime.clock)
        return {"repaired": place is not None, "place": place}

    async def _sha256_there(self, file: File) -> str:
        reader = await open_at(self._runtime, file.storage, file.path, fresh=True)
        try:
            return await sha256_of_object(reader)
        finally:
            await reader.close()

    async def _whole(self, file: File, copies: list[FileCopy]) -> FileCopy:
        """Return the first copy that has every byte: the file itself may be deleted next."""
        for copy in copies:
            try:
                reader = await open_at(
                    self._runtime, copy.place, copy.key, kind=copy.kind, fresh=True
                )
                try:
                    if await sha256_of_object(reader) == file.sha256:
                        return copy
                finally:
                    await reader.close()
            except ShadowError as error:
                self._ctx.note(f"{copy.place}: {error.detail}", level="warning")
        raise CopyMissing("The file has no copy that is whole and can be read from here.")

    async def _put_back(self, file: File, copy: FileCopy, *, damaged: bool) -> None:
        storage = writable(self._runtime, file.storage)
        name = storage.name_of(file.path) if isinstance(storage, NamesObjects) else None
        if name is None:
            raise CopyRefused(OWN_FOLDER)
        if damaged:
            await delete_at(self._runtime, file.storage, file.path)
        reader = await open_at(self._runtime, copy.place, copy.key, kind=copy.kind, fresh=True)
        try:
            content = object_content(reader, self._report, sha256=file.sha256)
            async with aclosing(content):
                await storage.put(name, content, size=file.size)
        finally:
            await reader.close()

    def _report(self, *, bytes_done: int, bytes_total: int) -> None:
        self._ctx.progress(bytes_done=bytes_done, bytes_total=bytes_total)
