"""The keys of one log-in: kept from start to start, made when missing, let go when refused."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import structlog
from pydantic import SecretStr

from shadow import __version__
from shadow.kit.clock import Clock
from shadow.telegram.errors import (
    LinkLost,
    SessionDead,
    TelegramFlood,
    TelegramRefused,
    TelegramUnavailable,
)
from shadow.telegram.library import TLObject, TLRequest, functions
from shadow.telegram.links import wire
from shadow.telegram.links.floods import Floods
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import Link, Place
from shadow.telegram.links.outcomes import outcome
from shadow.telegram.links.shaking import make_key
from shadow.telegram.sessions.logins import Credential, Login
from shadow.telegram.sessions.store import LoginStore

log = structlog.get_logger(__name__)
LOGINS_AN_HOUR = 3
LOST_KEY_SECONDS = 30.0
LOG_IN = "auth.importBotAuthorization"
IMPORT = "auth.importAuthorization"
MIGRATIONS = 3


@dataclass(frozen=True, slots=True)
class Application:
    """The application that logs in, and where its data centres are."""

    api_id: int
    api_hash: SecretStr
    centres: Mapping[int, tuple[str, int]]
    clock: Clock


class Keyring:
    """The keys of one log-in by data centre. Whatever is made here is kept before it is used.

    `elsewhere` says that another process has the log-in now.
    """

    def __init__(
        self, application: Application, credential: Credential, login: Login, store: LoginStore
    ) -> None:
        self.login = login
        self.floods = Floods()
        self.elsewhere = False
        self.call_home: Callable[[TLRequest], Awaitable[TLObject]] | None = None
        self.hang_up: Callable[[], None] | None = None
        self._application = application
        self._credential = credential
        self._store = store
        self._logins: deque[float] = deque(maxlen=LOGINS_AN_HOUR)
        self._lost: dict[int, float] = {}
        self._logging_in = asyncio.Lock()
        self._importing: dict[int, asyncio.Lock] = {}
        if login.retry_at:
            left = (login.retry_at - application.clock()).total_seconds()
            if left > 0:
                self.floods.remember(LOG_IN, 0, TelegramFlood(left, method=LOG_IN))

    @property
    def home(self) -> int:
        """The account's home data centre; 0 while it is not known."""
        return self.login.home

    def place(self, dc: int) -> Place:
        """Return where a data centre is, and how a connection there begins.

        Raises:
            TelegramUnavailable: there is none of that number.
        """
        try:
            host, port = self._application.centres[dc]
        except KeyError:
            raise TelegramUnavailable(f"Data centre {dc} is not known here.") from None
        api_id = self._credential.api_id or self._application.api_id
        return Place(dc, host, port, wire.opening(api_id, __version__))

    def check(self) -> None:
        """Raise SessionDead while the log-in cannot be used."""
        if self.login.dead_reason:
            raise SessionDead(f"{self.login.account} cannot log in: {self.login.dead_reason}.")
        if self.elsewhere:
            raise SessionDead(f"{self.login.account} is in use by another process.")

    async def key(self, dc: int) -> AuthKey:
        """Return a key that is logged in at a data centre: kept, or made and imported once.

        Raises:
            SessionDead, TelegramFlood, LinkLost, TelegramUnavailable.
        """
        if not self.home:
            await self.home_key()
        if dc == self.home:
            return await self.home_key()
        self.check()
        async with self._importing.setdefault(dc, asyncio.Lock()):
            if dc not in self.login.keys:
                await self._import(dc)
            return self.login.keys[dc]

    async def home_key(self) -> AuthKey:
        """Return the key of the home data centre, logging in if there is none."""
        self.check()
        async with self._logging_in:
            self.check()
            key = self.login.keys.get(self.home)
            return key or await self._log_in()

    async def save(self) -> None:
        """Keep the log-in as it is now."""
        if not await self._store.save(self.login, self._credential):
            log.warning("telegram.not_kept", session=self.login.account)

    # -- logging in ---------------------------------------------------------------------------

    async def _log_in(self) -> AuthKey:
        """Log a bot in with its token, at its home, wherever that is."""
        token = self._credential.token.get_secret_value()
        if not token:
            await self.die("its session string has ended")
        if len(self._logins) == LOGINS_AN_HOUR and time.monotonic() - self._logins[0] < 3600:
            await self.die("it was logged out again and again")
        dc = self.home or next(iter(self._application.centres))
        for _ in range(MIGRATIONS):
            self.floods.check(LOG_IN, 0)
            key = await make_key(self.place(dc))
            try:
                user = await self._authorise(key, token)
            except TelegramRefused as refused:
                if not refused.dc:
                    await self.die(refused.name)
                dc = refused.dc
                continue
            self._logins.append(time.monotonic())
            return await self._logged_in(key, user)
        raise TelegramUnavailable("Telegram does not say where the account has its home.")

    async def _authorise(self, key: AuthKey, token: str) -> TLObject:
        api_hash = self._application.api_hash.get_secret_value()
        api_id = self._application.api_id
        request = functions.auth.ImportBotAuthorizationRequest(0, api_id, api_hash, token)
        try:
            return (await self._ask(key, request, LOG_IN)).user
        except TelegramFlood as flood:
            # Kept: restarts must not ask again and again, or Telegram makes it hours.
            self.floods.remember(LOG_IN, 0, flood)
            self.login.retry_at = self._application.clock() + timedelta(seconds=flood.seconds)
            await self.save()
            raise

    async def _ask(self, key: AuthKey, request: TLRequest, method: str) -> TLObject:
        """Make one call over a connection of its own, under a key that is not logged in yet."""
        link = await Link(self.place(key.dc), key, updates=False).connect()
        try:
            return await link.send(request)
        except wire.RpcFailed as failed:
            raise outcome(failed, method) from None
        finally:
            link.close()

    async def _logged_in(self, key: AuthKey, user: TLObject) -> AuthKey:
        login = self.login
        login.home, login.keys, login.retry_at = key.dc, {key.dc: key}, None
        login.learn(user)
        login.first_login_at = login.first_login_at or self._application.clock()
        await self.save()
        log.info("telegram.logged_in", session=login.account, slot=login.slot, dc=key.dc)
        return key

    async def _import(self, dc: int) -> None:
        """Carry the log-in over to another data centre, once for good."""
        lost = self._lost.get(dc)
        if lost is not None and time.monotonic() - lost < LOST_KEY_SECONDS:
            raise LinkLost(f"Data centre {dc} forgot the log-in; it is tried again in a while.")
        assert self.call_home is not None
        key = await make_key(self.place(dc))
        proof = await self.call_home(functions.auth.ExportAuthorizationRequest(dc))
        await self._ask(
            key, functions.auth.ImportAuthorizationRequest(proof.id, proof.bytes), IMPORT
        )
        self.login.keys[dc] = key
        await self.save()

    def revive(self) -> None:
        """Let a log-in that was given up be tried once more."""
        login, given = self.login, self._credential.key
        if login.dead_reason:
            login.dead_reason = ""
            self._logins.clear()
            if given:
                login.home, login.keys = given.dc, {given.dc: given}

    # -- losing keys --------------------------------------------------------------------------

    async def key_refused(self, key: AuthKey, why: str) -> None:
        """Let go of a key that Telegram does not take any more.

        Raises:
            SessionDead: it was the log-in itself, and there is no way to log in again.
        """
        if self.login.keys.get(key.dc) is not key:
            return  # somebody was quicker
        log.warning("telegram.key_refused", session=self.login.account, dc=key.dc, reason=why)
        del self.login.keys[key.dc]
        if key.dc != self.home:
            if key.dc in self._lost:
                self._lost[key.dc] = time.monotonic()
            else:
                self._lost[key.dc] = -LOST_KEY_SECONDS  # once may happen: tried again at once
            await self.save()
            return
        self.login.keys.clear()
        if self.hang_up:
            self.hang_up()
        if not self._credential.token.get_secret_value() or why.startswith("USER_DEACTIVATED"):
            await self.die(why)
        await self.save()

    async def die(self, why: str) -> NoReturn:
        """Take the log-in out of use, for the next starts too. Raises SessionDead."""
        self.login.dead_reason = why
        log.error("telegram.session_dead", session=self.login.account, reason=why)
        await self.save()
        self.check()
        raise AssertionError
