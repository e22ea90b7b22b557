"""The swarm: every session of this process, and who carries the next stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import structlog

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.telegram import library
from shadow.telegram.errors import CredentialsInvalid, TelegramOff
from shadow.telegram.links.places import data_centres
from shadow.telegram.sessions.credentials import carriers
from shadow.telegram.sessions.keyring import Application, Keyring
from shadow.telegram.sessions.logins import Credential, Login
from shadow.telegram.sessions.peers import PeerStore
from shadow.telegram.sessions.session import Session
from shadow.telegram.sessions.store import LEASE, RENEW_SECONDS, LoginStore
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm import checking
from shadow.telegram.swarm.seats import Seat, Seats
from shadow.telegram.swarm.states import ChannelState, SessionState, SwarmState
from shadow.telegram.swarm.warming import most_streams

log = structlog.get_logger(__name__)
MEETING_SECONDS = 8.0
"""How long accounts may take to say who they are: leases are not renewed meanwhile."""


class Swarm:
    """All sessions of this process; nothing is leased or connected before it is first used."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings.group(TelegramSettings)
        self._store = LoginStore(runtime)
        self._peers = PeerStore(runtime.database, runtime.clock)
        self._seats = Seats(self._most, self._settings.wait_seconds)
        self._application: Application | None = None
        self._wrong: list[str] = []
        self._channels: list[ChannelState] = []
        self._opening = asyncio.Lock()
        self._checking = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def configured(self) -> bool:
        """Whether there is any account to log in with."""
        return bool(self._settings.worker_tokens or self._settings.worker_sessions)

    def _most(self, seat: Seat) -> int:
        return most_streams(
            seat.session.login.first_login_at, self._runtime.clock(), self._settings
        )

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
        await self.open()
        seat = await self._seats.take(avoid, premium=premium)
        try:
            yield seat.session
        finally:
            self._seats.give_back(seat)

    def describe(self) -> Sequence[SessionState]:
        """Return how each session fares, in the order of the settings."""
        now = self._runtime.clock()
        wrong = [
            SessionState(
                id=f"credential-{number}", kind="unknown", name="", state="dead", reason=text
            )
            for number, text in enumerate(self._wrong, 1)
        ]
        seats = [
            checking.described(seat, self._most(seat), now, self._settings)
            for seat in self._seats.all
        ]
        return seats + wrong

    async def state(self) -> SwarmState:
        """Return the sessions, and the channels as last checked; empty when Telegram is off."""
        if self.configured:
            await self.open()
        return SwarmState(list(self.describe()), self._channels)

    async def check(self) -> SwarmState:
        """Ask Telegram about every session and channel now, the dead ones too."""
        if not self.configured:
            return SwarmState([], [])
        await self.open()
        async with self._checking:
            self._channels = await checking.check(self._seats.all, self._settings)
            self._seats.wake()
            checking.count(self.describe())
        return SwarmState(list(self.describe()), self._channels)

    # -- opening and keeping ------------------------------------------------------------------

    async def open(self) -> None:
        """Lease login slots for this process, once; connections come with the first calls.

        Raises:
            TelegramOff: no account is set up.
        """
        if self._keeping is not None:
            return
        if not self.configured:
            raise TelegramOff("No Telegram account is set up: SHADOW_TELEGRAM__WORKER_TOKENS.")
        async with self._opening:
            if self._keeping is None:
                await self._open()

    async def _open(self) -> None:
        settings = self._settings
        await library.load()
        if settings.dc_key:
            try:
                library.rsa.add_key(settings.dc_key.read_text(), old=False)
            except (OSError, ValueError):
                raise CredentialsInvalid(
                    "SHADOW_TELEGRAM__DC_KEY is no file with an RSA public key."
                ) from None
        self._application = Application(
            settings.api_id,
            settings.api_hash,
            data_centres(settings.dc),
            self._runtime.clock,
        )
        credentials, self._wrong = carriers(settings, self._runtime.secret_key)
        for trouble in self._wrong:
            log.error("telegram.credentials_wrong", detail=trouble)
        await asyncio.to_thread(self._store.begin)
        await self._store.free_the_dead()
        self._seats.all = [await self._seat(credential) for credential in credentials]
        try:
            await self._meet_strangers()
        except BaseException:  # cancelled, say: the next one to come opens anew
            for seat in self._seats.all:
                _put_down(seat)
            raise
        self._keeping = asyncio.create_task(self._keep())

    async def _seat(self, credential: Credential) -> Seat:
        login = await self._store.lease(credential)
        session = self._session(credential, login)
        return Seat(credential, session)

    def _session(self, credential: Credential, login: Login | None) -> Session:
        assert self._application is not None
        nobody = Login(credential.account or f"user-{credential.origin[:12]}", 0, credential.bot)
        keyring = Keyring(self._application, credential, login or nobody, self._store)
        keyring.elsewhere = login is None
        return Session(
            keyring,
            self._peers,
            connections=self._settings.connections,
            flood_seconds=self._settings.flood_seconds,
        )

    async def _meet_strangers(self) -> None:
        """Ask who the accounts are whose session strings do not tell."""
        strangers = [
            seat
            for seat in self._seats.all
            if seat.credential.key
            and not seat.session.login.user_id
            and not seat.session.keyring.elsewhere
        ]
        await asyncio.gather(*[self._meet(seat) for seat in strangers])

    async def _meet(self, seat: Seat) -> None:
        # Told by `describe`, tried again later.
        with contextlib.suppress(ShadowError, TimeoutError):
            async with asyncio.timeout(MEETING_SECONDS):
                await seat.session.verify()

    async def _keep(self) -> None:
        """Hold the leases, take over lapsed ones, close what is idle."""
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            begun = loop.time()
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await self.renew()
                renewed = begun
            except Exception:  # the database may be away for a moment
                log.exception("telegram.leases_not_renewed")
                # Before the next try could come too late: two processes on one key end it.
                if loop.time() - renewed > LEASE.total_seconds() - RENEW_SECONDS:
                    for seat in self._seats.all:
                        _put_down(seat)
            try:
                self._tidy()
            except Exception:  # the leases must be held whatever happens
                log.exception("telegram.not_tidied")

    def _tidy(self) -> None:
        for seat in self._seats.all:
            seat.session.tidy()
        self._seats.wake()
        checking.count(self.describe())

    async def renew(self) -> None:
        """Hold this process's leases for longer, and take over those that have lapsed."""
        rows = [s.session.login.row for s in self._seats.all if not s.session.keyring.elsewhere]
        ours = await self._store.renew(rows)
        for seat in self._seats.all:
            if seat.session.login.row not in ours:
                _put_down(seat)
                login = await self._store.lease(seat.credential)
                if login is not None:
                    seat.session = self._session(seat.credential, login)
        await self._meet_strangers()

    async def close(self) -> None:
        """Close every connection and give the login slots back."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        for seat in self._seats.all:
            _put_down(seat)
        await self._store.end()


def _put_down(seat: Seat) -> None:
    """Stop using a session that another process may have taken."""
    seat.session.keyring.elsewhere = True
    seat.session.close()


@asynccontextmanager
async def swarm_open(runtime: Runtime) -> AsyncIterator[Swarm]:
    """Hold the swarm as long as this process runs."""
    swarm = Swarm(runtime)
    try:
        yield swarm
    finally:
        await swarm.close()
