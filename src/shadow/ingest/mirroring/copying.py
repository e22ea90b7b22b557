"""The durable job `mirror`: one more copy of a file, in a storage or on a mirror.

Repeated after a kill it finds what was finished and not written down: in a storage by name, size
and hash; on a mirror where that tells what was uploaded. The note of a copy is one row a file and
place, so none is ever counted twice.
"""

from functools import partial
from typing import Any, Final

from typing_extensions import TypedDict

from shadow.catalog.models import File, FileCopy
from shadow.catalog.ports import PublicLinks
from shadow.catalog.service import (
    Copied,
    bytes_of,
    copies_of,
    note_sha256,
    open_file,
    record_copy,
)
from shadow.ingest.mirroring.errors import CopyRefused
from shadow.ingest.mirroring.places import CopyPlace, mirror_called, name_of_copy, place_named
from shadow.ingest.mirroring.proving import ProvingReader
from shadow.ingest.mirroring.removing import delete_copy
from shadow.ingest.ports import (
    FindsUploads,
    Mirror,
    MirrorCopy,
    RemoteUpload,
    SourceRefused,
    SourceUnavailable,
)
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.storage.errors import ObjectChanged
from shadow.storage.service import sha256_of_object, store_copy

LOCAL: Final = "local"


class Made(TypedDict):
    """A copy as the job's result tells it."""

    place: str
    kind: str
    url: str | None


async def run_mirror(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make a copy of a file. Arguments: `file_id` (database id) and `place`.

    Returns:
        `place`, `kind` and `url` of the copy.
    """
    making = _Making(ctx, arguments["file_id"], arguments["place"])
    sha256 = await ctx.step("hashing", making.hash)
    made = await ctx.step("copying", making.copy, sha256)
    return {**made}


MIRROR = JobKind("mirror", run_mirror, heavy=True)


async def begin_mirror(
    runtime: Runtime, file_id: int, *, storage: str, place: str, user_id: int | None = None
) -> str:
    """Start the job for one file, which lies in `storage`, and place; return its id.

    While it is unfinished it is that job.
    """
    arguments = {"file_id": file_id, "place": place}
    key = f"{file_id}:{place}"
    # What comes from a disk, or goes to one, can only be done on the machine that has it.
    at_home = LOCAL in (storage, place)
    return await runtime.jobs.start(
        MIRROR.name, arguments, key=key, source=place, user_id=user_id, at_home=at_home
    )


class _Making:
    """One run of the job."""

    def __init__(self, ctx: JobContext, file_id: int, place: str) -> None:
        self._ctx = ctx
        self._runtime = ctx.runtime
        self._file_id = file_id
        self._place = place

    async def hash(self) -> str:
        """Return the SHA-256 of the file, computed where nobody knows it yet."""
        file, _ = await self._load()
        if file.sha256:
            return file.sha256
        reader = await open_file(self._runtime, bytes_of(file), fresh=True)
        try:
            sha256 = await sha256_of_object(reader)
        finally:
            await reader.close()
        async with self._runtime.database.transaction() as session:
            await note_sha256(session, file.id, sha256)
        return sha256

    async def copy(self, sha256: str) -> Made:
        """Make the copy, unless there is a good one, and write it down."""
        place = place_named(self._runtime, self._place)
        file, held = await self._load()
        if file.sha256 != sha256:
            raise ObjectChanged("The file was replaced while it was to be copied. Try again.")
        if held is not None and held.state == "ok" and held.sha256 == sha256:
            return Made(place=held.place, kind=held.kind, url=held.url)
        if held is not None:  # what lies there is gone, damaged, or of an older version
            await delete_copy(self._runtime, kind=held.kind, place=held.place, key=held.key)
        self._ctx.progress(engine=place.name, bytes_done=0, bytes_total=file.size)
        copied = await self._put(place, file, sha256)
        async with self._runtime.database.transaction() as session:
            await record_copy(session, file_id=file.id, copied=copied, clock=self._runtime.clock)
        return Made(place=place.name, kind=place.kind, url=copied.url)

    async def _put(self, place: CopyPlace, file: File, sha256: str) -> Copied:
        if place.kind == "mirror":
            found = await self._upload(place, file, sha256)
            key, url = found.id.encode(), found.url
            return Copied("mirror", place.name, key, file.size, sha256, url)
        stored = await store_copy(
            self._runtime,
            partial(open_file, self._runtime, bytes_of(file), fresh=True),
            name_of_copy(file),
            storage=place.name,
            sha256=sha256,
            report=self._report,
        )
        if stored.facts.size != file.size:
            raise ObjectChanged("The copy has another size than the file.")
        return Copied("storage", place.name, stored.key, file.size, sha256)

    async def _upload(self, place: CopyPlace, file: File, sha256: str) -> MirrorCopy:
        mirror = mirror_called(self._runtime, place.name)
        name = name_of_copy(file).rpartition("/")[2]
        if isinstance(mirror, FindsUploads):
            found = await mirror.find(name, size=file.size, sha256=sha256)
            if found is not None:
                self._ctx.note(f"“{name}” is there already.")
                return found
        made = await self._fetched_by(mirror, file, name) or await self._sent_to(
            mirror, file, name, sha256
        )
        if not await mirror.exists(made.id):
            raise SourceUnavailable(f"“{place.name}” does not have what was uploaded.")
        return made

    async def _fetched_by(self, mirror: Mirror, file: File, name: str) -> MirrorCopy | None:
        """Have the mirror fetch the file; None when it cannot, or is not able to reach us."""
        url = self._runtime.part(PublicLinks).to(file.public_id)
        if not isinstance(mirror, RemoteUpload) or url is None:
            return None
        self._ctx.note(f"“{mirror.name}” fetches the file itself.")
        try:
            return await mirror.upload_from(url, name, self._told)
        except SourceRefused as error:
            self._ctx.note(f"{error.detail} It is sent instead.", level="warning")
            return None

    async def _sent_to(self, mirror: Mirror, file: File, name: str, sha256: str) -> MirrorCopy:
        reader = await open_file(self._runtime, bytes_of(file), fresh=True)
        try:
            return await mirror.upload(ProvingReader(reader, sha256), name, self._told)
        finally:
            await reader.close()

    async def _load(self) -> tuple[File, FileCopy | None]:
        async with self._runtime.database.session() as session:
            file = await session.get(File, self._file_id)
            copies = await copies_of(session, self._file_id)
        if file is None or file.state == "removed":
            raise CopyRefused("The file is not in the library any more.")
        if file.storage == self._place:
            raise CopyRefused("The file itself lies there: a copy goes somewhere else.")
        return file, next((one for one in copies if one.place == self._place), None)

    def _report(self, *, bytes_done: int, bytes_total: int) -> None:
        self._ctx.progress(bytes_done=bytes_done, bytes_total=bytes_total)

    def _told(
        self,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        if bytes_total is not None:
            self._ctx.progress(bytes_total=bytes_total)
        if bytes_done is not None:
            self._ctx.progress(bytes_done=bytes_done)
        if message is not None:
            self._ctx.progress(message=message)
