"""The swarm: every session of this process, and who carries the next stream."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shadow.runtime.context import Runtime
from shadow.telegram import library, metrics
from shadow.telegram.errors import SwarmBusy, TelegramOff
from shadow.telegram.links.places import data_centres
from shadow.telegram.sessions.logins import Credential, Login
from shadow.telegram.sessions.session import Application, Session
from shadow.telegram.settings import TelegramSettings

BUSY_SECONDS = 5


@dataclass
class _Seat:
    """A session and the streams it carries."""

    session: Session
    most: int
    streams: int = 0


class Swarm:
    """All sessions of this process; nothing connects before it is first used."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings.group(TelegramSettings)
        self._seats: list[_Seat] = []
        self._opening = asyncio.Lock()
        self._opened = False
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def configured(self) -> bool:
        """Whether there is any account to log in with."""
        settings = self._settings
        return bool(settings.worker_tokens or settings.worker_sessions)

    @asynccontextmanager
    async def session(
        self, *, avoid: Collection[str] = (), premium: bool = False
    ) -> AsyncIterator[Session]:
        """Hold a stream's place on the least busy healthy session as long as the block runs.

        Args:
            avoid: ids of sessions that are taken only if there is no other.
            premium: only accounts with Telegram Premium will do.

        Raises:
            TelegramOff: no account is set up.
            SwarmBusy: no session has a place left, and none became free in time.
        """
        await self._open()
        seat = await self._seat(avoid, premium=premium)
        metrics.STREAMS.labels(seat.session.id).inc()
        try:
            yield seat.session
        finally:
            seat.streams -= 1
            metrics.STREAMS.labels(seat.session.id).dec()
            self._wake()

    async def _seat(self, avoid: Collection[str], *, premium: bool) -> _Seat:
        def take() -> _Seat | None:
            free = [
                seat for seat in self._seats
                if seat.streams < seat.most
                and not seat.session.health.dead
                and not seat.session.health.elsewhere
                and (seat.session.premium or not premium)
            ]  # fmt: skip
            if not free:
                return None
            best = min(free, key=lambda seat: (seat.session.id in avoid,
                                               seat.session.floods.worst(),
                                               seat.streams / seat.most))  # fmt: skip
            best.streams += 1
            return best

        until = asyncio.get_running_loop().time() + self._settings.wait_seconds
        while (taken := take()) is None:
            if not await self._place_freed(until):
                raise SwarmBusy(
                    "Every Telegram session is busy. Try again in a little while.",
                    retry_after=BUSY_SECONDS,
                )
        return taken

    async def _place_freed(self, until: float) -> bool:
        """Wait until somebody gives a place back; False when it is too late."""
        freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(freed)
        try:
            async with asyncio.timeout_at(until):
                await freed
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(freed)

    def _wake(self) -> None:
        for freed in self._waiting:
            if not freed.done():
                freed.set_result(None)
                return

    async def _open(self) -> None:
        if self._opened:
            return
        if not self.configured:
            raise TelegramOff("No Telegram account is set up: SHADOW_TELEGRAM__WORKER_TOKENS.")
        async with self._opening:
            if not self._seats:
                await self._fill()

    async def _fill(self) -> None:
        await library.load()
        settings = self._settings
        if settings.dc_key:
            library.rsa.add_key(settings.dc_key.read_text(), old=False)
        application = Application(
            settings.api_id, settings.api_hash, data_centres(settings.dc),
            settings.connections, settings.flood_seconds, self._runtime.clock,
        )  # fmt: skip
        for token in settings.worker_tokens:
            account = f"bot-{token.get_secret_value().partition(':')[0]}"
            login = Login(account, 0, bot=True)
            credential = Credential("", bot=True, account=account, token=token)
            session = Session(application, login, credential, _forget)
            self._seats.append(_Seat(session, settings.streams_per_session))
        self._opened = True

    async def close(self) -> None:
        """Close every connection."""
        for seat in self._seats:
            seat.session.close()


async def _forget(login: Login) -> None:
    pass


@asynccontextmanager
async def swarm_open(runtime: Runtime) -> AsyncIterator[Swarm]:
    """Hold the swarm as long as this process runs."""
    swarm = Swarm(runtime)
    try:
        yield swarm
    finally:
        await swarm.close()
