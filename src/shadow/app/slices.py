"""Which slices make the product, in order, and all their tables."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from shadow.accounts.slice import SLICE as ACCOUNTS
from shadow.catalog.slice import SLICE as CATALOG
from shadow.hls.slice import SLICE as HLS
from shadow.ingest.slice import SLICE as INGEST
from shadow.runtime.database import Base
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.job_settings import JobSettings
from shadow.runtime.plugins import Plugin
from shadow.runtime.schedules import Schedule
from shadow.runtime.slices import Slice
from shadow.storage.slice import SLICE as STORAGE
from shadow.streaming.slice import SLICE as STREAMING
from shadow.telegram.slice import SLICE as TELEGRAM

SLICES: Sequence[Slice] = (STORAGE, ACCOUNTS, TELEGRAM, CATALOG, INGEST, STREAMING, HLS)
TABLES = Base.metadata


def settings_groups(plugins: Sequence[Plugin]) -> Mapping[str, type[BaseModel]]:
    """Return every settings group under its prefix: the runtime's, slices' and plugins'."""
    groups: dict[str, type[BaseModel]] = {"network": NetworkSettings, "jobs": JobSettings}
    groups |= {part.settings_prefix or part.name: part.settings for part in SLICES if part.settings}
    for part in SLICES:
        groups |= part.more_settings
    for plugin in plugins:
        if plugin.settings and plugin.settings_group:
            groups.setdefault(plugin.settings_group, plugin.settings)
    return groups


def all_schedules() -> Sequence[Schedule]:
    """Return the work that comes round, of all slices."""
    return [one for part in SLICES for one in part.schedules]
