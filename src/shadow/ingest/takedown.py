"""The durable job `takedown`: content goes from everywhere and does not come back.

It hides the files at once, blocks their hashes (computed first where they are not known), and
deletes every copy, the bytes in the storage itself, what was made of them, and at last the rows of
the catalogue. Files of other titles with the very same content go too. Files in the operator's own
library folders are deleted from the disk like any other: whoever asks has been asked.

A file whose copy cannot be deleted stays known and hidden, and the job fails and says where that
copy is; tried again it goes on from there.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import select
from typing_extensions import TypedDict

from shadow.catalog.errors import FileMissing, TitleMissing
from shadow.catalog.models import File, FileCopy, Title
from shadow.catalog.service import (
    copies_of,
    files_with,
    forget_copies,
    forget_files,
    forget_pictures,
    note_sha256,
    remove_file,
)
from shadow.ingest.blocking import block
from shadow.ingest.errors import CopyLeft
from shadow.ingest.forwards.marks import mark_of
from shadow.ingest.mirroring.copying import MIRROR
from shadow.ingest.mirroring.removing import delete_copy
from shadow.ingest.screenshots import forget_screenshots
from shadow.ingest.sidecars import subtitles_beside
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job, JobContext, JobKind, JobRefused
from shadow.storage.errors import ObjectMissing
from shadow.storage.service import (
    SliceCache,
    delete_at,
    managed_root,
    open_at,
    sha256_of_object,
    writable,
)

MOST_FILES: Final = 100_000


class Target(TypedDict):
    """A file to take down: database id, public id, and its name for people."""

    id: int
    public_id: str
    name: str


async def start_takedown(
    runtime: Runtime,
    *,
    user_id: int,
    reason: str,
    title_id: str | None = None,
    file_id: str | None = None,
) -> str:
    """Start taking down a title with all its files, or one file; return the job's id.

    Raises:
        TitleMissing, FileMissing: there is none of that id.
    """
    async with runtime.database.session() as session:
        if title_id is not None:
            known = await session.scalar(select(Title.id).where(Title.public_id == title_id))
            if known is None:
                raise TitleMissing("No title has this id.")
        else:
            known = await session.scalar(select(File.id).where(File.public_id == file_id))
            if known is None:
                raise FileMissing("No file has this id.")
    arguments = {"title": title_id, "file": file_id, "reason": reason, "user_id": user_id}
    key = f"title:{title_id}" if title_id is not None else f"file:{file_id}"
    return await runtime.jobs.start(TAKEDOWN.name, arguments, key=key, user_id=user_id)


async def run_takedown(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Take down; the result counts `files` and lists the `blocked` hashes."""
    takedown = _Takedown(ctx, arguments)
    named = await ctx.step("hiding", takedown.hide)
    hashes = await ctx.step("hashing and blocking", takedown.block, named)
    same = await ctx.step("finding the same content", takedown.hide_same, hashes)
    targets = [*named, *(one for one in same if one not in named)]
    for number, one in enumerate(targets):
        ctx.progress(items_done=number, items_total=len(targets))
        await ctx.step("deleting", takedown.delete, one)
    await ctx.step("forgetting", takedown.forget, targets)
    return {"files": len(targets), "blocked": hashes}


TAKEDOWN: Final = JobKind("takedown", run_takedown)


