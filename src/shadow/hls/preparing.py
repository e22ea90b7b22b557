"""Make a title's renditions ahead of time, as durable work; tell and remove what was made.

Segments are made like those that people wait for, by the same workers, after them; each is moved
from the cache to the prepared ones as soon as it is whole. What is on the disk is the checkpoint:
a job that is killed goes on with the segments that are not there yet.
"""

import asyncio
import shutil
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Title
from shadow.hls.errors import HeightRefused, Indexing, NoRoomToPrepare, TitleMissing
from shadow.hls.files import IndexedFile
from shadow.hls.indexing import signature_of
from shadow.hls.ladder import STEPS, rungs
from shadow.hls.lanes import Urgency
from shadow.hls.models import PreparedRendition
from shadow.hls.renditions import INIT, Rendition
from shadow.hls.serving import Hls
from shadow.hls.tokens import Grant
from shadow.kit.ids import is_public_id
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job, JobContext, JobKind

PREPARED_GRANT: Final = Grant()
"""What prepared renditions are made for: no subtitle in the picture, colours as they are."""
ATTEMPTS: Final = 3
STOP_SECONDS: Final = 10.0
"""How long a job that is to be removed may take to stop."""
KEPT_FREE: Final = 1 << 30
"""Bytes of the disk that are left to everything else."""
PIECE: Final = 500
"""Rows named in one statement."""
NOTE_SECONDS: Final = 2.0
"""How often the registry of prepared renditions is written while one is made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rendition to be made of a file (public id)."""

    file_id: str
    name: str


async def start_preparing(
    runtime: Runtime, *, title_id: str, heights: Sequence[int] | None, own: bool = False
) -> str:
    """Start making a title's renditions; returns the job's id. Under way already, it is that.

    `heights` are those of rungs (1080, 720, 480, 360); None makes every rung of the title. `own`
    is for a process that runs what it starts: it gets a job of its own, since the same job of a
    server that may be down is none to wait for. Both at once share the work.

    Raises:
        TitleMissing: there is no such title, or it has no file that could be prepared.
        HeightRefused: none of these heights is a rung.
    """
    unknown = set(heights or ()) - {step.height for step in STEPS}
    if unknown or (heights is not None and not heights):
        known = ", ".join(str(step.height) for step in STEPS)
        raise HeightRefused(f"A height is one of {known}.")
    async with runtime.database.session() as session:
        await files_of(session, title_id)
    chosen = None if heights is None else sorted(set(heights))
    key = f"{title_id}:{chosen or 'all'}"
    if own:
        key = f"{key}:{uuid.uuid4()}"
    return await runtime.jobs.start(PREPARE.name, {"title": title_id, "heights": chosen}, key=key)


