"""One stream of bytes to several sinks at once, at the pace of the slowest, held nowhere whole."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from shadow.storage.errors import StorageUnavailable

Kept = TypeVar("Kept")
Sink = Callable[[AsyncIterable[bytes]], Awaitable[Kept]]
"""Takes a stream to its end and returns what became of it; cancelled, it keeps nothing."""
DEPTH: Final = 4
"""Blocks held for a sink that is behind."""
STALL_SECONDS: Final = 60.0
"""How long a further sink may take no block before it is given up, so that it stops nobody."""


@dataclass(frozen=True, slots=True)
class Teed(Generic[Kept]):
    """What the main sink kept, and what each further one kept or why it did not, in order."""

    main: Kept
    others: tuple[Kept | Exception, ...]


async def tee(
    content: AsyncIterable[bytes],
    main: Sink[Kept],
    *others: Sink[Kept],
    stall_seconds: float = STALL_SECONDS,
) -> Teed[Kept]:
    """Send one stream to a main sink and to others, which may fail without harm to the main one.

    The others see the end of the stream only after the main sink kept all of it: they never keep
    what the main one refused. If the content or the main sink fails, nobody keeps anything.

    Args:
        content: the blocks; memory is bounded by `DEPTH` of them for each sink.
        main: the sink that decides.
        others: further sinks.
        stall_seconds: how long one of the others may hold up all.

    Raises:
        Exception: what the content or the main sink raised.
    """
    branches = [_Branch(main, None), *(_Branch(sink, stall_seconds) for sink in others)]
    decisive = branches[0]
    try:
        async for block in content:
            for branch in branches:
                await branch.offer(block)
            if decisive.task.done():
                break
        await decisive.end()
        kept = await decisive.task
        for branch in branches[1:]:
            await branch.end()
        return Teed(kept, tuple([await branch.outcome() for branch in branches[1:]]))
    finally:
        for branch in branches:
            branch.task.cancel()
        await asyncio.gather(*(branch.task for branch in branches), return_exceptions=True)


class _Branch(Generic[Kept]):
    """One sink at work, and the few blocks that wait for it."""

    def __init__(self, sink: Sink[Kept], patience: float | None) -> None:
        self._blocks: asyncio.Queue[bytes | None] = asyncio.Queue(DEPTH)
        self._patience = patience
        self._late = False
        self.task: asyncio.Task[Kept] = asyncio.ensure_future(_run(sink, self._stream()))

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        while (block := await self._blocks.get()) is not None:
            yield block

    async def offer(self, block: bytes | None) -> None:
        """Hand on a block, unless the sink has ended; give it up when it takes none for long."""
        with contextlib.suppress(asyncio.QueueFull):
            self._blocks.put_nowait(block)
            return
        if self.task.done():
            return
        putting = asyncio.ensure_future(self._blocks.put(block))
        either: set[asyncio.Future[Any]] = {putting, self.task}
        try:
            await asyncio.wait(either, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if not putting.done() and not self.task.done():
                self._late = True
                self.task.cancel()
        finally:
            putting.cancel()

    async def end(self) -> None:
        """Tell that no block follows."""
        await self.offer(None)

    async def outcome(self) -> Kept | Exception:
        """Return what the sink kept, or why it did not."""
        await asyncio.wait({self.task})
        try:
            return self.task.result()
        except asyncio.CancelledError:
            reason = "took no bytes for too long" if self._late else "stopped"
            return StorageUnavailable(f"The copy was given up: the storage {reason}.")
        except Exception as error:
            return error


async def _run(sink: Sink[Kept], stream: AsyncGenerator[bytes, None]) -> Kept:
    async with contextlib.aclosing(stream):
        return await sink(stream)
