"""One log-in of one account in this process: calls to its home, and its file connections."""

import asyncio
from collections.abc import Mapping
from typing import NoReturn

from shadow.kit.errors import ShadowError
from shadow.telegram import metrics
from shadow.telegram.errors import (
    LinkLost,
    PeerUnknown,
    SessionDead,
    TelegramFlood,
    TelegramRefused,
    TelegramUnavailable,
)
from shadow.telegram.library import TLObject, TLRequest, functions, types
from shadow.telegram.links import wire
from shadow.telegram.links.floods import Floods
from shadow.telegram.links.link import KeyUnknown, Link
from shadow.telegram.links.outcomes import KeyRefused, outcome
from shadow.telegram.links.pool import FileLinks, Traffic
from shadow.telegram.sessions.keyring import Keyring
from shadow.telegram.sessions.logins import Login
from shadow.telegram.sessions.peers import KnownChannel, PeerStore, bare, described

PAUSES = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds before each further try of a call that was lost."""
IDLE_SECONDS = 60.0
STALE = ("CHANNEL_INVALID", "CHANNEL_PRIVATE", "PEER_ID_INVALID")
DIALOGS_A_PAGE = 100
MOST_PAGES = 50
MISSING_SECONDS = 30.0
"""How long a channel that an account did not know is not asked for again."""


class Session:
    """What a stream or an upload works with; given by `Swarm.session`.

    `id` is stable and not secret (`bot-1001`). Access hashes and file references belong to the
    account: key every cache of them by `id`.
    """

    def __init__(
        self, keyring: Keyring, peers: PeerStore, *, connections: int, flood_seconds: float
    ) -> None:
        self.keyring = keyring
        self.traffic = Traffic()
        self._peers = peers
        self._connections = connections
        self._flood_seconds = flood_seconds
        self._channels: dict[int, KnownChannel] = {}
        self._missing: dict[int, float] = {}
        self._loaded = False
        self._link: Link | None = None
        self._connecting = asyncio.Lock()
        self._sweeping = asyncio.Lock()
        self._files: dict[int, FileLinks] = {}
        keyring.call_home = self.call
        keyring.hang_up = self.close

    def __repr__(self) -> str:
        return f"<Session {self.id}>"

    @property
    def login(self) -> Login:
        """The log-in as it is kept."""
        return self.keyring.login

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

    @property
    def floods(self) -> Floods:
        """What Telegram asked this account to wait for."""
        return self.keyring.floods

    # -- calls to the home --------------------------------------------------------------------

    async def call(self, request: TLRequest, *, max_wait: float | None = None) -> TLObject:
        """Make a call to the account's home data centre, logging in first if need be.

        Waits out flood waits of up to `max_wait` seconds (the setting `flood_seconds` if left
        out); repeats what was lost on the way.

        Raises:
            TelegramFlood: Telegram asks to wait longer than that.
            SessionDead: the log-in has ended.
            TelegramRefused: any other error; `name` is Telegram's.
            TelegramUnavailable: it does not answer after several tries.
        """
        method = wire.method_name(type(request))
        longest = self._flood_seconds if max_wait is None else max_wait
        last: TelegramUnavailable | None = None
        for pause in PAUSES:
            try:
                return await self._once(request, method)
            except TelegramFlood as flood:
                if flood.seconds > longest:
                    raise
                last = flood
                await asyncio.sleep(flood.seconds)
            except LinkLost as lost:
                last = lost
                await asyncio.sleep(pause)
        assert last is not None
        raise last

    async def _once(self, request: TLRequest, method: str) -> TLObject:
        self.floods.check(method, self.keyring.home)
        link = await self._home()
        try:
            answer = await link.send(request)
        except wire.RpcFailed as failed:
            metrics.count(method, failed.name)
            await self._failed(link, outcome(failed, method), method)
        except LinkLost as lost:
            metrics.count(method, "lost")
            if isinstance(lost, KeyUnknown) and link.key:
                await self.keyring.key_refused(link.key, "AUTH_KEY_UNKNOWN")
            raise
        metrics.count(method, "ok")
        return answer

    async def _failed(self, link: Link, error: ShadowError, method: str) -> NoReturn:
        if isinstance(error, TelegramFlood):
            self.floods.remember(method, self.keyring.home, error)
            metrics.FLOODS.inc(error.seconds)
        elif isinstance(error, KeyRefused) and link.key:
            await self.keyring.key_refused(link.key, error.name)
        elif isinstance(error, TelegramRefused) and error.name in STALE:
            self._channels.clear()
        raise error

    async def _home(self) -> Link:
        if self._link and not self._link.closed:
            return self._link
        async with self._connecting:
            if self._link is None or self._link.closed:
                key = await self.keyring.home_key()
                place = self.keyring.place(self.keyring.home)
                link = await Link(place, key, updates=False).connect()
                try:
                    self.keyring.check()  # another process may have it by now
                except SessionDead:
                    link.close()
                    raise
                self._link = link
            return self._link

    async def verify(self) -> None:
        """Ask Telegram who the account is: the cheapest proof that the log-in works.

        Raises:
            SessionDead, TelegramUnavailable.
        """
        users = await self.call(functions.users.GetUsersRequest([types.InputUserSelf()]))
        login = self.login
        if users and login.learn(users[0]):
            await self.keyring.save()

    # -- channels -----------------------------------------------------------------------------

    async def input_channel(self, channel: int) -> TLObject:
        """Return a channel, given as `-100…`, as calls take it.

        Raises:
            PeerUnknown: the account is not in it.
        """
        known = await self.channel(channel)
        return types.InputChannel(bare(known.id), known.access_hash)

    async def channel(self, channel: int, *, fresh: bool = False) -> KnownChannel:
        """Return a channel in this account's eyes; `fresh` asks Telegram even if it is known.

        Raises:
            PeerUnknown: the account is not in it.
        """
        if not self._loaded:
            self._channels.update(await self._peers.known(self.id))
            self._loaded = True
        if fresh or channel not in self._channels:
            await self._look_up(channel, fresh=fresh)
        known = self._channels.get(channel)
        if known is None:
            raise PeerUnknown(f"{self.id} does not know the channel {channel}: add it there.")
        return known

    async def _look_up(self, channel: int, *, fresh: bool) -> None:
        """Ask for a channel: a bot may without a hash, a person finds it among their dialogs."""
        now = asyncio.get_running_loop().time()
        async with self._sweeping:
            known = self._channels.get(channel)
            recently = now < self._missing.get(channel, now) + MISSING_SECONDS
            if not fresh and (known or (channel in self._missing and recently)):
                return
            self._channels.pop(channel, None)
            if self.bot or known:
                await self._ask_for(channel, known.access_hash if known else 0)
            if not self.bot and channel not in self._channels:
                await self._sweep()
            if channel in self._channels:
                self._missing.pop(channel, None)
                await self._peers.keep(self.id, self._channels.values())
            else:
                self._missing[channel] = now
                await self._peers.forget(self.id, channel)

    async def _ask_for(self, channel: int, access_hash: int) -> None:
        wanted = [types.InputChannel(bare(channel), access_hash)]
        try:
            self._keep((await self.call(functions.channels.GetChannelsRequest(wanted))).chats)
        except TelegramRefused as refused:
            if refused.name not in STALE:
                raise

    def _keep(self, chats: list[TLObject]) -> None:
        for chat in chats:
            if isinstance(chat, types.Channel) and not chat.left and chat.access_hash is not None:
                found = described(chat)
                self._channels[found.id] = found

    async def _sweep(self) -> None:
        """Go through a person's dialogs, as any client does when it starts."""
        after: TLObject = types.InputPeerEmpty()
        date = number = 0
        for _ in range(MOST_PAGES):
            request = functions.messages.GetDialogsRequest(date, number, after, DIALOGS_A_PAGE, 0)
            page = await self.call(request)
            self._keep(page.chats)
            last = page.messages[-1] if page.messages else None
            if isinstance(page, types.messages.Dialogs) or last is None:
                return
            date, number = last.date, last.id
            after = self._input_peer(page, last.peer_id)

    def _input_peer(self, page: TLObject, peer: TLObject) -> TLObject:
        hashes = {one.id: getattr(one, "access_hash", 0) for one in (*page.chats, *page.users)}
        if isinstance(peer, types.PeerChannel):
            return types.InputPeerChannel(peer.channel_id, hashes.get(peer.channel_id, 0))
        if isinstance(peer, types.PeerUser):
            return types.InputPeerUser(peer.user_id, hashes.get(peer.user_id, 0))
        return types.InputPeerChat(peer.chat_id)

    # -- files --------------------------------------------------------------------------------

    def files(self, dc: int) -> FileLinks:
        """Return the connections to a data centre's file servers.

        Raises:
            TelegramUnavailable: there is no data centre of that number.
        """
        if dc not in self._files:
            self.keyring.place(dc)
            self._files[dc] = FileLinks(
                self.keyring, dc, most=self._connections, traffic=self.traffic
            )
        return self._files[dc]

    @property
    def connected(self) -> bool:
        """Whether anything is connected."""
        home = self._link is not None and not self._link.closed
        return home or any(links.connections for links in self._files.values())

    def connections(self) -> Mapping[int, int]:
        """Return how many file connections are open, by data centre."""
        return {dc: links.connections for dc, links in self._files.items()}

    def tidy(self) -> None:
        """Close what has been idle for a minute, and count what moved."""
        for links in self._files.values():
            links.tidy()
        link = self._link
        now = asyncio.get_running_loop().time()
        if link and not link.calls and now - link.idle_since > IDLE_SECONDS:
            link.close()

    def close(self) -> None:
        """Close every connection; calls under way raise LinkLost."""
        for links in self._files.values():
            links.close()
        if self._link:
            self._link.close()
