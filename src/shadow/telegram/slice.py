"""Telegram as the composition root sees it."""

from shadow.runtime.slices import Slice
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.swarm import swarm_open

SLICE = Slice("telegram", settings=TelegramSettings, parts=(swarm_open,))
