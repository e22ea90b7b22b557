"""An upload in parts: fed as content comes, finished under a claim, aborted at the service."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import obstore
from obstore.store import S3Store

from shadow.plugins.storage_s3.claims import claimed
from shadow.plugins.storage_s3.failures import Failures, understood

PART: Final = 8 << 20
"""Bytes of a part; more for objects that would have too many."""
MOST_PARTS: Final = 9_000
"""S3 allows 10,000."""
AT_ONCE: Final = 2
"""Parts sent at once. Memory is a few parts, whatever the object's size."""
ABORT_SECONDS: Final = 20.0


async def upload(
    store: S3Store,
    path: str,
    content: AsyncIterator[bytes],
    *,
    size: int | None,
    free: Callable[[], Awaitable[None]],
) -> None:
    """Upload content in parts; `free` raises when the path must not be written to any more.

    Cancelled, it makes the client abort the upload, so that the service keeps no parts.

    Raises:
        StorageFull, StorageUnavailable: the service does not take it.
        Exception: what the content or `free` raised.
    """
    part = max(PART, -(-(size or 0) // MOST_PARTS))
    async with AsyncExitStack() as held:

        async def finish() -> None:
            await held.enter_async_context(claimed(store, path))
            await free()

        feed = _Feed(content, finish)
        sending = obstore.put_async(
            store, path, feed, use_multipart=True, chunk_size=part, max_concurrency=AT_ONCE
        )
        sent = asyncio.ensure_future(sending)
        try:
            await asyncio.shield(sent)
        except asyncio.CancelledError:
            feed.stop()
            await asyncio.wait({sent}, timeout=ABORT_SECONDS)
            with contextlib.suppress(Exception):
                sent.result()
            raise
        except Failures as error:
            if error is feed.failure:
                raise
            raise understood(error) from error


class _Stopped(Exception):
    """Tell the client that no more comes and nothing is to be kept."""


class _Feed:
    """Content as the client takes it: it can be ended with an error from outside."""

    def __init__(
        self, content: AsyncIterator[bytes], finish: Callable[[], Awaitable[None]]
    ) -> None:
        self._content = content
        self._finish = finish
        self.failure: Exception | None = None
        """What the content raised, as opposed to the client."""
        self._stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __aiter__(self) -> "_Feed":
        return self

    def stop(self) -> None:
        """Let the next block be an error."""
        if not self._stopped.done():
            self._stopped.set_result(None)

    async def __anext__(self) -> bytes:
        """Return the next block. At the end of the content, all is made ready to finish."""
        coming = asyncio.ensure_future(self._next())
        either: set[asyncio.Future[Any]] = {coming, self._stopped}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.wait({coming})
        if self._stopped.done():
            raise _Stopped
        block = coming.result()
        if block is None:
            raise StopAsyncIteration
        return block

    async def _next(self) -> bytes | None:
        try:
            async for block in self._content:
                if block:
                    return block
            await self._finish()
        except Exception as error:
            self.failure = error
            raise
        return None
