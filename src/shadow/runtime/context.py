"""The one frozen object that holds all that a process runs with. `app.bootstrap` builds it."""

from dataclasses import dataclass, field
from typing import TypeVar

from shadow.kit.clock import Clock
from shadow.runtime.access import Authenticator
from shadow.runtime.database import Database
from shadow.runtime.events import Events, Live
from shadow.runtime.http import HttpClients
from shadow.runtime.jobs import Jobs
from shadow.runtime.plugins import Plugins
from shadow.runtime.settings import Settings
from shadow.runtime.workers import WorkerPool

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings, database, events, jobs, plugins and the outside world, ready to use."""

    settings: Settings
    database: Database
    events: Events
    live: Live
    jobs: Jobs
    plugins: Plugins
    http: HttpClients
    workers: WorkerPool
    clock: Clock
    authenticate: Authenticator
    secret_key: bytes = field(repr=False)
    parts: dict[type, object] = field(default_factory=dict, repr=False)
    """What slices hold as long as this process runs; filled by bootstrap, read with `part`."""

    def part(self, kind: type[Held]) -> Held:
        """Return what a slice holds in this process, by its class."""
        held = self.parts[kind]
        assert isinstance(held, kind)
        return held
