"""Watch the library folders: what is touched is scanned, and nothing else.

The kernel's notices are gathered until they pause. File systems that send none (network mounts),
and machines out of watches, are looked at now and then instead, by names, sizes and times alone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from shadow.ingest.comparing import Patience, changed_folders
from shadow.ingest.folders import list_roots
from shadow.ingest.jobs import Part, arguments_for, root_to_scan
from shadow.ingest.memory import memory_of
from shadow.ingest.mounts import gives_no_notice
from shadow.ingest.notices import Notices
from shadow.ingest.pictures import start_pictures
from shadow.ingest.scanning import Root, unreadable
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.walking import Walk
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
ROOTS_SECONDS = 2.0
"""How often the list of library folders is read again."""
LONGEST_DEBOUNCE = 10
"""A folder that never rests is scanned after so many debounce times anyway."""
MOST_FOLDERS = 200
"""More touched folders than this in one root: the whole root is compared."""
RARE_POLL = 6
"""Folders that do give notice are polled so many times more rarely: disks come and go silently."""


@asynccontextmanager
async def library_watched(runtime: Runtime) -> AsyncIterator[None]:
    """Watch the library as long as the block runs, if the settings say so."""
    with suppress(ShadowError):
        await start_pictures(runtime)  # what a scan on the command line left to do
    if not runtime.settings.group(LibrarySettings).watch:
        yield
        return
    watch = Watch(runtime)
    tasks = [asyncio.create_task(watch.follow_roots()), asyncio.create_task(watch.scan_touched())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        watch.close()


@dataclass(slots=True)
class _Watched:
    """One root under watch. `looked` is the event loop's time of the last look by polling."""

    root: Root
    notices: Notices
    silent: bool
    looked: float


@dataclass(slots=True)
class _Touched:
    folders: set[bytes] = field(default_factory=set)
    deep: bool = False


class Watch:
    """The watch of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings.group(LibrarySettings)
        self._watched: dict[int, _Watched] = {}
        self._touched: dict[int, _Touched] = {}
        self._stirred = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Stop all watches."""
        for watched in self._watched.values():
            watched.notices.close()

    def touch(self, root_id: int, folders: Iterable[bytes], *, deep: bool = False) -> None:
        """Have these folders of a root scanned soon."""
        touched = self._touched.setdefault(root_id, _Touched())
        touched.folders.update(folders)
        touched.deep |= deep
        self._stirred.set()

    async def follow_roots(self) -> None:
        """Watch library folders as they come and go, and poll those that need it."""
        while True:
            try:
                await self._settle_roots()
                for watched in list(self._watched.values()):
                    await self._poll_if_due(watched)
            except (ShadowError, OSError) as error:
                log.warning("watch.not_settled", detail=str(error))
            await asyncio.sleep(min(ROOTS_SECONDS, self._settings.poll_seconds))

    async def _settle_roots(self) -> None:
        async with self._runtime.database.session() as session:
            paths = {root.id: root.path for root in await list_roots(session)}
        for root_id in self._watched.keys() - paths.keys():
            self._watched.pop(root_id).notices.close()
        for root_id in paths.keys() - self._watched.keys():
            root = await root_to_scan(self._runtime, root_id)
            if root is not None:
                self._watched[root_id] = await self._begin(root)

    async def _begin(self, root: Root) -> _Watched:
        silent = await asyncio.to_thread(gives_no_notice, root.path)

        def notice(folder: bytes, deep: bool) -> None:  # noqa: FBT001 called from the watch's thread
            self._loop.call_soon_threadsafe(partial(self.touch, root.id, [folder], deep=deep))

        notices = Notices(root.path, root.endings, notice)
        notices.start()
        return _Watched(root, notices, silent, self._loop.time())

    async def _poll_if_due(self, watched: _Watched) -> None:
        rarely = 1 if watched.silent or watched.notices.failed else RARE_POLL
        now = self._loop.time()
        if now - watched.looked < self._settings.poll_seconds * rarely:
            return
        watched.looked = now
        self.touch(watched.root.id, [b""], deep=True)
        if watched.notices.failed:  # no such folder so far, or out of watches: try again
            watched.notices.start()

    async def scan_touched(self) -> None:
        """Compare what was touched, once it rests, and scan what differs."""
        while True:
            await self._stirred.wait()
            await self._rest()
            touched, self._touched = self._touched, {}
            for root_id, one in touched.items():
                try:
                    await self._take_up(root_id, one)
                except ShadowError as error:
                    log.warning("watch.scan_failed", detail=error.detail)
                    self._touch_later(self._settings.poll_seconds, root_id, one)

    async def _rest(self) -> None:
        latest = self._loop.time() + LONGEST_DEBOUNCE * self._settings.debounce_seconds
        while self._loop.time() < latest:
            self._stirred.clear()
            try:
                await asyncio.wait_for(self._stirred.wait(), self._settings.debounce_seconds)
            except TimeoutError:
                return
        self._stirred.clear()

    async def _take_up(self, root_id: int, touched: _Touched) -> None:
        """Start a scan only if there is something to do: a long copy is touched all the time."""
        watched = self._watched.get(root_id)
        if watched is None:
            return
        if len(touched.folders) > MOST_FOLDERS:
            touched = _Touched({b""}, deep=True)
        differs, unsettled = await self._look(watched.root, touched)
        if unsettled:
            again = _Touched(unsettled, deep=False)
            self._touch_later(self._settings.stable_seconds, root_id, again)
        if differs:
            parts: list[Part] = [(root_id, folder) for folder in sorted(touched.folders)]
            arguments = arguments_for(parts, deep=touched.deep, waits=True)
            await self._runtime.jobs.wait(await self._runtime.jobs.start("scan", arguments))

    async def _look(self, root: Root, touched: _Touched) -> tuple[bool, set[bytes]]:
        """Tell whether a scan would find anything, and which folders hold unsettled files."""
        async with self._runtime.database.session() as session:
            memory = await memory_of(session, root.id)

        def look() -> tuple[bool, set[bytes]]:
            if unreadable(root.path):
                return False, set()
            walk = Walk(
                root.path,
                root.endings,
                known=memory,
                scopes=touched.folders,
                deep=touched.deep,
                excluded=root.excluded,
            )
            patience = Patience(root.stable_seconds, waits=True)
            chunks = list(changed_folders(walk, memory, patience))
            unsettled = {folder for chunk in chunks for folder in chunk.unsettled}
            differs = any(chunk.listings for chunk in chunks) or bool(walk.vanished(memory))
            return differs, unsettled

        return await asyncio.to_thread(look)

    def _touch_later(self, seconds: float, root_id: int, touched: _Touched) -> None:
        self._loop.call_later(
            seconds, partial(self.touch, root_id, touched.folders, deep=touched.deep)
        )
