"""What the routes of Telegram answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class TelegramFloodOut(BaseModel):
    """A wait that Telegram asked for."""

    method: str
    dc: int = Field(description="Data centre; 0: logging in.")
    seconds: float = Field(description="Seconds that are left.")


class TelegramCentreOut(BaseModel):
    """Connections to the file servers of a data centre."""

    dc: int
    connections: int


class TelegramSessionOut(BaseModel):
    """A log-in of an account in this process. No token or string is told."""

    id: str = Field(description="Such as `bot-1001`.")
    kind: str = Field(description="`bot`, `user`, or `unknown` for a credential that is none.")
    name: str
    state: Literal["ready", "cooling", "warming", "idle", "elsewhere", "dead"]
    streams: int
    most_streams: int = Field(description="Fewer while the account warms up.")
    flood: list[TelegramFloodOut]
    dcs: list[TelegramCentreOut]
    bytes_down: int = Field(description="Bytes since this process began.")
    bytes_up: int
    warm_until: datetime | None
    reason: str = Field(description="Why it is not ready: Telegram's own word, or a sentence.")
    slot: int = Field(description="Which log-in of the account it is, from 0.")


class TelegramChannelOut(BaseModel):
    """A channel of the settings, as last checked."""

    role: str = Field(description="`logs` or `backup`.")
    id: int
    title: str
    ok: bool = Field(description="Every session can use it.")
    detail: str = Field(description="Who cannot, and what is missing.")


class TelegramState(BaseModel):
    """The sessions of this process and their channels; none when Telegram is not set up."""

    items: list[TelegramSessionOut]
    channels: list[TelegramChannelOut] = Field(description="Empty before the first check.")
