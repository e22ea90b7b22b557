"""Facts that a lower slice tells and higher ones hear, after the commit that made them true."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger(__name__)
Handler = Callable[[Any], Awaitable[None]]
_PENDING = "shadow_events"


def publish(session: AsyncSession, event: object) -> None:
    """Tell `event` (a frozen dataclass) once this session's transaction has committed.

    A rollback forgets it.
    """
    session.info.setdefault(_PENDING, []).append(event)


def take_published(session: AsyncSession) -> list[object]:
    """Return and forget the events published in this session."""
    events: list[object] = session.info.pop(_PENDING, [])
    return events


class Events:
    """Who hears which event class. A handler that fails is logged and harms nobody else."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Handler]] = {}

    def subscribe(self, event: type, handler: Handler) -> None:
        """Call `handler(event)` for each event of exactly this class."""
        self._handlers.setdefault(event, []).append(handler)

    async def deliver(self, events: list[object]) -> None:
        """Call every handler of each event, in order."""
        for event in events:
            for handler in self._handlers.get(type(event), []):
                try:
                    await handler(event)
                except Exception:
                    log.exception("events.handler_failed", event_type=type(event).__name__)


class Live:
    """Messages to every open `/api/events` stream of this process.

    A listener that does not keep up loses its oldest messages: each message stands alone, so the
    next one heals what was missed.
    """

    def __init__(self, *, backlog: int = 256) -> None:
        self._backlog = backlog
        self._listeners: set[asyncio.Queue[tuple[str, dict[str, Any]]]] = set()
        self.closed = False
        """Whether listeners should leave: the server is stopping."""

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def send(self, name: str, content: dict[str, Any]) -> None:
        """Send one message (JSON values) to every listener, without waiting."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((name, content))

    def listen(self) -> "asyncio.Queue[tuple[str, dict[str, Any]]]":
        """Open a queue of messages; close it with `leave`."""
        queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(self._backlog)
        self._listeners.add(queue)
        return queue

    def close(self) -> None:
        """Wake every listener with an empty message, to find `closed` and leave."""
        self.closed = True
        self.send("", {})

    def leave(self, queue: "asyncio.Queue[tuple[str, dict[str, Any]]]") -> None:
        """Close a queue opened by `listen`."""
        self._listeners.discard(queue)
