"""Stream places on sessions: taken on the least busy one, and handed on in order."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from shadow.telegram import metrics
from shadow.telegram.errors import SwarmBusy
from shadow.telegram.sessions.logins import Credential
from shadow.telegram.sessions.session import Session

RETRY_SECONDS = 5


@dataclass(eq=False)
class Seat:
    """A session and the streams it carries; `trouble` is what the last check found."""

    credential: Credential
    session: Session
    streams: int = 0
    trouble: str = ""

    @property
    def usable(self) -> bool:
        """Whether the session may be given to anybody."""
        keyring = self.session.keyring
        return (
            not keyring.elsewhere
            and not keyring.login.dead_reason
            and bool(keyring.login.user_id or self.credential.token.get_secret_value())
        )


@dataclass(eq=False)
class _Waiter:
    take: Callable[[], Seat | None]
    given: "asyncio.Future[Seat]"


class Seats:
    """Who sits where. `most` says how many streams a seat carries now."""

    def __init__(self, most: Callable[[Seat], int], wait_seconds: float) -> None:
        self.all: list[Seat] = []
        self._most = most
        self._wait_seconds = wait_seconds
        self._waiting: list[_Waiter] = []

    def _take(self, avoid: Collection[str], *, premium: bool) -> Seat | None:
        free = [
            seat
            for seat in self.all
            if seat.usable
            and seat.streams < self._most(seat)
            and (seat.session.premium or not premium)
        ]
        if not free:
            return None

        def burden(seat: Seat) -> tuple[bool, float, float]:
            session = seat.session
            return session.id in avoid, session.floods.worst(), seat.streams / self._most(seat)

        best = min(free, key=burden)
        best.streams += 1
        metrics.STREAMS.labels(best.session.id).inc()
        return best

    async def take(self, avoid: Collection[str], *, premium: bool) -> Seat:
        """Take a place, waiting for one if all are taken.

        Raises:
            SwarmBusy: none became free in time, or no session can be used at all.
        """

        def attempt() -> Seat | None:
            return self._take(avoid, premium=premium)

        seat = attempt()
        if seat is not None:
            return seat
        if not any(seat.usable and (seat.session.premium or not premium) for seat in self.all):
            raise SwarmBusy(
                "No Telegram session can be used. `shadow doctor` says why.",
                retry_after=RETRY_SECONDS,
            )
        return await self._wait(attempt)

    async def _wait(self, attempt: Callable[[], Seat | None]) -> Seat:
        waiter = _Waiter(attempt, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await waiter.given
        except BaseException as error:
            given = waiter.given
            if given.done() and not given.cancelled():
                self.give_back(given.result())  # it came in the moment that we gave up
            if isinstance(error, TimeoutError):
                raise SwarmBusy(
                    "Every Telegram session is busy. Try again in a little while.",
                    retry_after=RETRY_SECONDS,
                ) from None
            raise
        finally:
            self._waiting.remove(waiter)

    def give_back(self, seat: Seat) -> None:
        """Give a place back; whoever waited longest for one like it has it next."""
        seat.streams -= 1
        metrics.STREAMS.labels(seat.session.id).dec()
        self.wake()

    def wake(self) -> None:
        """Give places that have become free to those who wait."""
        for waiter in self._waiting:
            if not waiter.given.done():
                seat = waiter.take()
                if seat is not None:
                    waiter.given.set_result(seat)
