"""The connections of one session to one data centre's file servers."""

import asyncio
from dataclasses import dataclass
from typing import NoReturn, Protocol

from shadow.kit.errors import ShadowError
from shadow.telegram import metrics
from shadow.telegram.errors import LinkLost, TelegramFlood
from shadow.telegram.library import TLObject, TLRequest
from shadow.telegram.links.floods import Floods
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import KeyUnknown, Link, Place, TransportFlood
from shadow.telegram.links.outcomes import KeyRefused, outcome
from shadow.telegram.links.wire import RpcFailed, method_name

SPREAD = 256 << 10
"""Bytes under way on the least busy connection from which one more is opened."""
SMALL_CALL = 1 << 10
IDLE_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 4.0
FLOOD_PAUSE = 5.0


class Owner(Protocol):
    """Whose connections they are: a session."""

    floods: Floods

    def place(self, dc: int) -> Place:
        """Return where a data centre is."""
        ...

    async def key(self, dc: int) -> AuthKey:
        """Return a key that is logged in at a data centre."""
        ...

    async def key_refused(self, key: AuthKey, why: str) -> None:
        """Take note that a key is not logged in; raises SessionDead when none can be had."""
        ...


@dataclass(slots=True)
class Traffic:
    """Bytes of packets that went either way."""

    down: int = 0
    up: int = 0


class FileLinks:
    """Several raw connections that calls are spread over; opened under load, closed when idle."""

    def __init__(self, owner: Owner, dc: int, *, most: int, traffic: Traffic) -> None:
        self.dc = dc
        self._owner = owner
        self._most = most
        self._traffic = traffic
        self._links: list[Link] = []
        self._opening: asyncio.Task[Link] | None = None
        self._pause = 0.0
        self._not_before = 0.0
        self._loop = asyncio.get_running_loop()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def flood_left(self, method: type) -> float:
        """Return how many seconds Telegram asked to wait before this kind of call; 0 for none.

        `method` is a class such as `functions.upload.GetFileRequest`.
        """
        return self._owner.floods.left(method_name(method), self.dc)

    async def send(self, request: TLRequest, *, size_hint: int = 0) -> TLObject:
        """Make one attempt at a call, on the least busy connection; 15 s at most.

        An `upload.File` comes with its `bytes` as a memoryview. `size_hint` is how many bytes the
        call moves; left out, it is read from the request.

        Raises:
            LinkLost: a connection broke, or no answer came in time: safe to repeat.
            TelegramFlood: the account has to wait; asked of Telegram only once.
            TelegramRefused: any other error; `dc` is set for FILE_MIGRATE.
            SessionDead: the log-in has ended.
        """
        method = method_name(type(request))
        self._owner.floods.check(method, self.dc)
        link = self._least_busy()
        if link is None:
            link = await self._first()
        cost = size_hint or _cost(request)
        if link.cost >= SPREAD:
            self._open_one_more()
        try:
            answer = await link.send(request, cost=cost)
        except RpcFailed as failed:
            metrics.count(method, failed.name.rstrip("0123456789").rstrip("_")[:40])
            await self._failed(link, outcome(failed, method), method)
        except LinkLost as lost:
            metrics.count(method, "lost")
            await self._lost(link, lost)
        metrics.count(method, "ok")
        self._pause = 0.0
        return answer

    async def _failed(self, link: Link, error: ShadowError, method: str) -> NoReturn:
        if isinstance(error, TelegramFlood):
            self._owner.floods.remember(method, self.dc, error)
            metrics.FLOODS.inc(error.seconds)
        elif isinstance(error, KeyRefused) and link.key:
            self.close()
            await self._owner.key_refused(link.key, error.name)
        raise error

    async def _lost(self, link: Link, lost: LinkLost) -> NoReturn:
        if isinstance(lost, KeyUnknown) and link.key:
            self.close()
            await self._owner.key_refused(link.key, "AUTH_KEY_UNKNOWN")
        elif isinstance(lost, TransportFlood):
            self._not_before = self._loop.time() + FLOOD_PAUSE
        raise lost

    # -- connections --------------------------------------------------------------------------

    def _least_busy(self) -> Link | None:
        best = None
        for link in self._links:
            if not link.closed and (best is None or link.cost < best.cost):
                best = link
        return best

    async def _first(self) -> Link:
        """Open a connection, or wait for the one that is being opened."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._opened)
        opening = self._opening
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise LinkLost("The connections were closed.") from None
            raise

    def _open_one_more(self) -> None:
        if self._opening is None and len(self._links) < self._most:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._opened)

    def _opened(self, task: "asyncio.Task[Link]") -> None:
        self._opening = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody else needs to be told

    async def _open(self) -> Link:
        pause = self._not_before - self._loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        try:
            key = await self._owner.key(self.dc)
            link = await Link(self._owner.place(self.dc), key).connect()
        except LinkLost:
            self._hold_back()
            raise
        link.on_closed = self._closed
        self._links.append(link)
        return link

    def _hold_back(self) -> None:
        """Leave a data centre that cannot be reached alone for a moment, then a longer one."""
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
        self._not_before = self._loop.time() + self._pause

    def _closed(self, link: Link) -> None:
        if link in self._links:
            self._links.remove(link)
            metrics.RECONNECTS.inc()
            self._count(link)

    def _count(self, link: Link) -> None:
        self._traffic.down += link.received
        self._traffic.up += link.sent
        metrics.BYTES.labels("down").inc(link.received)
        metrics.BYTES.labels("up").inc(link.sent)
        link.received = link.sent = 0

    def tidy(self) -> None:
        """Count what moved, and close the connections that nobody has used for a minute."""
        now = self._loop.time()
        for link in list(self._links):
            self._count(link)
            if not link.calls and now - link.idle_since > IDLE_SECONDS:
                self._links.remove(link)
                link.close()

    def close(self) -> None:
        """Close all connections; calls under way raise LinkLost."""
        links, self._links = self._links, []
        for link in links:
            self._count(link)
            link.close()
        if self._opening:
            self._opening.cancel()


def _cost(request: TLRequest) -> int:
    content = getattr(request, "bytes", None)
    return int(getattr(request, "limit", 0)) or (len(content) if content else SMALL_CALL)
