"""Bring what a link leads to into the sandbox, and take archives apart.

Steps that were done are not done again, but what they made may be gone: the job went on on another
machine, or its sandbox was wiped when it failed. So a later step asks for its pieces, and then
they are fetched anew.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shadow.ingest.archives.kinds import archive_kind, volumes_of
from shadow.ingest.archives.limits import Limits
from shadow.ingest.archives.unpacking import unpack_in_worker
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.errors import SourceChanged
from shadow.ingest.leeching.origins import Downloaded, Origin, origin_of
from shadow.ingest.leeching.pieces import Piece, is_there, unpacked_name
from shadow.ingest.ports import TooLarge
from shadow.ingest.sandbox import UNPACKED, Sandboxes
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.sidecars import SUBTITLE_ENDINGS
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext


class Supply:
    """The sandbox of one job, and how to fill it."""

    def __init__(self, ctx: JobContext, arguments: dict[str, Any]) -> None:
        self._ctx = ctx
        self._runtime: Runtime = ctx.runtime
        self._most: int | None = arguments.get("most_bytes")
        self.origin: Origin = origin_of(ctx, arguments)

    async def sandbox(self) -> Path:
        """Return the job's folder."""
        return await self._runtime.part(Sandboxes).of(self._ctx.job_id)

    async def wipe(self) -> None:
        """Delete the job's folder."""
        await self._runtime.part(Sandboxes).wipe(self._ctx.job_id)

    async def download(self) -> Downloaded:
        """Bring what the job is about."""
        return await self.origin.bring(await self.sandbox(), self._report)

    async def unpack(self, downloaded: Downloaded) -> list[Piece]:
        """Return all that came, what is in archives in their place."""
        sandbox = await self.sandbox()
        files = downloaded["files"]
        if not await self._are_there(sandbox, files):
            files = (await self.download())["files"]
        found: list[Piece] = []
        volumes: set[str] = set()
        for number, one in enumerate(files):
            path = sandbox / one["path"]
            if await asyncio.to_thread(archive_kind, path) is None:
                found.append(one)
                continue
            self._ctx.note(f"Unpacking “{one['name']}”.")
            volumes |= {str(part.relative_to(sandbox)) for part in volumes_of(path)}
            found += await self._unpack(sandbox, one, f"{UNPACKED}/{number}")
        return [one for one in found if one["path"] not in volumes]

    async def provide(self, wanted: Sequence[Piece]) -> Path:
        """Return the sandbox with these pieces in it, fetched anew if they are gone.

        Raises:
            SourceChanged: what is fetched now is something else.
        """
        sandbox = await self.sandbox()
        if await self._are_there(sandbox, wanted):
            return sandbox
        self._ctx.note("What was fetched is gone: fetching it again.", level="warning")
        await self.unpack(await self.download())
        if not await self._are_there(sandbox, wanted):
            raise SourceChanged(
                "What lies behind the link is not what was there at first. Start a new job."
            )
        return sandbox

    async def _are_there(self, sandbox: Path, pieces: Sequence[Piece]) -> bool:
        return await asyncio.to_thread(lambda: all(is_there(sandbox, one) for one in pieces))

    async def _unpack(self, sandbox: Path, archive: Piece, target: str) -> list[Piece]:
        settings = self._runtime.settings.group(LeechSettings)
        media = self._runtime.settings.group(LibrarySettings).extensions
        most = settings.max_bytes if self._most is None else min(self._most, settings.max_bytes)
        limits = Limits(total=most, ratio=settings.unpack_ratio, count=settings.max_files * 10)
        made = await unpack_in_worker(
            sandbox / archive["path"], sandbox / target, report=self._ctx.progress, limits=limits,
            endings={*media, *(ending.decode() for ending in SUBTITLE_ENDINGS)},
        )  # fmt: skip
        return [
            Piece(
                path=f"{target}/{one['path']}", size=one["size"],
                name=unpacked_name(archive["name"], one["path"]),
            )
            for one in made
        ]  # fmt: skip

    def _report(
        self,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        if self._most is not None and max(bytes_done or 0, bytes_total or 0) > self._most:
            raise TooLarge(f"It is larger than the {self._most} bytes that you may propose now.")
        if bytes_total is not None:
            self._ctx.progress(bytes_total=bytes_total)
        if bytes_done is not None:
            self._ctx.progress(bytes_done=bytes_done)
        if message is not None:
            self._ctx.progress(message=message)
        if details is not None:
            told = dict(details)
            if engine := told.pop("engine", None):
                self._ctx.progress(engine=engine)
            self._ctx.progress(details=told)
