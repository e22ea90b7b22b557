"""One log-in of one account in this process: calls to its home, and its file connections."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import structlog
from pydantic import SecretStr

from shadow import __version__
from shadow.kit.clock import Clock
from shadow.kit.errors import ShadowError
from shadow.telegram import metrics
from shadow.telegram.errors import (
    LinkLost,
    SessionDead,
    TelegramFlood,
    TelegramRefused,
    TelegramUnavailable,
)
from shadow.telegram.library import TLObject, TLRequest, functions, types
from shadow.telegram.links import wire
from shadow.telegram.links.floods import Floods
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import KeyUnknown, Link, Place
from shadow.telegram.links.outcomes import KeyRefused, outcome
from shadow.telegram.links.pool import FileLinks, Traffic
from shadow.telegram.links.shaking import make_key
from shadow.telegram.sessions.logins import Credential, Login, Save

log = structlog.get_logger(__name__)
PAUSES = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds before each further try of a call that was lost."""
LOGINS_AN_HOUR = 3
LOST_KEY_SECONDS = 30.0
LOG_IN = "auth.importBotAuthorization"


@dataclass(frozen=True, slots=True)
class Application:
    """The application that logs in, and where its data centres are."""

    api_id: int
    api_hash: SecretStr
    centres: Mapping[int, tuple[str, int]]
    connections: int
    flood_seconds: float
    clock: Clock


@dataclass(slots=True)
class Health:
    """How a session fares: `dead` and why, `elsewhere` while another process has it."""

    dead: str = ""
    elsewhere: bool = False
    logins: deque[float] = field(default_factory=lambda: deque(maxlen=LOGINS_AN_HOUR))
    lost_keys: dict[int, float] = field(default_factory=dict)


