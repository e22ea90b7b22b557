"""A sliding window: several things under way at once, their results handed on in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
AT_FIRST: Final = 2
"""How many are under way before anything was handed on: who leaves at once has wasted little."""


async def in_order(
    work: Iterable[Callable[[], Coroutine[Any, Any, Result]]], *, most: int
) -> AsyncGenerator[Result, None]:
    """Run work concurrently and yield the results in the order of the work.

    There is no barrier: each result that is handed on lets one more begin, and at the start two.
    What is under way or waits to be handed on is `most` at any moment. The first failure in that
    order is raised after all results before it. Closed early, it ends everything.

    Args:
        work: makes a coroutine each; asked for the next only when there is room.
        most: how many may be under way or waiting.
    """
    coming = iter(work)
    ahead = min(AT_FIRST, most)
    running: deque[asyncio.Task[Result]] = deque()

    def fill() -> None:
        while len(running) < ahead and (begin := next(coming, None)) is not None:
            running.append(asyncio.create_task(begin()))

    try:
        fill()
        while running:
            result = await running[0]
            running.popleft()
            ahead = min(ahead + 1, most)
            fill()
            yield result
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
