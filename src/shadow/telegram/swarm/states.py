"""What is told of sessions and channels: no secret is in it."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FloodState:
    """A wait that Telegram asked for, with the seconds that are left."""

    method: str
    dc: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CentreState:
    """How many file connections are open to a data centre."""

    dc: int
    connections: int


@dataclass(frozen=True, slots=True)
class SessionState:
    """How a session of this process fares.

    `state` is `ready`, `cooling` (Telegram asked it to wait), `warming` (it is new and carries
    fewer streams), `idle` (nothing is connected), `elsewhere` (another process has it) or `dead`
    (it cannot log in). `reason` says why it is not ready.
    """

    id: str
    kind: str
    name: str
    state: str
    slot: int = 0
    streams: int = 0
    most_streams: int = 0
    flood: list[FloodState] = field(default_factory=list)
    dcs: list[CentreState] = field(default_factory=list)
    bytes_down: int = 0
    bytes_up: int = 0
    warm_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Whether every session can use a channel; `detail` names who cannot, and what is missing."""

    role: str
    id: int
    title: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SwarmState:
    """All sessions of this process, and the channels of the settings as last checked."""

    sessions: list[SessionState]
    channels: list[ChannelState]
