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
from shadow.telegram.links.link import (
    ANSWER_SECONDS,
    KeyUnknown,
    Link,
    Place,
    TransportFlood,
)
from shadow.telegram.links.outcomes import KeyRefused, outcome
from shadow.telegram.links.wire import RpcFailed, method_name

SPREAD = 256 << 10
"""Bytes under way on the least busy connection from which one more is opened."""
HEAVY = 1 << 20
"""Bytes under way from which it is worth waiting for one more instead of queueing behind them."""
PATIENCE = 0.3
"""How long, in seconds, that is."""
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
        self._opening: set[asyncio.Task[Link]] = set()
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
        link = await self._link()
        try:
            answer = await link.send(request, cost=size_hint or _cost(request))
        except RpcFailed as failed:
            metrics.count(method, failed.name)
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
            await self._key_refused(link.key, error.name)
        raise error

    async def _lost(self, link: Link, lost: LinkLost) -> NoReturn:
        if isinstance(lost, KeyUnknown) and link.key:
            await self._key_refused(link.key, "AUTH_KEY_UNKNOWN")
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

    async def _link(self) -> Link:
        """Choose a connection, opening more of them while those that are open are busy."""
        for _ in range(self._most + 1):
            link = self._least_busy()
            if link is not None and link.cost < SPREAD:
                return link
            if self._may_open():
                task = asyncio.create_task(self._open())
                self._opening.add(task)
                task.add_done_callback(self._opened)
            if link is not None and (link.cost < HEAVY or not self._opening):
                return link
            if not await self._wait_for_one(other=link):
                break
        link = self._least_busy()
        if link is None:
            raise self._none()
        return link

    def _may_open(self) -> bool:
        if len(self._links) + len(self._opening) >= self._most:
            return False
        return not self._links or self._loop.time() >= self._not_before

    async def _wait_for_one(self, *, other: Link | None) -> bool:
        """Wait until one of the connections that are being opened is there; False: too long.

        Raises:
            LinkLost: none could be opened, and there is no other.
        """
        patience = PATIENCE if other else ANSWER_SECONDS
        done, _ = await asyncio.wait(
            self._opening, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        if self._links:
            return bool(done)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                raise error
        raise self._none()

    def _none(self) -> LinkLost:
        return LinkLost(f"No connection to data centre {self.dc} could be opened.")

    def _opened(self, task: "asyncio.Task[Link]") -> None:
        self._opening.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody else needs to be told

    async def _key_refused(self, key: AuthKey, why: str) -> None:
        for link in [link for link in self._links if link.key is key]:
            link.close()
        await self._owner.key_refused(key, why)

    async def _open(self) -> Link:
        pause = self._not_before - self._loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        try:
            key = await self._owner.key(self.dc)
            link = await Link(self._owner.place(self.dc), key).connect()
            if link.closed:  # cut before we came to it
                raise self._none()
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
            if not link.begun:  # refused: there are too many, say
                self._hold_back()
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
        for task in self._opening:
            if task is not asyncio.current_task():  # it may be what found the key refused
                task.cancel()


def _cost(request: TLRequest) -> int:
    content = getattr(request, "bytes", None)
    return int(getattr(request, "limit", 0)) or (len(content) if content else SMALL_CALL)
