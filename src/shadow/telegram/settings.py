"""Settings of Telegram (`SHADOW_TELEGRAM__…`)."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from shadow.runtime.settings import comma_separated

ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})")
CHANNELS = ("logs", "updates", "quarantine", "admin", "backup")
MARK = 10**12
NO_SECRET = SecretStr("")


class TelegramSettings(BaseModel):
    """Which accounts to log in with, which channels to use, and how much of them."""

    api_id: int = Field(
        default=0, ge=0, description="Number of your application, from my.telegram.org."
    )
    api_hash: SecretStr = Field(
        default=NO_SECRET, description="Secret of your application, from my.telegram.org."
    )
    bot_token: SecretStr = Field(
        default=NO_SECRET,
        description="Token of the bot that people talk to, from @BotFather. Only `shadow bot` "
        "reads it; it carries no files.",
    )
    worker_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated tokens of the bots that carry files. More bots, more speed. "
        "They must be admins of the channels.",
    )
    worker_sessions: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated session strings of people's accounts that carry files, as "
        "Pyrogram or Telethon write them. Each belongs to one process at a time.",
    )
    channel_logs: int | None = Field(
        default=None,
        description="Channel that files are stored in, by its number (`-100…`). Each is forwarded "
        "to `channel_backup`, if there is one.",
    )
    channel_updates: int | None = Field(
        default=None, description="Channel where new titles are announced (`-100…`)."
    )
    channel_quarantine: int | None = Field(
        default=None, description="Channel where submissions wait for a moderator (`-100…`)."
    )
    channel_admin: int | None = Field(
        default=None, description="Channel that is told what admins should know (`-100…`)."
    )
    channel_backup: int | None = Field(
        default=None,
        description="Channel with a second message of every file, from which a deleted one is "
        "mended (`-100…`).",
    )
    dc: dict[int, str] = Field(
        default_factory=dict,
        description="Another data centre than Telegram's, home first, such as "
        '`{"2": "127.0.0.1:8402", "4": "127.0.0.1:8404"}`: for tests and private deployments.',
    )
    dc_key: Path | None = Field(
        default=None, description="PEM file with the RSA public key of the data centres in `dc`."
    )
    streams_per_session: int = Field(
        default=15,
        ge=1,
        le=100,
        description="Most streams that one session carries at a time.",
    )
    connections: int = Field(
        default=4,
        ge=1,
        le=8,
        description="Most connections of one session to one data centre. Telegram gives each "
        "about 5 MB/s and closes more than about 24 of an account.",
    )
    wait_seconds: float = Field(
        default=10.0,
        ge=0,
        le=120,
        description="How long a stream waits for a session that is free, in seconds, before it "
        "is refused with 503.",
    )
    flood_seconds: float = Field(
        default=20.0,
        ge=0,
        le=600,
        description="Longest flood wait, in seconds, that a call waits out; it fails at once when "
        "Telegram asks for more.",
    )
    warm_up_hours: float = Field(
        default=48.0,
        ge=0,
        le=720,
        description="How long after its first log-in an account carries fewer streams, in hours: "
        "Telegram limits new ones. 0: never.",
    )
    warm_up_streams: int = Field(
        default=3,
        ge=1,
        le=100,
        description="Streams that an account carries when it has just logged in; the number grows "
        "to `streams_per_session` while it warms up.",
    )

    @field_validator("worker_tokens", "worker_sessions", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator(*[f"channel_{name}" for name in CHANNELS], "dc_key", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator(*[f"channel_{name}" for name in CHANNELS])
    @classmethod
    def _a_channel(cls, value: int | None) -> int | None:
        if value is not None and not -2 * MARK < value < -MARK:
            raise ValueError("is the number of a channel, which begins with -100")
        return value

    @field_validator("dc")
    @classmethod
    def _addresses(cls, value: dict[int, str]) -> dict[int, str]:
        for number, address in value.items():
            match = ADDRESS.fullmatch(address)
            if not 1 <= number <= 1000 or not match or int(match[2]) > 65535:
                raise ValueError('maps numbers of data centres to addresses: {"2": "host:port"}')
        return value

    def channels(self) -> dict[str, int]:
        """Return the channels that are set, by what they are for."""
        found = {name: getattr(self, f"channel_{name}") for name in CHANNELS}
        return {name: number for name, number in found.items() if number is not None}
