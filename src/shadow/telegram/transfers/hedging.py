"""Asking a second time for what takes far longer than usual, and taking the first answer.

A request that is never answered would hold a stream up until its connection gives up on it, which
takes 15 s.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

SHORTEST: Final = 4.0
TIMES: Final = 4.0
"""How many times as long as usual an answer may take; at least the seconds above."""
LEARNS: Final = 0.25


class Hedge:
    """One stream's idea of how long an answer takes."""

    def __init__(self) -> None:
        self._usual = 0.0
        self._loop = asyncio.get_running_loop()

    async def first_of(self, ask: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Return what `ask` does; if that takes too long, the first answer of two tries.

        Raises what `ask` does once no try is left.
        """
        began = self._loop.time()
        tries = {asyncio.create_task(ask())}
        try:
            done, waiting = await asyncio.wait(tries, timeout=max(SHORTEST, TIMES * self._usual))
            if not done:
                tries.add(asyncio.create_task(ask()))
                done, waiting = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
            if waiting and all(one.exception() for one in done):
                done, waiting = await asyncio.wait(waiting)
            answer = min(done, key=lambda one: one.exception() is not None).result()
            self._usual += LEARNS * (self._loop.time() - began - self._usual)
            return answer
        finally:
            for one in tries:
                one.cancel()
            await asyncio.gather(*tries, return_exceptions=True)
