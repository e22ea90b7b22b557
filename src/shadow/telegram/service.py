"""What Telegram can do for others."""

from shadow.telegram.links.pool import FileLinks
from shadow.telegram.sessions.session import Session
from shadow.telegram.swarm.swarm import Swarm

__all__ = ["FileLinks", "Session", "Swarm"]