class Session:
    """What a stream or an upload works with; given by `Swarm.session`.

    `id` is stable and not secret (`bot-1001`). Access hashes and file references belong to the
    account: key every cache of them by `id`.
    """

    def __init__(self, application: Application, login: Login, credential: Credential,
                 save: Save) -> None:  # fmt: skip
        self.login = login
        self.credential = credential
        self.floods = Floods()
        self.traffic = Traffic()
        self.health = Health()
        self._application = application
        self._save = save
        self._link: Link | None = None
        self._connecting = asyncio.Lock()
        self._logging_in = asyncio.Lock()
        self._importing: dict[int, asyncio.Lock] = {}
        self._files: dict[int, FileLinks] = {}

    @property
    def id(self) -> str:
        """The account's stable id, such as `bot-1001` or `user-555`."""
        return self.login.account

    @property
    def bot(self) -> bool:
        """Whether the account is a bot."""
        return self.login.bot

    @property
    def premium(self) -> bool:
        """Whether the account has Telegram Premium: more parts in an upload."""
        return self.login.premium

    # -- calls to the home --------------------------------------------------------------------

    async def call(self, request: TLRequest) -> TLObject:
        """Make a call to the account's home data centre, logging in first if need be.

        Waits out flood waits up to the setting `flood_seconds`; repeats what was lost on the way.

        Raises:
            TelegramFlood: Telegram asks to wait longer than that.
            SessionDead: the log-in has ended.
            TelegramRefused: any other error; `name` is Telegram's.
            TelegramUnavailable: it does not answer after several tries.
        """
        method = wire.method_name(type(request))
        for pause in (*PAUSES, None):
            try:
                return await self._once(request, method)
            except TelegramFlood as flood:
                if flood.seconds > self._application.flood_seconds or pause is None:
                    raise
                await asyncio.sleep(flood.seconds)
            except LinkLost:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        raise TelegramUnavailable("Telegram does not answer.", retry_after=5)  # never gets here

    async def _once(self, request: TLRequest, method: str) -> TLObject:
        self.floods.check(method, self.login.home)
        link = await self._home()
        try:
            answer = await link.send(request)
        except wire.RpcFailed as failed:
            error = outcome(failed, method)
            metrics.count(method, type(error).__name__)
            await self._failed(link, error, method)
        except KeyUnknown:
            await self.key_refused(link.key or AuthKey(0, bytes(256)), "AUTH_KEY_UNKNOWN")
            raise
        metrics.count(method, "ok")
        return answer

    async def _failed(self, link: Link, error: ShadowError, method: str) -> NoReturn:
        if isinstance(error, TelegramFlood):
            self.floods.remember(method, self.login.home, error)
            metrics.FLOODS.inc(error.seconds)
        elif isinstance(error, KeyRefused) and link.key:
            await self.key_refused(link.key, error.name)
        raise error

    async def _home(self) -> Link:
        if self._link and not self._link.closed:
            return self._link
        async with self._connecting:
            if self._link is None or self._link.closed:
                key = await self.home_key()
                place = self.place(self.login.home)
                self._link = await Link(place, key, updates=False).connect()
            return self._link

    # -- keys ---------------------------------------------------------------------------------

    def place(self, dc: int) -> Place:
        """Return where a data centre is, and how a connection there begins."""
        try:
            host, port = self._application.centres[dc]
        except KeyError:
            raise TelegramUnavailable(f"Data centre {dc} is not known here.") from None
        api_id = self.credential.api_id or self._application.api_id
        return Place(dc, host, port, wire.opening(api_id, __version__))

    async def key(self, dc: int) -> AuthKey:
        """Return a key that is logged in at a data centre: kept, or made and imported once."""
        if dc == self.login.home or not self.login.home:
            return await self.home_key()
        async with self._importing.setdefault(dc, asyncio.Lock()):
            if dc not in self.login.keys:
                await self._import(dc)
            return self.login.keys[dc]

    async def home_key(self) -> AuthKey:
        """Return the key of the home data centre, logging in if there is none.

        Raises:
            SessionDead: it cannot log in, or has ended.
        """
        self._check_alive()
        async with self._logging_in:
            self._check_alive()
            key = self.login.keys.get(self.login.home)
            if key is None:
                key = await self._log_in()
            return key

    def _check_alive(self) -> None:
        if self.health.dead:
            raise SessionDead(f"{self.id} is not logged in any more: {self.health.dead}.")
        if self.health.elsewhere:
            raise SessionDead(f"{self.id} is in use by another process.")

    async def _log_in(self) -> AuthKey:
        """Log a bot in with its token, at its home, wherever that is."""
        token = self.credential.token.get_secret_value()
        logins = self.health.logins
        if not token:
            self.die("its session string has ended")
        if len(logins) == LOGINS_AN_HOUR and time.monotonic() - logins[0] < 3600:
            self.die("it was logged out again and again")
        dc = self.login.home or next(iter(self._application.centres))
        for _ in range(3):
            key = await make_key(self.place(dc))
            try:
                user = await self._authorise(key, token)
                break
            except TelegramRefused as refused:
                if not refused.dc:
                    self.die(refused.name)
                dc = refused.dc
        else:
            raise TelegramUnavailable("Telegram does not say where the account has its home.")
        logins.append(time.monotonic())
        await self._logged_in(key, user)
        return key

    async def _authorise(self, key: AuthKey, token: str) -> TLObject:
        self.floods.check(LOG_IN, 0)
        link = await Link(self.place(key.dc), key, updates=False).connect()
        application = self._application
        request = functions.auth.ImportBotAuthorizationRequest(
            0, application.api_id, application.api_hash.get_secret_value(), token
        )
        try:
            return (await link.send(request)).user
        except wire.RpcFailed as failed:
            error = outcome(failed, LOG_IN)
            if isinstance(error, TelegramFlood):
                self.floods.remember(LOG_IN, 0, error)
            raise error from None
        finally:
            link.close()

    async def _logged_in(self, key: AuthKey, user: TLObject) -> None:
        login = self.login
        login.home, login.user_id = key.dc, user.id
        login.keys = {key.dc: key}
        self.learn(user)
        login.first_login_at = login.first_login_at or self._now()
        await self._save(login)
        log.info("telegram.logged_in", session=self.id, dc=key.dc)

    def learn(self, user: TLObject) -> None:
        """Take name and Premium from what Telegram says of the account itself."""
        names = (user.first_name, getattr(user, "last_name", None))
        self.login.name = " ".join(name for name in names if name)[:100]
        self.login.premium = bool(user.premium)

    def _now(self) -> datetime:
        return self._application.clock()

    async def _import(self, dc: int) -> None:
        """Carry the log-in over to another data centre, once for good."""
        lost = self.health.lost_keys.get(dc, -LOST_KEY_SECONDS)
        if time.monotonic() - lost < LOST_KEY_SECONDS and dc in self.health.lost_keys:
            raise LinkLost(f"Data centre {dc} forgot the log-in; tried again in a while.")
        key = await make_key(self.place(dc))
        proof = await self.call(functions.auth.ExportAuthorizationRequest(dc))
        link = await Link(self.place(dc), key, updates=False).connect()
        request = functions.auth.ImportAuthorizationRequest(proof.id, proof.bytes)
        try:
            await link.send(request)
        except wire.RpcFailed as failed:
            raise outcome(failed, "auth.importAuthorization") from None
        finally:
            link.close()
        self.login.keys[dc] = key
        await self._save(self.login)

    async def key_refused(self, key: AuthKey, why: str) -> None:
        """Let go of a key that Telegram does not take any more.

        Raises:
            SessionDead: it was the log-in itself, and there is no other.
        """
        if self.login.keys.get(key.dc) is not key:
            return  # somebody was quicker
        log.warning("telegram.key_refused", session=self.id, dc=key.dc, reason=why)
        if key.dc != self.login.home:
            self.health.lost_keys[key.dc] = time.monotonic()
            del self.login.keys[key.dc]
            await self._save(self.login)
            return
        self.close()
        self.login.keys.clear()
        if not self.credential.token.get_secret_value() or why.startswith("USER_DEACTIVATED"):
            self.die(why)
        await self._save(self.login)

    def die(self, why: str) -> NoReturn:
        """Take the session out of use. Raises SessionDead."""
        self.health.dead = why
        log.error("telegram.session_dead", session=self.id, reason=why)
        raise SessionDead(f"{self.id} cannot log in: {why}.")

    # -- files --------------------------------------------------------------------------------

    def files(self, dc: int) -> FileLinks:
        """Return the connections to a data centre's file servers."""
        if dc not in self._files:
            self.place(dc)
            most = self._application.connections
            self._files[dc] = FileLinks(self, dc, most=most, traffic=self.traffic)
        return self._files[dc]

    def links(self) -> Mapping[int, int]:
        """Return how many file connections are open, by data centre."""
        return {dc: links.connections for dc, links in self._files.items()}

    async def input_channel(self, channel: int) -> TLObject:
        """Return a channel, given as `-100…`, as calls take it.

        Raises:
            PeerUnknown: the account is not in it.
        """
        return types.InputChannel(-channel - 10**12, 0)

    def tidy(self) -> None:
        """Close what has been idle for a minute, and count what moved."""
        for links in self._files.values():
            links.tidy()
        link = self._link
        if link and not link.calls and asyncio.get_running_loop().time() - link.idle_since > 60:
            link.close()

    def close(self) -> None:
        """Close every connection; calls under way raise LinkLost."""
        for links in self._files.values():
            links.close()
        if self._link:
            self._link.close()
