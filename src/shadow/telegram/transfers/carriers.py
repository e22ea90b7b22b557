"""The sessions that one stream goes over: one at a time, another when that one cannot."""

import asyncio
import math
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from shadow.telegram.errors import (
    LinkLost,
    PeerUnknown,
    SessionDead,
    SwarmBusy,
    TelegramFlood,
    TelegramOff,
    TelegramUnavailable,
)
from shadow.telegram.sessions.session import Session
from shadow.telegram.swarm.swarm import Swarm

log = structlog.get_logger(__name__)
FOR_EVER = math.inf
LOST_SECONDS = 5.0
"""How long a session is left alone whose connections break."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0


class NoneLeft(TelegramUnavailable):
    """No session may do it, now or later."""


class Carriers:
    """Holds a stream's place on a session, and moves to another when the one it has must wait.

    One place is held at a time, whatever happens, and given back at the end.
    """

    def __init__(self, swarm: Swarm) -> None:
        """Take the swarm; nothing is asked of it before the first `session`."""
        self._swarm = swarm
        self._current: Session | None = None
        self._place = AsyncExitStack()
        self._choosing = asyncio.Lock()
        self._until: dict[str, float] = {}
        """When each session that was left may be used again."""
        self._lost: dict[str, int] = {}
        """How often in a row a session's connections broke."""
        self._last = ""
        """Why the last session was left."""
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._current = None
        await self._place.aclose()

    async def session(self, deadline: float, *, prefer: str | None = None) -> Session:
        """Return a session that may be used now; waits for one until `deadline` (loop's time).

        `prefer` is the id of the one to take, if no place is held yet and it has one.

        Raises:
            SwarmBusy: there will be none before that; `retry_after` says when.
            TelegramUnavailable: no session works.
        """
        while True:
            if self._current is not None and self._usable(self._current.id):
                return self._current
            async with self._choosing:
                if self._current is not None and self._usable(self._current.id):
                    return self._current
                try:
                    return await self._another(prefer)
                except (NoneLeft, TelegramOff):
                    raise
                except TelegramUnavailable as error:
                    pause = self._pause()
                    if pause is None:  # the swarm itself has waited for a place already
                        raise
                    if self._loop.time() + pause > deadline:
                        raise _busy(error, pause) from error
                await asyncio.sleep(pause)

    async def _another(self, prefer: str | None) -> Session:
        self._current = None
        await self._place.aclose()
        avoid = {known for known in self._until if not self._usable(known)}
        if prefer is not None and prefer not in avoid:
            await self._swarm.open()
            avoid |= {one.id for one in self._swarm.describe()} - {prefer}
        session = await self._place.enter_async_context(self._swarm.session(avoid=avoid))
        if self._usable(session.id):
            self._current = session
            return session
        await self._place.aclose()
        if self._until[session.id] == FOR_EVER:
            raise NoneLeft(f"No session of Telegram can do it. {self._last}", retry_after=60)
        raise SwarmBusy("All of Telegram's sessions have to wait.")

    def _usable(self, session: str) -> bool:
        return self._until.get(session, 0.0) <= self._loop.time()

    def _pause(self) -> float | None:
        """Return how long to wait for the first of the sessions that were left, if any may be."""
        now = self._loop.time()
        left = [until - now for until in self._until.values() if now < until < FOR_EVER]
        return max(SHORTEST_PAUSE, min(left)) if left else None

    # -- what went wrong ------------------------------------------------------------------

    def answered(self, session: Session) -> None:
        """Take note that a session works."""
        self._lost.pop(session.id, None)

    async def failed(self, session: Session, error: TelegramUnavailable | PeerUnknown) -> None:
        """Take note of why a call failed; returns when it may be repeated, elsewhere perhaps."""
        self._last = error.detail
        match error:
            case TelegramFlood():
                self._leave(session, error.seconds)
            case SessionDead() | PeerUnknown():
                self._leave(session, FOR_EVER)
            case LinkLost():
                await self._connection_lost(session)
            case _:
                self._leave(session, LOST_SECONDS)

    def _leave(self, session: Session, seconds: float) -> None:
        log.info("telegram.session_left", session=session.id, seconds=round(min(seconds, 1e9), 1))
        until = self._loop.time() + seconds
        self._until[session.id] = max(until, self._until.get(session.id, 0.0))

    async def _connection_lost(self, session: Session) -> None:
        """Repeat at once, then after a pause; the third time in a row go elsewhere."""
        times = self._lost[session.id] = self._lost.get(session.id, 0) + 1
        if times >= 12:  # several pieces at a time fail with one connection
            self._lost[session.id] = 0
            self._leave(session, LOST_SECONDS)
        else:
            await asyncio.sleep(min(LONGEST_PAUSE, SHORTEST_PAUSE * times))


def _busy(error: TelegramUnavailable, pause: float) -> TelegramUnavailable:
    if isinstance(error, SwarmBusy | TelegramFlood):
        seconds = math.ceil(min(pause, 3600.0))
        return SwarmBusy("All of Telegram's sessions have to wait. Try later.", retry_after=seconds)
    return error