async def run_prepare(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make the renditions one after the other; the result counts them, and their bytes."""
    ctx.progress(title_id=arguments["title"])
    wanted = await ctx.step("finding what to make", _wanted, ctx, arguments)
    total = 0
    for number, (file_id, name) in enumerate(wanted):
        phase = f"preparing {shown_name(name)} ({number + 1} of {len(wanted)})"
        total += await ctx.step(phase, _prepare, ctx, Wanted(file_id, name))
    return {"renditions": len(wanted), "bytes": total}


PREPARE: Final = JobKind("prepare", run_prepare)


async def files_of(session: AsyncSession, title_id: str) -> list[File]:
    """Return the files of a title that can be prepared.

    Raises:
        TitleMissing: there is no such title, or it has none.
    """
    query = (
        select(File)
        .join(Title, Title.id == File.title_id)
        .where(Title.public_id == title_id, File.state == "present")
        .where(File.role == "main")
        .order_by(File.id)
    )
    found = list(await session.scalars(query)) if is_public_id(title_id) else []
    if not found:
        raise TitleMissing("There is no such title, or it has no film that could be prepared.")
    return found


async def prepared_of(
    session: AsyncSession, title_id: str
) -> list[tuple[File, list[PreparedRendition]]]:
    """Return the prepared renditions of a title's files that are of their present content.

    Raises:
        TitleMissing: there is no such title.
    """
    files = await files_of(session, title_id)
    query = select(PreparedRendition).where(PreparedRendition.file_id.in_([f.id for f in files]))
    rows = list(await session.scalars(query.order_by(PreparedRendition.id)))
    return [
        (
            file,
            [row for row in rows if row.file_id == file.id and row.signature == signature_of(file)],
        )
        for file in files
    ]


async def remove_prepared(runtime: Runtime, *, title_id: str) -> None:
    """Remove what was prepared of a title, and stop what is being prepared.

    Raises:
        TitleMissing: there is no such title.
    """
    async with runtime.database.session() as session:
        files = await files_of(session, title_id)
        going = select(Job.id).where(
            Job.active_key.startswith(f"{PREPARE.name}:{title_id}:", autoescape=True)
        )
        jobs = list(await session.scalars(going))
    for job_id in jobs:
        await runtime.jobs.cancel(job_id)
        with suppress(TimeoutError):  # it may run in a process that is dying
            await asyncio.wait_for(runtime.jobs.wait(job_id), STOP_SECONDS)
    await forget_prepared(runtime, [file.id for file in files])


async def forget_prepared(runtime: Runtime, row_ids: Collection[int]) -> None:
    """Remove what was prepared of files (database ids)."""
    store = runtime.part(Hls).prepared
    ids = sorted(row_ids)
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        async with runtime.database.transaction() as session:
            void = PreparedRendition.file_id.in_(piece)
            await session.execute(delete(PreparedRendition).where(void))
            query = select(File.public_id).where(File.id.in_(piece))
            named = list(await session.scalars(query))
        for file_id in named:
            await store.remove(file_id)


async def tidy_prepared(runtime: Runtime) -> None:
    """Remove what was prepared of files that were replaced, or are in the catalogue no more."""
    store = runtime.part(Hls).prepared
    on_disk = await asyncio.to_thread(store.files)
    async with runtime.database.session() as session:
        query = select(PreparedRendition, File).join(File, File.id == PreparedRendition.file_id)
        rows = [(one, file) for one, file in (await session.execute(query)).all()]
    void = {row.file_id for row, file in rows if row.signature != signature_of(file)}
    if void:
        await forget_prepared(runtime, void)
    for file_id in on_disk - {file.public_id for _, file in rows}:
        await store.remove(file_id)


def shown_name(name: str) -> str:
    """Return what people call a rendition: `720p` for `v720`, `sound 1` for `a1`."""
    return f"{name[1:]}p" if name.startswith("v") else f"sound {name[1:]}"


async def _wanted(ctx: JobContext, arguments: dict[str, Any]) -> list[list[str]]:
    heights = arguments["heights"]
    wanted = []
    async with ctx.runtime.database.session() as session:
        files = await files_of(session, arguments["title"])
    for row in files:
        file = await _opened(ctx.runtime, row.public_id)
        ladder = rungs(file.index.video) if file.index.video is not None else {}
        chosen = [height for height in ladder if heights is None or height in heights]
        names = [f"v{height}" for height in chosen]
        if names:
            names += [f"a{track.stream}" for track in file.index.audio]
        wanted += [[row.public_id, name] for name in names]
    if not wanted:
        raise HeightRefused("This title has no picture of that height: none is ever enlarged.")
    return wanted


async def _opened(runtime: Runtime, file_id: str) -> IndexedFile:
    """Return a file, however long reading its packets for the first time takes."""
    while True:
        with suppress(Indexing):
            return await runtime.part(Hls).files.get(file_id)


async def _prepare(ctx: JobContext, wanted: Wanted) -> int:
    """Make what is missing of one rendition; returns the bytes of all of it."""
    hls = ctx.runtime.part(Hls)
    file = await _opened(ctx.runtime, wanted.file_id)
    made = _Making(ctx, file, hls.playlists.rendition(file, PREPARED_GRANT, wanted.name))
    await made.note()
    at_once = 1 + max(1, hls.heavy.count)
    try:
        async with asyncio.TaskGroup() as makers:
            for _ in range(at_once):
                makers.create_task(made.make_all())
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    await made.note()
    return sum(made.sizes.values())


def _check_room(runtime: Runtime) -> None:
    if shutil.disk_usage(runtime.settings.core.data_dir).free < KEPT_FREE:
        raise NoRoomToPrepare(
            "Less than 1 GiB is free on the disk of the data folder. Make room, then start again: "
            "what is there already is kept."
        )


class _Making:
    """One rendition on its way to the prepared ones."""

    def __init__(self, ctx: JobContext, file: IndexedFile, what: Rendition) -> None:
        self._runtime = ctx.runtime
        self._ctx = ctx
        self._file = file
        self._what = what
        self._hls = ctx.runtime.part(Hls)
        self._noted = 0.0
        self.sizes = self._hls.prepared.numbers(what)
        everything = range(INIT, what.count)
        self._missing: Iterator[int] = iter([one for one in everything if one not in self.sizes])

    async def make_all(self) -> None:
        """Take one segment after the other from those nobody has taken yet."""
        for number in self._missing:
            await asyncio.to_thread(_check_room, self._runtime)
            self.sizes[number] = await self._make(number)
            self._ctx.progress(
                items_done=self.segments_done,
                items_total=self._what.count,
                bytes_done=sum(self.sizes.values()),
            )
            if time.monotonic() - self._noted > NOTE_SECONDS:
                await self.note()

    @property
    def segments_done(self) -> int:
        """Count the segments that are there."""
        return sum(1 for number in self.sizes if number != INIT)

    async def _make(self, number: int) -> int:
        for left in reversed(range(ATTEMPTS)):
            kept = await self._hls.maker.get(
                self._what, number, viewer=f"job {self._ctx.job_id}", urgency=Urgency.someday
            )
            try:
                return await self._hls.prepared.keep(self._what, number, kept)
            except FileNotFoundError:  # swept from the cache just now
                self._hls.maker.forget(self._what, number)
                if not left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def note(self) -> None:
        """Write down how far it is."""
        self._noted = time.monotonic()
        fresh = {
            "signature": self._file.file_key,
            "recipe": self._what.recipe,
            "segments": self._what.count,
            "segments_done": self.segments_done,
            "bytes": sum(self.sizes.values()),
            "ready": len(self.sizes) == self._what.count + 1,
            "updated_at": self._runtime.clock(),
        }
        row_id, name = self._file.row_id, self._what.name
        async with self._runtime.database.transaction() as session:
            query = select(PreparedRendition).where(
                PreparedRendition.file_id == row_id, PreparedRendition.rendition == name
            )
            row = await session.scalar(query)
            if row is None:
                session.add(PreparedRendition(file_id=row_id, rendition=name, **fresh))
            else:
                for field, value in fresh.items():
                    setattr(row, field, value)
