"""One version of a far object in this process: all its readers share what is fetched of it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import structlog

from shadow.kit.errors import ShadowError
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import Fetch
from shadow.storage.slices.layout import BLOCK, SLICE, Version
from shadow.storage.slices.metrics import UPSTREAM
from shadow.storage.slices.runs import Gathered, Run, Turns
from shadow.storage.slices.store import Claim, NotKept, SliceStore

log = structlog.get_logger(__name__)
AHEAD: Final = 16 << 20
"""Bytes fetched ahead of a viewer at most."""
FAR: Final = SLICE
"""Bytes before what is asked for that are not waited for: it is fetched by itself."""
LINGER_SECONDS: Final = 1.0
"""How long a run goes on that no reader wants any more: players come back with a new request."""
POLL_SECONDS: Final = (0.004, 0.025)
"""How soon, and then how often, blocks are looked for that another process fetches."""
PATIENCE_SECONDS: Final = 10.0
"""How long such a process may bring nothing before its blocks are fetched here too."""
TRAILS: Final = 32


class FarObject:
    """Fetches what readers need or soon will, each block once."""

    def __init__(
        self, version: Version, fetch: Fetch, store: SliceStore, *, waited: Turns, ahead: Turns
    ) -> None:
        """Take what is fetched, the cache's slices, and the turns of its storage."""
        self.version = version
        self.store = store
        self.readers = 0
        self._over: ShadowError | None = None
        self.fetch_from = fetch
        """How to get bytes; a later one for the same version is as good."""
        self.trails: OrderedDict[int, int] = OrderedDict()
        """Where readers stopped after reading on for so many bytes: another one may go on there."""
        self._waited = waited
        self._ahead = ahead
        self._runs: list[Run] = []
        self._reaping: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody reads or fetches."""
        return not self.readers and not self._runs

    @property
    def most_ahead(self) -> int:
        """Bytes that may be fetched ahead of one reader now: a small cache must hold them all."""
        return min(AHEAD, max(SLICE, self.store.allowed // (8 * max(self.readers, 1))))

    async def fetch(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a range from far away, counted."""
        self._refuse_stopped()
        count = UPSTREAM.labels(self.version.storage)
        async with aclosing(self.fetch_from(start, stop)) as stream:
            async for chunk in stream:
                count.inc(len(chunk))
                yield chunk

    async def need(self, reader: object, offset: int, stop: int) -> None:
        """Wait until the block at `offset` came; up to `stop` it may go on by itself.

        Raises:
            NotKept: it cannot be written to the disk.
            ShadowError: why it cannot be fetched.
        """
        self._refuse_stopped()
        start = offset - offset % BLOCK
        run = next((one for one in self._runs if one.covers(start)), None)
        if run is not None and (start - run.at > FAR or (run.ahead and not run.begun)):
            run.stop = start  # far behind, or not begun: the rest is fetched by itself
            run = None
        if run is None:
            later = [one.at for one in self._runs if start < one.at < one.stop]
            run = self._begin(start, min([self._border(stop), *later]), ahead=False)
        run.readers.add(reader)
        await run.passing(start)

    def ensure(self, reader: object, start: int, stop: int) -> None:
        """Have a range fetched, as far as it is neither there nor on its way."""
        at, stop = start - start % BLOCK, self._border(stop)
        for run in sorted(self._runs, key=lambda one: one.at):
            if run.stop <= at:
                continue
            if run.at >= stop:
                break
            run.readers.add(reader)
            if run.at > at:
                self._begin(at, run.at, ahead=True).readers.add(reader)
            at = run.stop
        if at < stop:
            self._begin(at, stop, ahead=True).readers.add(reader)

    def leave(self, reader: object) -> None:
        """Tell that a reader is not interested any more in what is on its way."""
        for run in self._runs:
            run.readers.discard(reader)
        if self._runs and self._reaping is None:
            loop = asyncio.get_running_loop()
            self._reaping = loop.call_later(LINGER_SECONDS, self._reap)

    def stop(self, reason: ShadowError) -> None:
        """Fetch nothing any more; who reads on is told why."""
        self._over = reason
        for run in self._runs:
            self._cancel(run)

    async def close(self) -> None:
        """Stop fetching, and wait until that is so."""
        self.stop(StorageUnavailable("The server is stopping."))
        if self._reaping is not None:
            self._reaping.cancel()
        tasks = [run.task for run in self._runs if run.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _refuse_stopped(self) -> None:
        if self._over is not None:
            raise self._over

    def _border(self, offset: int) -> int:
        return min(-(-offset // BLOCK) * BLOCK, self.version.facts.size)

    def _begin(self, start: int, stop: int, *, ahead: bool) -> Run:
        run = Run(start, stop, ahead=ahead)
        self._runs.append(run)
        run.task = asyncio.create_task(self._go(run))
        return run

    def _reap(self) -> None:
        self._reaping = None
        for run in self._runs:
            if not run.readers:
                self._cancel(run)

    def _cancel(self, run: Run) -> None:
        run.end(self._over)
        if run.task is not None:
            run.task.cancel()

    async def _go(self, run: Run) -> None:
        turns = self._ahead if run.ahead else self._waited
        try:
            await turns.enter(run)
            try:
                await self._bring(run)
            finally:
                turns.leave()
        except (ShadowError, NotKept) as error:
            run.end(error)
        except Exception as error:
            log.exception("storage.fetch_failed", storage=self.version.storage)
            told = StorageUnavailable("The storage does not answer as it should. Try again.")
            told.__cause__ = error
            run.end(told)
        finally:
            run.end()
            self._runs.remove(run)

    async def _bring(self, run: Run) -> None:
        """Fetch what is missing of a run, waiting for what another process fetches."""
        clock = asyncio.get_running_loop().time
        at, since, pause = -1, 0.0, 0.0
        while run.at < run.stop:
            late = at == run.at and clock() - since > PATIENCE_SECONDS
            claim = await self.store.claim(self.version, run.at, run.stop, anyway=late)
            try:
                run.advance(claim.start)
                if not claim.busy:
                    await self._fill(run, claim)
                    continue
            finally:
                claim.release()
            if at != run.at:
                at, since, pause = run.at, clock(), POLL_SECONDS[0]
            await asyncio.sleep(pause)
            pause = min(2 * pause, POLL_SECONDS[1])

    async def _fill(self, run: Run, claim: Claim) -> None:
        if claim.start == claim.stop:
            return
        gathered = Gathered(claim.start, claim.stop)
        async with aclosing(self.fetch(claim.start, claim.stop)) as stream:
            async for chunk in stream:
                for piece in gathered.add(chunk):
                    await self.store.write(claim, gathered.at, piece)
                    gathered.at += len(piece)
                run.advance(gathered.at)
                if gathered.at >= min(claim.stop, run.stop):
                    return
        raise StorageUnavailable("The storage ended before the object did. Try again.")