class _Takedown:
    """The steps. Each is safe to repeat: what is gone is gone."""

    def __init__(self, ctx: JobContext, arguments: dict[str, Any]) -> None:
        self._ctx = ctx
        self._runtime = ctx.runtime
        self._arguments = arguments

    async def hide(self) -> list[Target]:
        """Take the files out of all lists: from now on nobody plays them."""
        async with self._runtime.database.transaction() as session:
            query = select(File).order_by(File.id).limit(MOST_FILES)
            if self._arguments["title"] is not None:
                of = select(Title.id).where(Title.public_id == self._arguments["title"])
                query = query.where(File.title_id.in_(of))
            else:
                query = query.where(File.public_id == self._arguments["file"])
            files = list(await session.scalars(query))
            for one in files:
                await remove_file(session, one.public_id, clock=self._runtime.clock)
        self._runtime.live.send("library", {})
        await self._stop_mirroring([one.id for one in files])
        return [_target(one) for one in files]

    async def block(self, targets: Sequence[Target]) -> list[str]:
        """Block the content of the files; return the hashes."""
        hashes = []
        for number, one in enumerate(targets):
            self._ctx.progress(items_done=number, items_total=len(targets))
            found = [await self._mark(one), await self._sha256(one)]
            for sha256 in [hashed for hashed in found if hashed is not None]:
                async with self._runtime.database.transaction() as session:
                    await block(
                        session, sha256, name=one["name"], reason=self._arguments["reason"],
                        user_id=self._arguments["user_id"], clock=self._runtime.clock,
                    )  # fmt: skip
                hashes.append(sha256)
        return sorted(set(hashes))

    async def hide_same(self, hashes: Sequence[str]) -> list[Target]:
        """Hide further files with the same content; return them."""
        async with self._runtime.database.transaction() as session:
            files = await files_with(session, hashes)
            for one in files:
                await remove_file(session, one.public_id, clock=self._runtime.clock)
        await self._stop_mirroring([one.id for one in files])
        return [_target(one) for one in files]

    async def delete(self, target: Target) -> None:
        """Delete a file's copies, what was made of it, and its bytes."""
        async with self._runtime.database.session() as session:
            file = await session.get(File, target["id"])
            copies = await copies_of(session, target["id"])
        if file is None:
            return
        left = [said for one in copies if (said := await self._delete_copy(one))]
        await forget_screenshots(self._runtime, [file.public_id])
        await self._delete_subtitles(file)
        try:
            await self._delete_bytes(file)
        except ShadowError as error:
            left.append(f"the file itself in “{file.storage}”: {error.detail}")
        if left:
            raise CopyLeft(
                f"Of “{target['name']}” these could not be deleted: {'; '.join(left)} The file is "
                "hidden and blocked. Try again once that is mended."
            )
        self._ctx.note(f"“{target['name']}” is deleted.")

    async def forget(self, targets: Sequence[Target]) -> None:
        """Delete posters taken from the files, the files from the catalogue, and empty titles."""
        await forget_pictures(self._runtime, [one["name"] for one in targets])
        async with self._runtime.database.transaction() as session:
            ids = [one["id"] for one in targets]
            await forget_files(session, ids, clock=self._runtime.clock)
        self._runtime.live.send("library", {})

    async def _mark(self, target: Target) -> str | None:
        async with self._runtime.database.session() as session:
            file = await session.get(File, target["id"])
        return None if file is None else mark_of(file.storage, file.path)

    async def _sha256(self, target: Target) -> str | None:
        async with self._runtime.database.session() as session:
            file = await session.get(File, target["id"])
        if file is None:
            return None
        if file.sha256 is not None:
            return file.sha256
        try:
            reader = await open_at(self._runtime, file.storage, file.path, fresh=True)
        except ObjectMissing:
            self._ctx.note(f"“{target['name']}” is gone already: it has no hash to block.")
            return None
        try:
            sha256 = await sha256_of_object(reader)
        finally:
            await reader.close()
        async with self._runtime.database.transaction() as session:
            await note_sha256(session, file.id, sha256)
        return sha256

    async def _delete_copy(self, copy: FileCopy) -> str | None:
        """Delete a copy and forget it; return what keeps it there."""
        try:
            await delete_copy(self._runtime, kind=copy.kind, place=copy.place, key=copy.key)
        except ShadowError as error:
            return f"the copy in “{copy.place}”: {error.detail}"
        async with self._runtime.database.transaction() as session:
            await forget_copies(session, file_id=copy.file_id, places=[copy.place])
        return None

    async def _delete_bytes(self, file: File) -> None:
        storage = writable(self._runtime, file.storage)
        try:
            facts = await storage.stat(file.path)
        except ObjectMissing:
            await self._runtime.part(SliceCache).purge(file.storage, file.path)
            return
        if (facts.size, facts.mtime_ns) != (file.size, file.mtime_ns):
            raise CopyLeft("It was replaced by something else: scan the library first.")
        await delete_at(self._runtime, file.storage, file.path)

    async def _stop_mirroring(self, file_ids: Sequence[int]) -> None:
        """End jobs that are just making copies of the files."""
        going = (Job.kind == MIRROR.name, Job.state.in_(("queued", "running", "paused")))
        async with self._runtime.database.session() as session:
            rows = await session.execute(select(Job.id, Job.arguments).where(*going))
            wanted = [row.id for row in rows if row.arguments.get("file_id") in set(file_ids)]
        for job_id in wanted:
            with suppress(JobRefused):  # it ended meanwhile
                await self._runtime.jobs.cancel(job_id)
            await self._runtime.jobs.wait(job_id)

    async def _delete_subtitles(self, file: File) -> None:
        """Delete subtitle files beside a film that lies in the folder of ours, under its name."""
        root = os.fsencode(managed_root(self._runtime)).rstrip(b"/") + b"/"
        if file.storage != "local" or not file.path.startswith(root):
            return
        for one in await asyncio.to_thread(subtitles_beside, file.path):
            await writable(self._runtime, file.storage).delete(one.path)


def _target(file: File) -> Target:
    return Target(id=file.id, public_id=file.public_id, name=file.shown_path)
