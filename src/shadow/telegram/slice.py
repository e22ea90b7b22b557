"""Telegram as the composition root sees it."""

from shadow.runtime.slices import Slice
from shadow.telegram import models, object_models
from shadow.telegram.jobs import QUARTERLY, SWEEP
from shadow.telegram.routes import router
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.doctor import checked_at_start
from shadow.telegram.swarm.swarm import swarm_open
from shadow.telegram.transfers.shared import transfers_open

TABLES = (models, object_models)
SLICE = Slice(
    "telegram",
    router=router,
    jobs=(SWEEP,),
    schedules=(QUARTERLY,),
    settings=TelegramSettings,
    services=(checked_at_start,),
    parts=(swarm_open, transfers_open),
)
