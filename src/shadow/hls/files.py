"""Files as players need them: where they are, their index and plan, remembered and checked anew."""

import asyncio
import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from shadow.catalog.models import File
from shadow.catalog.service import FileBytes, bytes_of, has_good_copy, lies_here
from shadow.hls.errors import FileChanged, Indexing
from shadow.hls.indexing import Indexer, signature_of
from shadow.hls.known_files import file_named
from shadow.hls.lending import PLAYED_SECONDS, Lend, lend
from shadow.hls.memory import Recent
from shadow.hls.segments.facts import INDEX_VERSION, FileIndex
from shadow.hls.segments.plan import Plan, plan_file
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectMissing
from shadow.streaming.errors import FileMissing

RECIPE_VERSION: Final = 1
"""Goes up when the same order makes other bytes: everything cached and prepared is void then."""
REMEMBERED: Final = 64
LOOK_SECONDS: Final = 1.0
"""How often the disk is asked whether a file that is played is still the same."""
FAR_LOOK_SECONDS: Final = 10.0
"""How often a storage far away is: it costs a request, and every read tells as well."""
ASK_SECONDS: Final = 10.0
"""How often the catalogue is asked."""
WAIT_SECONDS: Final = 20.0
"""How long a request waits for a file to be indexed; the work goes on after that."""
RETRY_SECONDS: Final = 3


@dataclass(frozen=True)
class IndexedFile:
    """A file that can be played. `row_id` is its database id, `file_key` its signature."""

    row_id: int
    public_id: str
    content: FileBytes
    file_key: str
    index: FileIndex
    plan: Plan
    lend: Lend = field(compare=False, repr=False)

    @cached_property
    def version(self) -> str:
        """What stands in the addresses of playlists: others are of other content or cuts."""
        cuts = " ".join(map(str, self.plan.boundaries))
        decisive = f"{self.file_key}/{INDEX_VERSION}/{RECIPE_VERSION}/{cuts}"
        return hashlib.sha256(decisive.encode()).hexdigest()[:10]


@dataclass(slots=True)
class _Held:
    file: IndexedFile
    looked: float
    asked: float

    @property
    def trusted(self) -> float:
        """Seconds until it is looked at again."""
        return LOOK_SECONDS if lies_here(self.file.content) else FAR_LOOK_SECONDS


class Files:
    """The files played in this process."""

    def __init__(self, runtime: Runtime, indexer: Indexer) -> None:
        self._runtime = runtime
        self._indexer = indexer
        self._held: Recent[str, _Held] = Recent(REMEMBERED)
        self._opening: dict[str, asyncio.Task[IndexedFile]] = {}

    async def get(self, file_id: str) -> IndexedFile:
        """Return a file by its public id, indexing it first if need be.

        Raises:
            FileMissing: there is no such file, or it is not where it was.
            FileChanged: its content is not what the library knows.
            Indexing: that takes long; ask again.
            NotIndexed: its packets cannot be read.
        """
        held = self._held.get(file_id)
        now = time.monotonic()
        if held is not None and now - held.looked < held.trusted:
            return held.file
        if held is not None and await self._still(held, now):
            return held.file
        opening = self._start(file_id)
        done, _ = await asyncio.wait({opening}, timeout=WAIT_SECONDS)
        if not done:
            raise Indexing(
                "This file is being read for the first time; that takes a while with a slow disk.",
                retry_after=RETRY_SECONDS,
            )
        return opening.result()

    async def close(self) -> None:
        """Give up what is being opened."""
        tasks = list(self._opening.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def forget(self, row_ids: Collection[int]) -> None:
        """Forget files by database id: they changed or went."""
        for file_id in self._held.keys():  # noqa: SIM118 a list of them, not a mapping
            held = self._held.get(file_id)
            if held is not None and held.file.row_id in row_ids:
                self._held.drop(file_id)

    async def _still(self, held: _Held, now: float) -> bool:
        """Tell whether a file is what it was; what the catalogue has new is to be opened anew."""
        held.looked = now  # before asking: of many requests at once one asks
        file = held.file
        try:
            if now - held.asked > ASK_SECONDS:
                held.asked = now
                row = await self._row(file.public_id)
                if (bytes_of(row), signature_of(row)) != (file.content, file.file_key):
                    self._held.drop(file.public_id)
                    return False
            await self._check_place(file.content)
        except (FileMissing, FileChanged):
            self._held.drop(file.public_id)
            raise
        return True

    async def _open(self, file_id: str) -> IndexedFile:
        row = await self._row(file_id)
        key = signature_of(row)
        content = bytes_of(row)
        await self._check_place(content)
        index = await self._indexer.index(row)
        plan = await asyncio.to_thread(plan_file, index, key)
        how = lend(self._runtime, content, linger=PLAYED_SECONDS)
        file = IndexedFile(row.id, row.public_id, content, key, index, plan, how)
        now = time.monotonic()
        self._held.put(file_id, _Held(file, now, now))
        return file

    def _start(self, file_id: str) -> asyncio.Task[IndexedFile]:
        opening = self._opening.get(file_id)
        if opening is None:
            opening = self._opening[file_id] = asyncio.create_task(self._open(file_id))
            opening.add_done_callback(lambda task: self._opened(file_id, task))
        return opening

    def _opened(self, file_id: str, task: asyncio.Task[IndexedFile]) -> None:
        del self._opening[file_id]
        if not task.cancelled():
            task.exception()  # whoever waits hears of it; nobody may be left

    async def _row(self, file_id: str) -> File:
        async with self._runtime.database.session() as session:
            return await file_named(session, file_id)

    async def _check_place(self, file: FileBytes) -> None:
        """Ask the storage whether the file is still the one; of far ones, reading tells the rest.

        Raises:
            FileMissing, FileChanged.
        """
        try:
            facts = await self._runtime.plugins.get("storage", file.storage).stat(file.key)
        except ObjectMissing as error:
            if await self._has_copy(file):
                return
            raise FileMissing(
                "The file is no longer in its library folder. Scan the library."
            ) from error
        except ShadowError as error:
            if lies_here(file) or error.kind is not Kind.unavailable:
                raise
            return  # it may be back by the time it is read, or a copy stands in
        if facts != file.facts:
            raise FileChanged(
                "The file was replaced by another one. Open it again; if that does not help, "
                "scan the library."
            )

    async def _has_copy(self, file: FileBytes) -> bool:
        if lies_here(file):  # workers open its path, and nothing else
            return False
        async with self._runtime.database.session() as session:
            return await has_good_copy(session, file.id)
