"""Where a job's files come from: a link, an upload, or a submission that somebody approved."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import TypedDict

from shadow.ingest import quarantine
from shadow.ingest.fetching import fetch
from shadow.ingest.leeching.pieces import Piece, downloaded_name, piece
from shadow.ingest.linking_files import link_or_copy
from shadow.ingest.ports import Link, Report
from shadow.ingest.sandbox import DOWNLOAD
from shadow.ingest.torrent_files import kept_torrent
from shadow.ingest.uploads.keeping import discard, uploaded
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext

UPLOAD, SUBMISSION = "upload", "submission"


class Downloaded(TypedDict):
    """What came, and who brought it."""

    files: list[Piece]
    engine: str


class Origin(Protocol):
    """Brings files into a sandbox."""

    async def bring(self, sandbox: Path, report: Report) -> Downloaded:
        """Bring the files; safe to repeat."""
        ...

    async def let_go(self) -> None:
        """Delete what is not needed any more, now that it is in the library or in quarantine."""
        ...

    async def give_back(self) -> None:
        """Note that the job came to nothing."""
        ...


def origin_of(ctx: JobContext, arguments: dict[str, Any]) -> Origin:
    """Return where the job with these arguments gets its files."""
    if upload := arguments.get("upload"):
        return _Uploaded(ctx.runtime, upload)
    if submission := arguments.get("submission"):
        return _Submitted(ctx.runtime, submission)
    return _Linked(ctx.runtime, arguments, ctx.job_id, ctx.note)


class _Linked:
    def __init__(
        self, runtime: Runtime, arguments: dict[str, Any], key: str, note: Callable[[str], None]
    ) -> None:
        self._runtime = runtime
        self._arguments = arguments
        self._key = key
        self._note = note

    async def bring(self, sandbox: Path, report: Report) -> Downloaded:
        url = self._arguments["url"]
        torrent = await asyncio.to_thread(kept_torrent, self._runtime, url)
        link = Link(
            url, files=tuple(self._arguments["files"]), torrent=str(torrent) if torrent else None
        )
        fetched = await fetch(
            self._runtime, link, sandbox / DOWNLOAD, report, key=self._key, note=self._note
        )
        engines = {one.name for one in self._runtime.plugins.all("source")}
        files = [
            piece(sandbox, f"{DOWNLOAD}/{path}", downloaded_name(path, engines))
            for path in sorted(fetched.files)
        ]
        for path, one in zip(sorted(fetched.files), files, strict=True):
            if path in fetched.sha256:
                one["sha256"] = fetched.sha256[path]
        return Downloaded(files=files, engine=fetched.engine)

    async def let_go(self) -> None:
        """Leave the far end alone."""

    async def give_back(self) -> None:
        """Leave the far end alone."""


class _Uploaded:
    def __init__(self, runtime: Runtime, upload_id: str) -> None:
        self._runtime = runtime
        self._id = upload_id

    async def bring(self, sandbox: Path, report: Report) -> Downloaded:
        path, name = await uploaded(self._runtime, self._id)
        return await asyncio.to_thread(_linked, sandbox, UPLOAD, [(path, name, name)])

    async def let_go(self) -> None:
        await discard(self._runtime, self._id)

    async def give_back(self) -> None:
        """Keep the upload until it expires: the job may be tried again."""


class _Submitted:
    def __init__(self, runtime: Runtime, public_id: str) -> None:
        self._runtime = runtime
        self._id = public_id

    async def bring(self, sandbox: Path, report: Report) -> Downloaded:
        folder = quarantine.folder_of(self._runtime, self._id)
        held = await quarantine.pieces_in(folder)
        wanted = [(folder / one["path"], Path(one["path"]).name, one["name"]) for one in held]
        return await asyncio.to_thread(_linked, sandbox, SUBMISSION, wanted)

    async def let_go(self) -> None:
        async with self._runtime.database.transaction() as session:
            await quarantine.settle(session, self._id, "approved")
        await quarantine.wipe(self._runtime, self._id)

    async def give_back(self) -> None:
        async with self._runtime.database.transaction() as session:
            await quarantine.settle(session, self._id, "waiting")


def _linked(sandbox: Path, engine: str, wanted: list[tuple[Path, str, str]]) -> Downloaded:
    """Link files into the sandbox: each a path, a file name there, and the name it came with."""
    folder = sandbox / DOWNLOAD / engine
    folder.mkdir(mode=0o700, exist_ok=True)
    files = []
    for path, name, came_as in wanted:
        link_or_copy(path, folder / name)
        files.append(piece(sandbox, f"{DOWNLOAD}/{engine}/{name}", came_as))
    return Downloaded(files=files, engine=engine)
