"""One data centre: its clients' sessions, its clock of message ids, and its view of the world."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import rsa
from telethon.tl import TLObject

from tests.support.telegram_dc.crypto import Chunk
from tests.support.telegram_dc.faults import Counters, Faults
from tests.support.telegram_dc.world import AuthKey, World

Send = Callable[["Outgoing"], None]


@dataclass
class Outgoing:
    """A message on its way to a client. Content is numbered and to be acknowledged."""

    session: "Session"
    body: list[Chunk]
    content: bool = True
    reply: bool = False
    document: int = 0  # whose bytes are in it, for the counters


class Session:
    """A client's session: an id that it chose, under one key."""

    def __init__(self, key: AuthKey, number: int) -> None:
        self.key = key
        self.id = number
        self.unique = secrets.randbits(62)
        self.seen: deque[int] = deque(maxlen=500)
        self.content_sent = 0
        self.updates = True
        self.main = False  # has asked more than a file connection does
        self.send: Send | None = None  # of the connection that carries it, while that is open
        self.left: Callable[[], bool] = lambda: (
            False
        )  # tells whether its client has closed the connection

    def number(self, *, content: bool) -> int:
        """Give the next sequence number: odd for content."""
        number = self.content_sent * 2 + content
        self.content_sent += content
        return number


@dataclass(frozen=True)
class Address:
    host: str
    port: int


@dataclass
class Centre:
    """A data centre, apart from its connections."""

    id: int
    world: World
    faults: Faults
    counters: Counters
    private: rsa.PrivateKey
    addresses: dict[int, Address]  # of all data centres, shared
    sessions: dict[tuple[bytes, int], Session] = field(default_factory=dict)
    peers: list["Centre"] = field(default_factory=list)  # in this process, this one too
    keep_uploads: bool = True
    parts: dict[tuple[int, int], "Upload"] = field(default_factory=dict)
    _last_message: int = 0

    def message_id(self, *, reply: bool) -> int:
        """Give a message id: always higher than the last; 1 mod 4 for an answer, else 3."""
        now = int(time.time() * (1 << 32)) & ~3
        self._last_message = max(now, (self._last_message & ~3) + 4) + (1 if reply else 3)
        return self._last_message

    def key(self, key_id: bytes) -> AuthKey | None:
        """Find an authorisation key of this DC, also one that a process before this one made."""
        found = self.world.keys.get(key_id)
        return found if found and found.dc == self.id else None

    def session(self, key: AuthKey, number: int) -> tuple[Session, bool]:
        """Find or begin a session; True when it began now."""
        found = self.sessions.get((key.id, number))
        if found is not None:
            return found, False
        begun = self.sessions[key.id, number] = Session(key, number)
        return begun, True

    def push(self, account: int, update: TLObject, *, but: Session | None = None) -> None:
        """Send an update to an account's connected clients, on whichever DC is its home."""
        body: list[Chunk] = [bytes(update)]
        for centre in self.peers:
            for session in centre.sessions.values():
                login = centre.world.logins.get(session.key.login or 0)
                wanted = session.main and session.updates and session is not but
                if session.send and wanted and login and login.account == account:
                    session.send(Outgoing(session, body))


@dataclass
class Upload:
    """The parts a client has saved so far under one file id."""

    big: bool
    began: float = field(default_factory=time.monotonic)
    total: int = -1
    part_size: int = 0
    parts: dict[int, "Part"] = field(default_factory=dict)


@dataclass
class Part:
    size: int
    content: bytes | None
    saved: float = field(default_factory=time.monotonic)


async def alive_after_all(session: Session) -> bool:
    """Tell whether a session's connection is still open once a closing one has had time to end."""
    for _ in range(15):
        if session.send is None or session.left():
            return False
        await asyncio.sleep(0.02)
    return True
