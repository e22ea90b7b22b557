"""What Telegram can do for others."""

from shadow.telegram.forwards import (
    Forwarded,
    NewMessages,
    forget_forwarded,
    index_message,
    messages_after,
)
from shadow.telegram.links.pool import FileLinks
from shadow.telegram.objects import (
    Mended,
    OpenObject,
    Swept,
    delete_object,
    fetch_object,
    find_object,
    mend_object,
    open_object,
    put_object,
    stat_object,
    sweep_objects,
    why_off,
)
from shadow.telegram.sessions.credentials import Duty, keep_apart
from shadow.telegram.sessions.session import Session
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.doctor import Found, examine_telegram
from shadow.telegram.swarm.states import ChannelState, SessionState, SwarmState
from shadow.telegram.swarm.swarm import Swarm

__all__ = [
    "ChannelState",
    "Duty",
    "FileLinks",
    "Forwarded",
    "Found",
    "Mended",
    "NewMessages",
    "OpenObject",
    "Session",
    "SessionState",
    "Swarm",
    "SwarmState",
    "Swept",
    "TelegramSettings",
    "delete_object",
    "examine_telegram",
    "fetch_object",
    "find_object",
    "forget_forwarded",
    "index_message",
    "keep_apart",
    "mend_object",
    "messages_after",
    "open_object",
    "put_object",
    "stat_object",
    "sweep_objects",
    "why_off",
]
