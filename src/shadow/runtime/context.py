"""The one frozen object that holds all that a process runs with. `app.bootstrap` builds it."""

from dataclasses import dataclass, field

from shadow.kit.clock import Clock
from shadow.runtime.access import Authenticator
from shadow.runtime.database import Database
from shadow.runtime.events import Events, Live
from shadow.runtime.http import HttpClients
from shadow.runtime.jobs import Jobs
from shadow.runtime.plugins import Plugins
from shadow.runtime.settings import Settings
from shadow.runtime.workers import WorkerPool


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
